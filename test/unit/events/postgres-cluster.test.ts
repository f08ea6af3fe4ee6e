import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client } from 'pg';
import type { EventStore } from '../../../src/events/event-store';
import { keyHash } from '../../../src/events/postgres/dedup';
import type { PostgresEventStore } from '../../../src/events/postgres/open';
import { systemClock } from '../../../src/shared/clock';
import { HAND_OVER, LATER, withKey } from '../../contract/event-store.context';
import { aJob, anAttempt, anEvent } from '../../contract/event-store.fixtures';
import type { PostgresServer } from '../../support/postgres-server';
import { waitUntil } from '../../support/wait-until';
import { onPostgres, type Cluster } from './postgres-harness';

let server: PostgresServer;
let cluster: Cluster;
onPostgres((on) => ({ server, cluster } = on));

const claimOf = (store: EventStore, change = {}) =>
  store.claim({
    ...{ endpoint: '/hooks/a', methods: ['POST'], limit: 10, maxBytes: 1e6, ordered: false },
    ...change,
  });
const claimed = async (store: EventStore, change = {}): Promise<string[]> =>
  (await claimOf(store, change)).events.map(({ id }) => id);
const jobsOf = (store: EventStore) => store.claimJobs({ nodeId: 'retry1', nowMs: 5e12, limit: 10 });
const statusOf = async (store: EventStore, id: string) => (await store.get(id))?.event.status;

async function handedOver(store: EventStore): Promise<string> {
  const event = anEvent();
  await store.accept(event, HAND_OVER);
  return event.id;
}

describe('several instances', () => {
  test('start at the same moment: one of them makes the schema', async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, () => cluster.open()));
    await Promise.all(stores.map((store) => store.accept(anEvent(), LATER)));
    assert.equal((await stores[0]!.stats()).byStatus.pending, 5);
  });

  test('share what waits: each event is claimed once, by whoever asks', async () => {
    const [a, b] = [await cluster.open(), await cluster.open()];
    const events = Array.from({ length: 60 }, () => anEvent());
    await Promise.all(events.map((event) => a.accept(event, LATER)));
    const takes = Array.from({ length: 12 }, (_, n) => claimed(n % 2 ? a : b, { limit: 5 }));
    const all = (await Promise.all(takes)).flat();
    let rest: string[] = [];
    do all.push(...(rest = await claimed(b)));
    while (rest.length > 0);
    assert.deepEqual(all.sort(), events.map(({ id }) => id).sort());
  });

  test('of the same delivery at two of them one is stored', async () => {
    const stores = [await cluster.open(), await cluster.open(), await cluster.open()];
    for (let n = 0; n < 20; n++) {
      const answers = await Promise.all(
        stores.map((store) => store.accept(anEvent(), withKey(`k${n}`))),
      );
      const kinds = answers.map(({ kind }) => kind).sort();
      assert.deepEqual(kinds, ['duplicate', 'duplicate', 'stored']);
    }
  });

  test('of the same deliveries in another order at two of them, neither waits for the other', async () => {
    const stores = [await cluster.open(), await cluster.open()];
    for (const store of stores) await store.accept(anEvent(), LATER);
    const keys = Array.from({ length: 9 }, (_, n) => `k${n}`);
    // Somebody holds the one in the middle: each of them has what comes before it there, and waits.
    const holder = await server.session();
    await holder.query('BEGIN');
    const lock = `SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || id || ' ' || $2, 0))
      FROM ${cluster.schema}.endpoints`;
    await holder.query(lock, [cluster.schema, keyHash(keys[4]!)]);
    const orders = [keys, keys.toReversed()];
    const accepted = stores.map((store, at) =>
      Promise.all(orders[at]!.map((key) => store.accept(anEvent(), withKey(key)))),
    );
    await waitUntil('both wait', async () => {
      const rows = await server.sql(
        `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`,
      );
      return rows.length === 2;
    });
    await holder.query('COMMIT');
    const kinds = (await Promise.all(accepted)).flat().map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === 'stored').length, keys.length);
    await holder.end();
    // A session tells what it counted at its end.
    await Promise.all(stores.map((store) => store.close()));
    await waitUntil('they are gone', async () => {
      const text = `SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'node-red-webhooks%'`;
      return (await server.sql(text)).length === 0;
    });
    const counted =
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()';
    assert.deepEqual(await server.sql(counted), [{ deadlocks: 0 }]);
  });

  test('where the order counts one event is in a flow, wherever', async () => {
    const [a, b] = [await cluster.open(), await cluster.open()];
    const events = [anEvent(), anEvent()];
    for (const event of events) await a.accept(event, LATER);
    const ordered = { ordered: true, limit: 1 };
    const both = (await Promise.all([claimed(a, ordered), claimed(b, ordered)])).flat();
    assert.deepEqual(both, [events[0]!.id]);
    assert.deepEqual(await claimed(b, ordered), []);
  });

  test('what living ones hold is not taken at the start of another one', async () => {
    const a = await cluster.open();
    const [id, parked] = [await handedOver(a), await handedOver(a)];
    const job = aJob({ eventId: parked });
    await a.park({ job, attempt: anAttempt({ kind: 'retry', outcome: 'failed' }) });
    await jobsOf(a);
    const b = await cluster.open();
    const report = await b.recover(Date.now());
    assert.deepEqual([report.redelivered, report.jobs, report.poisoned], [0, 0, 0]);
    assert.equal(await statusOf(b, id), 'processing');
    const end = { eventId: id, attempt: anAttempt(), outcome: 'success', reason: null } as const;
    assert.equal(await a.endAttempt(end), 'success');
  });
});

