import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Acceptance, ClaimRequest, EventStore } from '../../../src/events/event-store';
import { HAND_OVER, LATER, withKey } from '../../contract/event-store.context';
import { aFailure, aJob, anAttempt, anEvent } from '../../contract/event-store.fixtures';
import type { PostgresServer } from '../../support/postgres-server';
import { waitUntil } from '../../support/wait-until';
import { onPostgres, type Cluster } from './postgres-harness';

let server: PostgresServer;
let cluster: Cluster;
onPostgres((on) => ({ server, cluster } = on));

const claimed = async (
  store: EventStore,
  change: Partial<ClaimRequest> = {},
): Promise<string[]> => {
  const request = { endpoint: '/hooks/a', methods: ['POST'], maxBytes: 1e6, ordered: false };
  const { events } = await store.claim({ ...request, limit: 10, ...change });
  return events.map(({ id }) => id);
};
const claimedJobs = async (store: EventStore, withinCluster?: number): Promise<string[]> => {
  const bound = withinCluster === undefined ? {} : { withinCluster };
  const request = { nodeId: 'retry1', nowMs: 5e12, limit: 10, ...bound };
  return (await store.claimJobs(request)).jobs.map(({ id }) => id);
};
const statusOf = async (store: EventStore, id: string) => (await store.get(id))?.event.status;
const end = (store: EventStore, eventId: string, number = 1) =>
  store.endAttempt({
    ...{ eventId, attempt: anAttempt({ number }), outcome: 'success', reason: null },
  });
const fail = (store: EventStore, eventId: string, number = 1) =>
  store.endAttempt({
    ...{ eventId, attempt: aFailure({ number }), outcome: 'failed', reason: 'no' },
  });
/** Its heartbeats come each 200 ms. */
const SHORT_LEASE = { leaseMs: 1000 };
const three = () => Promise.all([cluster.open(), cluster.open(), cluster.open()]);

async function waiting(store: EventStore, count: number, awaited = false): Promise<string[]> {
  const events = Array.from({ length: count }, () => anEvent());
  for (const event of events) await store.accept(event, { ...LATER, awaited });
  return events.map(({ id }) => id);
}

