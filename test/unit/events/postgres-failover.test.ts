import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { EventStore } from '../../../src/events/event-store';
import type { PostgresEventStore } from '../../../src/events/postgres/open';
import { HAND_OVER, LATER, refusedAs } from '../../contract/event-store.context';
import { aJob, anAttempt, anEvent } from '../../contract/event-store.fixtures';
import type { StoreProblemKind } from '../../../src/events/store-problem';
import { systemClock } from '../../../src/shared/clock';
import { PostgresServer } from '../../support/postgres-server';
import { TcpProxy } from '../../support/tcp-proxy';
import { waitUntil } from '../../support/wait-until';
import { Cluster, onPostgres } from './postgres-harness';

let problems: (StoreProblemKind | null)[];
let logged: string[];
beforeEach(() => {
  problems = [];
  logged = [];
});
const log = (text: string): void => void logged.push(text);

function opened(cluster: Cluster, settings = {}): Promise<PostgresEventStore> {
  const logger = { debug: log, info: log, warn: log, error: log };
  return cluster.open(
    { onProblem: (problem) => problems.push(problem?.kind ?? null), logger },
    settings,
  );
}

async function started(t: TestContext, port?: number): Promise<PostgresServer> {
  const server = await PostgresServer.start(port);
  t.after(() => server.end());
  return server;
}

async function proxied(t: TestContext, port: number) {
  const proxy = await TcpProxy.to(port);
  t.after(() => proxy.end());
  const connectionString = `postgres://owner:none@127.0.0.1:${proxy.port}/postgres`;
  return { proxy, settings: { connectionString, silenceMs: 1000 } };
}

async function accepts(store: EventStore): Promise<boolean> {
  try {
    await store.accept(anEvent(), LATER);
    return true;
  } catch (error) {
    assert.ok(refusedAs('store-unavailable')(error), String(error));
    return false;
  }
}