describe('an instance that was not heard of for longer than its lease', () => {
  /** Its heartbeats stop, as those of a process that is stopped do; the rest of it goes on. */
  const paused = async (): Promise<PostgresEventStore> => {
    const clock = { now: () => Date.now(), after: () => ({ cancel: () => undefined }) };
    const store = await cluster.open({ clock });
    return store;
  };

  test('another one takes over by itself, counts a crash, and looks for work', async () => {
    const a = await paused();
    const id = await handedOver(a);
    let told = 0;
    const b = await cluster.open({ onWork: () => told++ }, { leaseMs: 250 });
    await cluster.endOldestLease();
    await waitUntil('the event is taken over', async () => (await statusOf(b, id)) === 'pending');
    await waitUntil('it is told', () => told > 0);
    assert.deepEqual(await claimed(b), [id]);
    const { event, attempts } = (await b.get(id))!;
    assert.deepEqual([event.attempt, event.redelivered], [2, true]);
    assert.deepEqual(
      attempts.map(({ outcome }) => outcome),
      ['crashed'],
    );
  });

  test('its verdicts do not count any more, and it goes on as a new instance', async () => {
    const a = await paused();
    const id = await handedOver(a);
    const b = await cluster.open();
    await cluster.endOldestLease();
    await b.recover(Date.now());
    assert.deepEqual(await claimed(b), [id]);
    const late = { eventId: id, outcome: 'failed', reason: 'late' } as const;
    assert.equal(await a.endAttempt({ ...late, attempt: anAttempt() }), 'processing');
    await a.interrupt(id, anAttempt({ outcome: 'interrupted', number: 2 }));
    await a.park({ job: aJob({ eventId: id, eventAttempt: 2 }), attempt: anAttempt() });
    assert.equal(await statusOf(b, id), 'processing', 'not even with the number of that attempt');
    assert.equal((await b.jobs({ eventId: id, limit: 5 }))[0]!.state, 'superseded');
    const end = { eventId: id, attempt: anAttempt({ number: 2 }), reason: null } as const;
    assert.equal(await b.endAttempt({ ...end, outcome: 'success' }), 'success');
    const next = await handedOver(a);
    await b.recover(Date.now());
    assert.equal(await statusOf(b, next), 'processing', 'it is alive again');
  });

  test('its jobs are taken over, and what it says of them comes too late', async () => {
    const a = await paused();
    const id = await handedOver(a);
    const jobs = [aJob({ eventId: id }), aJob({ eventId: id, arrival: 2, state: 'exhausting' })];
    for (const job of jobs) await a.park({ job, attempt: anAttempt({ kind: 'retry' }) });
    await a.endAttempt({ eventId: id, attempt: anAttempt(), outcome: 'success', reason: null });
    assert.equal((await jobsOf(a)).jobs.length, 2);
    const b = await cluster.open();
    await cluster.endOldestLease();
    assert.equal((await b.recover(Date.now())).jobs, 2);
    assert.equal((await jobsOf(b)).jobs.length, 2);
    const [running, exhausting] = jobs.map((job) => job.id);
    const attempt = anAttempt({ kind: 'retry', number: 3 });
    await a.settleJob({ jobId: running!, attempt, state: 'done' });
    const branch = anAttempt({ kind: 'exhausted' });
    await a.settleJob({ jobId: exhausting!, attempt: branch, state: 'exhausted' });
    const states = async () =>
      (await b.jobs({ eventId: id, limit: 5 })).map(({ state }) => state).sort();
    assert.deepEqual(await states(), ['exhausting', 'running']);
    await b.settleJob({ jobId: running!, attempt, state: 'done' });
    await b.settleJob({ jobId: exhausting!, attempt: branch, state: 'exhausted' });
    assert.deepEqual(await states(), ['done', 'exhausted']);
    assert.equal(await statusOf(b, id), 'failed');
  });

  test('an orderly end gives its lease back: nobody waits for it', async () => {
    const a = await cluster.open();
    const id = await handedOver(a);
    let told = 0;
    const b = await cluster.open({ onWork: () => told++ });
    await a.close();
    await waitUntil('b takes over', async () => (await statusOf(b, id)) === 'pending');
    await waitUntil('b looks for work', () => told > 0);
  });
});