describe('a bound of the whole cluster', () => {
  test('holds however many instances claim at the same moment', async () => {
    const stores = await three();
    const left = new Set(await waiting(stores[0], 12));
    const inHand = new Map<string, EventStore>();
    let most = 0;
    while (left.size > 0) {
      const takes = Array.from({ length: 9 }, async (_, n) => {
        const store = stores[n % 3]!;
        for (const id of await claimed(store, { withinCluster: 4 })) inHand.set(id, store);
      });
      await Promise.all(takes);
      most = Math.max(most, inHand.size);
      const ended = [...inHand].map(([id, store]) => end(store, id));
      assert.deepEqual([...new Set(await Promise.all(ended))], ['success']);
      for (const id of inHand.keys()) assert.ok(left.delete(id), 'once');
      inHand.clear();
    }
    assert.equal(most, 4);
  });

  test('counts what a claim without it took, and what was handed over at its acceptance', async () => {
    const [a, b] = await three();
    const handedOver = anEvent();
    await a.accept(handedOver, HAND_OVER);
    await waiting(a, 5);
    assert.equal((await claimed(a, { limit: 2 })).length, 2);
    assert.equal((await claimed(b, { withinCluster: 4 })).length, 1);
    const full = { endpoint: '/hooks/a', methods: ['POST'], maxBytes: 1e6, ordered: false };
    const { events, more } = await b.claim({ ...full, limit: 9, withinCluster: 4 });
    assert.deepEqual([events.length, more], [0, true]);
    await end(a, handedOver.id);
    assert.equal((await claimed(b, { withinCluster: 4 })).length, 1);
  });

  test('does not count another method or endpoint', async () => {
    const [a, b] = await three();
    const { request } = anEvent();
    await a.accept(anEvent({ endpoint: '/hooks/b' }), HAND_OVER);
    await a.accept(anEvent({ request: { ...request, method: 'PUT' } }), HAND_OVER);
    await waiting(a, 2);
    assert.equal((await claimed(b, { withinCluster: 2 })).length, 2);
  });

  test('has room again when an instance has died', async () => {
    const a = await cluster.open();
    const ids = await waiting(a, 3);
    assert.deepEqual(await claimed(a, { withinCluster: 2 }), ids.slice(0, 2));
    let told = 0;
    const b = await cluster.open({ onWork: () => told++ }, SHORT_LEASE);
    assert.deepEqual(await claimed(b, { withinCluster: 2 }), []);
    await cluster.endOldestLease();
    await waitUntil('b is told', () => told > 0);
    assert.deepEqual(await claimed(b, { withinCluster: 2 }), ids.slice(0, 2));
  });

  test('others are told when a place is free', async () => {
    let told = 0;
    const a = await cluster.open();
    const [id] = await waiting(a, 1);
    await claimed(a, { withinCluster: 1 });
    await cluster.open({ onWork: () => told++ });
    await end(a, id!);
    await waitUntil('the other one is told', () => told > 0);
  });

  test('holds for the jobs of a retry node', async () => {
    let told = 0;
    const stores = [
      await cluster.open(),
      await cluster.open(),
      await cluster.open({ onWork: () => told++ }),
    ];
    for (let n = 0; n < 6; n++) {
      await stores[0]!.park({ job: aJob(), attempt: aFailure({ kind: 'retry' }) });
    }
    const takes = await Promise.all(stores.map((store) => claimedJobs(store, 2)));
    const taken = takes.flat();
    assert.equal(taken.length, 2);
    const { jobs, isFull } = await stores[1]!.claimJobs({
      ...{ nodeId: 'retry1', nowMs: 5e12, limit: 10, withinCluster: 2 },
    });
    assert.deepEqual([jobs.length, isFull], [0, true]);
    await waitUntil('parking was told', () => told > 0);
    told = 0;
    const holder = stores[takes.findIndex((ids) => ids.length > 0)]!;
    const attempt = anAttempt({ kind: 'retry', number: 2 });
    await holder.settleJob({ jobId: taken[0]!, attempt, state: 'done' });
    if (holder !== stores[2]) await waitUntil('the end is told', () => told > 0);
    assert.equal((await claimedJobs(stores[1]!, 2)).length, 1);
    assert.equal((await claimedJobs(stores[1]!)).length, 3, 'without a bound all the others');
  });
});