describe('another server at the same address', () => {
  test('a standby is refused until it is promoted, and has whatever was acknowledged', async (t) => {
    const primary = await started(t);
    const standby = await primary.standby();
    t.after(() => standby.end());
    const { proxy, settings } = await proxied(t, primary.port);
    const cluster = new Cluster(standby);
    t.after(() => cluster.end());
    const store = await opened(cluster, settings);
    const inHand = anEvent();
    await store.accept(inHand, HAND_OVER);
    const acknowledged: string[] = [inHand.id];
    let isOver = false;
    t.after(() => void (isOver = true));
    const senders = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const event = anEvent();
        await store.accept(event, LATER).then(
          () => acknowledged.push(event.id),
          () => new Promise<void>((resolve) => void setImmediate(resolve)),
        );
      }
    });
    await waitUntil('some are stored', () => acknowledged.length > 40);
    await standby.follow(null);
    const waiting = `FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
    const waits = async () => (await primary.sql(`SELECT 1 ${waiting}`)).length > 0;
    await waitUntil('commits wait for the standby', waits);
    const before = acknowledged.length;
    // As a time-out does: the server says that it is committed, and warns that the standby does not have it.
    await primary.sql(`SELECT pg_cancel_backend(pid) ${waiting}`);
    await waitUntil('that is noticed', () => problems.length > 0);
    assert.equal(problems[0], 'noAnswer');
    assert.equal(acknowledged.length, before, 'what the standby does not have is not acknowledged');
    await primary.stop('SIGQUIT');
    proxy.redirect(standby.port);
    await waitUntil('serverReadOnly', () => problems.at(-1) === 'serverReadOnly');
    assert.equal(await accepts(store), false);
    await standby.sql('SELECT pg_promote()');
    await waitUntil('it takes events again', () => accepts(store));
    isOver = true;
    await Promise.all(senders);
    assert.equal(problems.at(-1), null);
    const stored = await cluster.sql<{ id: string }>('SELECT id FROM events');
    const ids = new Set(stored.map(({ id }) => id));
    assert.deepEqual(
      acknowledged.filter((id) => !ids.has(id)),
      [],
    );
    const end = { eventId: inHand.id, attempt: anAttempt(), reason: null } as const;
    assert.equal(await store.endAttempt({ ...end, outcome: 'success' }), 'success');
  });

  test('an empty one: a history is begun there, and that is said', async (t) => {
    const first = await started(t);
    const cluster = new Cluster(first);
    t.after(() => cluster.end());
    const store = await opened(cluster);
    const lost = anEvent();
    await store.accept(lost, HAND_OVER);
    await first.end();
    await waitUntil('nobody answers', () => problems.at(-1) === 'unreachable');
    assert.equal(await accepts(store), false);
    await started(t, first.port);
    await waitUntil('it takes events', () => accepts(store));
    assert.equal(problems.at(-1), null);
    assert.ok(logged.some((text) => text.includes('held no history: a new one was begun there')));
    const end = { eventId: lost.id, attempt: anAttempt(), reason: null } as const;
    await assert.rejects(store.endAttempt({ ...end, outcome: 'success' }), refusedAs('not-found'));
    const { events } = await store.list({ limit: 10 });
    assert.equal(events.length, 1);
  });
});

describe('one server', () => {
  let server: PostgresServer;
  let cluster: Cluster;
  onPostgres((on) => ({ server, cluster } = on));

  test('whose network swallows everything: questions are refused as well, in time', async (t) => {
    const { proxy, settings } = await proxied(t, server.port);
    const store = await opened(cluster, { ...settings, leaseMs: 250 });
    await store.list({ limit: 1 });
    proxy.swallow();
    const askedAtMs = Date.now();
    await assert.rejects(store.list({ limit: 1 }), refusedAs('store-unavailable'));
    assert.ok(Date.now() - askedAtMs < 10_000, 'not after the 20 seconds that are usual');
    await waitUntil('a heartbeat finds it', () => problems.at(-1) === 'noAnswer');
    assert.equal(await accepts(store), false);
    proxy.heal();
    await waitUntil('it takes events again', () => accepts(store));
    assert.equal((await store.list({ limit: 5 })).events.length, 1);
    await store.close();
  });

  test('that breaks off: a question that was on its way is refused at once', async (t) => {
    const store = await opened(cluster);
    await store.list({ limit: 1 });
    const somebody = await server.session();
    t.after(() => somebody.end());
    await somebody.query(`BEGIN; LOCK TABLE ${cluster.schema}.events IN ACCESS EXCLUSIVE MODE`);
    const questions = async (wait: string): Promise<unknown[]> =>
      server.sql(`SELECT 1 FROM pg_stat_activity WHERE application_name LIKE '% reader' ${wait}`);
    const refused = assert.rejects(store.list({ limit: 1 }), /the connection broke/, 'no lock');
    await waitUntil('it waits', async () => {
      return (await questions(`AND wait_event_type = 'Lock'`)).length === 1;
    });
    await server.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name LIKE '% keeper'`);
    await refused;
    await somebody.query('COMMIT');
    await waitUntil('it is', () => problems.at(-1) === null);
    assert.deepEqual((await store.list({ limit: 1 })).events, []);
  });

  describe('that does not hear an instance for longer than its lease', () => {
    const LEASE_MS = 60_000;

    /** How often what it had in hand counts as a death: of the event, of the job. */
    async function counted(pausedMs = 0): Promise<number[]> {
      let laterMs = 0;
      const clock = { ...systemClock, now: () => Date.now() + laterMs };
      const lost = await cluster.open({ clock }, { leaseMs: LEASE_MS });
      const [event, parked] = [anEvent(), anEvent()];
      for (const each of [event, parked]) await lost.accept(each, HAND_OVER);
      await lost.park({ job: aJob({ eventId: parked.id, nodeId: 'r' }), attempt: anAttempt() });
      const claims = { nodeId: 'r', nowMs: Date.now(), limit: 1, maxBytes: 1e6 };
      assert.equal((await lost.claimJobs(claims)).jobs.length, 1);
      const other = await cluster.open();
      await cluster.endOldestLease();
      laterMs = pausedMs;
      const counts = async (): Promise<number[]> => {
        const rows = await cluster.sql<{ unfinished: number }>(
          `SELECT unfinished FROM events WHERE id = '${event.id}'
            UNION ALL SELECT unfinished FROM retry_jobs`,
        );
        return rows.map(({ unfinished }) => unfinished);
      };
      await other.recover(Date.now());
      assert.deepEqual(await counts(), [1, 1], 'it may have died of it');
      await lost.accept(anEvent(), LATER);
      await lost.list({ limit: 1 });
      return counts();
    }

    test('and lived: that is no death of what it had in hand', async () => {
      assert.deepEqual(await counted(), [0, 0]);
    });

    test('and was stopped, by whatever: it is', async () => {
      assert.deepEqual(await counted(LEASE_MS / 2), [1, 1]);
    });
  });

  test('that has no connection left when one is to be made again', async () => {
    await server.sql('CREATE ROLE few LOGIN CONNECTION LIMIT 2');
    await server.sql('GRANT CREATE ON DATABASE postgres TO few');
    const store = await opened(cluster, { connectionString: server.url('few') });
    await server.sql('ALTER ROLE few CONNECTION LIMIT 1');
    await server.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'few'`,
    );
    await waitUntil('it says so', () => problems.at(-1) === 'tooManyConnections');
    assert.equal(await accepts(store), false);
    await server.sql('ALTER ROLE few CONNECTION LIMIT 2');
    await waitUntil('it takes events again', () => accepts(store));
    assert.equal(problems.at(-1), null);
  });

  test('whose schema a newer version changes meanwhile: nothing more is written to it', async () => {
    const store = await opened(cluster, { leaseMs: 250 });
    const [{ value: ours } = { value: '' }] = await cluster.sql<{ value: string }>(
      'SELECT value FROM meta',
    );
    await cluster.sql(`UPDATE meta SET value = '99'`);
    await waitUntil('it says so', () => problems.at(-1) === 'newerSchema');
    assert.equal(await accepts(store), false);
    await cluster.sql('UPDATE meta SET value = $1', [ours]);
    await waitUntil('it takes events again', () => accepts(store));
  });

  test('that is set up otherwise: what each connection needs holds all the same', async () => {
    await server.sql(`ALTER ROLE owner SET synchronous_commit = off`);
    await server.sql(`ALTER ROLE owner SET statement_timeout = 0`);
    const store = await opened(cluster);
    await server.sql(`CREATE FUNCTION ${cluster.schema}.keep() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO ${cluster.schema}.meta SELECT name, setting FROM pg_settings WHERE name IN
          ('statement_timeout', 'lock_timeout', 'synchronous_commit', 'idle_in_transaction_session_timeout');
        RETURN NULL;
      END $$`);
    await server.sql(`CREATE TRIGGER keep AFTER INSERT ON ${cluster.schema}.bodies
      EXECUTE FUNCTION ${cluster.schema}.keep()`);
    await store.accept(anEvent(), LATER);
    const rows = await cluster.sql<{ key: string; value: string }>(
      `SELECT * FROM meta WHERE key <> 'schema_version' ORDER BY key`,
    );
    assert.deepEqual(Object.fromEntries(rows.map(({ key, value }) => [key, value])), {
      idle_in_transaction_session_timeout: '5000',
      lock_timeout: '2500',
      statement_timeout: '5000',
      synchronous_commit: 'on',
    });
  });
});