describe('instances wake each other', () => {
  for (const [what, does] of [
    ['an event waits', (a: EventStore) => a.accept(anEvent(), LATER)],
    [
      'a job was parked',
      async (a: EventStore) => {
        await a.park({ job: aJob(), attempt: anAttempt({ kind: 'retry' }) });
      },
    ],
  ] as const) {
    test(`when ${what}`, async () => {
      let told = 0;
      const a = await cluster.open();
      await cluster.open({ onWork: () => told++ });
      await does(a);
      await waitUntil('the other one is told', () => told > 0);
    });
  }

  test('but one that is alone tells nobody, until another one comes', async () => {
    let told = 0;
    const a = await cluster.open({}, { leaseMs: 250 });
    const listener = new Client({ connectionString: server.url() });
    await listener.connect();
    const heard: string[] = [];
    listener.on('notification', ({ payload = '' }) => heard.push(payload));
    await listener.query(`LISTEN webhooks_${cluster.schema}`);
    const leaseUntil = async (): Promise<number> => {
      const rows = await cluster.sql<{ until: Date }>('SELECT lease_until AS until FROM instances');
      return rows[0]!.until.getTime();
    };
    // The second heartbeat is sent when the answer to the first one was read.
    for (const beat of ['first', 'second']) {
      const before = await leaseUntil();
      await waitUntil(`the ${beat} heartbeat`, async () => (await leaseUntil()) > before);
    }
    await a.accept(anEvent(), LATER);
    await a.accept(anEvent(), LATER);
    await listener.query(`NOTIFY webhooks_${cluster.schema}, 'end'`);
    await waitUntil('the end', () => heard.length > 0);
    assert.deepEqual(heard, ['end']);
    await listener.end();
    await cluster.open({ onWork: () => told++ });
    await waitUntil('the new one is told at once that there may be something', () => told > 0);
  });

  test('when an event ends that another one may wait for, and not otherwise', async () => {
    let told = 0;
    const a = await cluster.open();
    const id = await handedOver(a);
    await cluster.open({ onWork: () => told++ });
    await claimOf(a, { ordered: true });
    await a.endAttempt({ eventId: id, attempt: anAttempt(), outcome: 'success', reason: null });
    await waitUntil('the other one is told', () => told > 0);
  });
});