describe('an event whose sender waits', () => {
  test('is left to the instance that holds the connection', async () => {
    const [a, b] = await three();
    const [awaited] = await waiting(a, 1, true);
    const [other] = await waiting(a, 1);
    const request = { endpoint: '/hooks/a', methods: ['POST'], maxBytes: 1e6, ordered: false };
    const { events, more } = await b.claim({ ...request, limit: 10 });
    assert.deepEqual(
      events.map(({ id }) => id),
      [other],
    );
    assert.equal(more, false, 'nothing is left for b');
    assert.deepEqual(await claimed(a), [awaited]);
  });

  test('comes back to it after an interruption', async () => {
    const [a, b] = await three();
    const event = anEvent();
    await a.accept(event, { ...HAND_OVER, awaited: true });
    await a.interrupt(event.id, anAttempt({ outcome: 'interrupted' }));
    assert.deepEqual(await claimed(b), []);
    assert.deepEqual(await claimed(a), [event.id]);
  });

  test('may be taken by others once the sender is gone', async () => {
    let told = 0;
    const a = await cluster.open();
    const [id] = await waiting(a, 1, true);
    const b = await cluster.open({ onWork: () => told++ });
    await a.peers.letGo(id!);
    await waitUntil('b is told', () => told > 0);
    assert.deepEqual(await claimed(b), [id]);
  });

  test('is taken over when the lease of its instance ends', async () => {
    const clock = { now: () => Date.now(), after: () => ({ cancel: () => undefined }) };
    const a = await cluster.open({ clock });
    const [id] = await waiting(a, 1, true);
    let told = 0;
    const b = await cluster.open({ onWork: () => told++ }, SHORT_LEASE);
    assert.deepEqual(await claimed(b), []);
    await cluster.endOldestLease();
    await waitUntil('b is told', () => told > 0);
    assert.deepEqual(await claimed(b), [id]);
    assert.deepEqual(await claimed(a), [], 'the one that was paused has no right to it');
  });

  test('holds up what comes after it where the order counts', async () => {
    const [a, b] = await three();
    const [first] = await waiting(a, 1, true);
    const [second] = await waiting(a, 1);
    const ordered = { ordered: true, limit: 1 };
    assert.deepEqual(await claimed(b, ordered), []);
    assert.deepEqual(await claimed(a, ordered), [first]);
    await end(a, first!);
    assert.deepEqual(await claimed(b, ordered), [second]);
  });

  test('keeps its retries there as long as the sender waits', async () => {
    const [a, b] = await three();
    const event = anEvent();
    await a.accept(event, { ...HAND_OVER, awaited: true });
    const job = aJob({ eventId: event.id });
    await a.park({ job, attempt: aFailure({ kind: 'retry' }) });
    await end(a, event.id);
    const { jobs, nextDueAtMs } = await b.claimJobs({ nodeId: 'retry1', nowMs: 5e12, limit: 5 });
    assert.deepEqual([jobs, nextDueAtMs], [[], null]);
    await a.peers.letGo(event.id);
    assert.deepEqual(await claimedJobs(b), [job.id]);
  });

  test('is of the instance at which the sender repeats it after a failure', async () => {
    const [a, b, c] = await three();
    const event = anEvent();
    await a.accept(event, { ...withKey('k', true), awaited: true });
    await fail(a, event.id);
    const again = await b.accept(anEvent(), { ...withKey('k', true), awaited: true });
    assert.deepEqual(again, { kind: 'requeued', eventId: event.id });
    assert.deepEqual([...(await claimed(a)), ...(await claimed(c))], []);
    assert.deepEqual(await claimed(b), [event.id]);
    await fail(b, event.id, 2);
    await c.accept(anEvent(), withKey('k'));
    assert.deepEqual(await claimed(a), [event.id], 'nobody waits any more');
  });
});

describe('the same delivery at two instances at the same moment', () => {
  const ROUNDS = 15;
  const KEYS = 10;

  /** Ten keys at each of two instances at the same moment, again and again; the answers to each key. */
  async function pairs(options: {
    handOver?: boolean;
    body?: (at: number) => Buffer;
  }): Promise<{ a: EventStore; b: EventStore; answers: Acceptance[][] }> {
    const { handOver = false, body = () => Buffer.from('{}') } = options;
    const [a, b] = await three();
    // The first event of an endpoint makes its row, for which the other one waits.
    await a.accept(anEvent({ body: body(0) }), withKey('first', handOver));
    const answers: Acceptance[][] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const keys = Array.from({ length: KEYS }, (_, n) => `${round} ${n}`);
      const send = (store: EventStore, at: number) => (key: string) =>
        store.accept(anEvent({ body: body(at) }), withKey(key, handOver));
      const [ofA, ofB] = await Promise.all([
        Promise.all(keys.map(send(a, 0))),
        // In the other order: nobody must wait for the other one in a ring.
        Promise.all([...keys].reverse().map(send(b, 1))),
      ]);
      answers.push(...keys.map((_, n) => [ofA[n]!, ofB[KEYS - 1 - n]!]));
    }
    return { a, b, answers };
  }
  const kinds = (answers: readonly Acceptance[]) => answers.map(({ kind }) => kind).sort();

  test('is stored once', async () => {
    const { a, answers } = await pairs({});
    for (const pair of answers) assert.deepEqual(kinds(pair), ['duplicate', 'stored']);
    assert.equal((await a.stats()).byStatus.pending, ROUNDS * KEYS + 1);
  });

  test('with another body: both are delivered, and one of them is marked', async () => {
    const { answers } = await pairs({ body: (at) => Buffer.from(`{"n":${at}}`) });
    for (const pair of answers) {
      assert.deepEqual(pair.map((answer) => answer.kind === 'stored' && answer.conflict).sort(), [
        false,
        true,
      ]);
    }
  });

  test('of one that has failed: delivered again once', async () => {
    const [a, b] = await three();
    const keys = Array.from({ length: 60 }, (_, n) => `${n}`);
    await Promise.all(
      keys.map(async (key) => {
        const event = anEvent();
        await a.accept(event, withKey(key, true));
        await fail(a, event.id);
      }),
    );
    for (const key of keys) {
      const send = (store: EventStore) => store.accept(anEvent(), withKey(key, true));
      assert.deepEqual(kinds(await Promise.all([a, b].map(send))), ['duplicate', 'requeued']);
    }
    const all = [...(await claimed(a, { limit: 500 })), ...(await claimed(b, { limit: 500 }))];
    assert.equal(all.length, keys.length);
  });
});

test('an event that kills one instance after the other is given up after three', async () => {
  const events = [anEvent(), anEvent()];
  const dead = () => ({ now: () => Date.now(), after: () => ({ cancel: () => undefined }) });
  let store = await cluster.open({ clock: dead() });
  await store.accept(events[0]!, HAND_OVER);
  const reports: number[] = [];
  for (let death = 1; death <= 3; death++) {
    await cluster.endLeases();
    store = await cluster.open({ clock: dead() });
    reports.push((await store.recover(Date.now())).poisoned);
    if (death < 3) {
      const alone = death === 2;
      assert.deepEqual(await claimed(store, { limit: 1, alone }), [events[0]!.id]);
    }
  }
  assert.deepEqual(reports, [0, 0, 1]);
  const { event, attempts } = (await store.get(events[0]!.id))!;
  assert.deepEqual([event.status, event.reason], ['failed', 'crashed the runtime']);
  assert.deepEqual(
    attempts.map(({ outcome, number }) => [outcome, number]),
    [1, 2, 3].map((number) => ['crashed', number]),
  );
  assert.deepEqual(await claimed(store), []);
  assert.equal(await statusOf(store, events[0]!.id), 'failed');
});

describe('retention', () => {
  test('leaves it to whoever is at it', async () => {
    await (await cluster.open()).close();
    const lock = `SELECT pg_advisory_lock(2003134827, hashtext('${cluster.schema}'))`;
    const other = await server.session();
    try {
      await other.query(lock);
      const retention = { maxEvents: 1, maxAgeMs: null };
      const store = await cluster.open({ retention }, SHORT_LEASE);
      for (let n = 0; n < 3; n++) {
        const event = anEvent();
        await store.accept(event, HAND_OVER);
        await end(store, event.id);
      }
      // Each heartbeat would have removed them, and says when it was.
      const beats = async (): Promise<string> => {
        const [row] = await cluster.sql<{ at: string }>(
          'SELECT max(lease_until)::text AS at FROM instances',
        );
        return row!.at;
      };
      for (let n = 0; n < 2; n++) {
        const before = await beats();
        await waitUntil('another heartbeat', async () => (await beats()) !== before);
      }
      assert.equal((await store.stats()).byStatus.success, 3);
      await other.end();
      await store.setRetention(retention);
      await waitUntil('they go', async () => (await store.stats()).byStatus.success === 1);
    } finally {
      await other.end();
    }
  });
});