describe('retention', () => {
  test('keeps the newest, never what is unfinished, at one instance at a time', async () => {
    const bounds = { maxEvents: 5, maxAgeMs: null };
    const settings = { leaseMs: 250 };
    const stores = [
      await cluster.open({ retention: bounds }, settings),
      await cluster.open({ retention: bounds }, settings),
    ];
    const open = await handedOver(stores[0]!);
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.push(await handedOver(stores[n % 2]!));
    const ends = ids.map((eventId, n) =>
      stores[n % 2]!.endAttempt({
        ...{ eventId, attempt: anAttempt(), reason: null },
        outcome: 'success',
      }),
    );
    await Promise.all(ends);
    await waitUntil('the oldest are gone', async () => {
      const { byStatus } = await stores[0]!.stats();
      return byStatus.success === 5;
    });
    const { events } = await stores[0]!.list({ limit: 50 });
    assert.deepEqual(
      events.map(({ id }) => id),
      [...ids.slice(7).reverse(), open],
    );
    for (const table of ['bodies', 'attempts']) {
      const column = table === 'bodies' ? 'seq' : 'event_seq';
      const [left] = await cluster.sql<{ n: number }>(
        `SELECT count(DISTINCT ${column})::int AS n FROM ${table}`,
      );
      assert.equal(left!.n, table === 'bodies' ? 6 : 5);
    }
  });

  test('by age and by size; keys whose window is over', async () => {
    const store = await cluster.open({}, { leaseMs: 250 });
    const old = anEvent();
    await store.accept(old, { handOver: true, dedup: { key: 'k', windowMs: 1 } });
    const end = { attempt: anAttempt(), outcome: 'success', reason: null } as const;
    await store.endAttempt({ ...end, eventId: old.id });
    await store.setRetention({ maxEvents: 100, maxAgeMs: 1 });
    await waitUntil('it is too old', async () => (await store.get(old.id)) === undefined);
    assert.deepEqual(await cluster.sql('SELECT 1 FROM dedup_keys'), []);
    await store.setRetention({ maxEvents: 100, maxAgeMs: null, maxBytes: 30_000 });
    const large = { body: Buffer.alloc(10_000, 'x') };
    for (let n = 0; n < 4; n++) {
      const event = anEvent(large);
      await store.accept(event, HAND_OVER);
      await store.endAttempt({ ...end, eventId: event.id });
    }
    await waitUntil('two fit', async () => (await store.stats()).byStatus.success === 2);
    await waitUntil('the three that went are counted', async () => {
      const { totals } = await store.measures();
      const gone = totals.filter(({ total }) => total.startsWith('evicted:'));
      return gone.length === 1 && gone[0]?.total === 'evicted:finished' && gone[0].count === 3;
    });
  });
});

test('texts with what PostgreSQL cannot hold are kept without it', async () => {
  const store = await cluster.open();
  const nul = 'a\0b';
  const event = anEvent({ eventType: nul, deliveryId: nul, name: nul, body: Buffer.from([0, 1]) });
  const { request } = event;
  await store.accept({ ...event, request: { ...request, query: { q: nul } } }, withKey(nul, true));
  const reason = nul;
  const attempt = anAttempt({ trail: [{ ...anAttempt().trail[0]!, error: nul }] });
  await store.endAttempt({ eventId: event.id, attempt, outcome: 'failed', reason });
  const detail = (await store.get(event.id))!;
  assert.deepEqual([detail.event.eventType, detail.event.reason], ['a\ufffdb', 'a\ufffdb']);
  assert.deepEqual(detail.event.request.query, { q: nul });
  assert.deepEqual(detail.attempts[0]!.trail, attempt.trail);
});

test('what is due is due by the clock of the server, whatever the clocks of the instances say', async () => {
  const late = { ...systemClock, now: () => Date.now() - 3_600_000 };
  const [a, b] = [await cluster.open({ clock: late }), await cluster.open()];
  const dueAtMs = late.now() + 60_000;
  await a.park({ job: aJob({ dueAtMs }), attempt: anAttempt({ kind: 'retry' }) });
  const { jobs, nextDueAtMs } = await b.claimJobs({
    nodeId: 'retry1',
    nowMs: Date.now(),
    limit: 5,
  });
  assert.deepEqual(jobs, []);
  assert.ok(Math.abs(nextDueAtMs! - Date.now() - 60_000) < 5_000);
  const own = await a.claimJobs({ nodeId: 'retry1', nowMs: late.now(), limit: 5 });
  assert.ok(Math.abs(own.nextDueAtMs! - dueAtMs) < 5_000);
});
