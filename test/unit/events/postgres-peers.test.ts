import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { EventStore } from '../../../src/events/event-store';
import type { PostgresEventStore } from '../../../src/events/postgres/open';
import type { StoreChanges } from '../../../src/events/peers';
import { HAND_OVER, LATER, refusedAs } from '../../contract/event-store.context';
import { anEvent } from '../../contract/event-store.fixtures';
import { PostgresServer } from '../../support/postgres-server';
import { waitUntil } from '../../support/wait-until';
import { Cluster } from './postgres-harness';

let server: PostgresServer;
let cluster: Cluster;
before(async () => {
  server = await PostgresServer.start();
});
after(() => server.end());
beforeEach(() => {
  cluster = new Cluster(server);
});
afterEach(() => cluster.end());

/** Its heartbeats come each 200 ms. */
const SHORT_LEASE = { leaseMs: 1000 };
/** Its heartbeats stop, as those of a process that is stopped do; the rest of it goes on. */
const noBeats = () => ({ now: () => Date.now(), after: () => ({ cancel: () => undefined }) });

async function waiting(store: EventStore, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await store.accept(anEvent(), LATER);
}

describe('what instances tell each other', () => {
  test('that something has changed, by ids; nobody hears of itself', async () => {
    const heard = { a: [] as StoreChanges[], b: [] as StoreChanges[] };
    const a = await cluster.open({ onChanges: (changes) => void heard.a.push(changes) });
    const b = await cluster.open({ onChanges: (changes) => void heard.b.push(changes) });
    const changes = { events: ['e1', 'e2'], more: true, jobs: true, rejections: false };
    await a.peers.announce(changes);
    await waitUntil('b hears of it', () => heard.b.length > 0);
    const back = { events: [], more: false, jobs: false, rejections: true };
    await b.peers.announce(back);
    await waitUntil('a hears of it', () => heard.a.length > 0);
    const plain = (all: StoreChanges[]) =>
      all.map(({ events, more, jobs, rejections }) => ({ events, more, jobs, rejections }));
    assert.deepEqual(plain(heard.a), [back]);
    assert.deepEqual(plain(heard.b), [changes]);
  });

  test('which routes they serve, as long as they live', async () => {
    const a = await cluster.open();
    await waiting(a, 2);
    const b = await cluster.open();
    const routes = async () =>
      (await a.pendingRoutes()).map(({ method, elsewhere = false }) => [method, elsewhere]);
    assert.deepEqual(await routes(), [['POST', false]]);
    await b.peers.serve([{ endpoint: '/hooks/a', method: 'PUT' }]);
    assert.deepEqual(await routes(), [['POST', false]]);
    await b.peers.serve([{ endpoint: '/hooks/a', method: 'POST' }]);
    assert.deepEqual(await routes(), [['POST', true]]);
    await a.peers.serve([{ endpoint: '/hooks/a', method: 'POST' }]);
    await b.close();
    await waitUntil('b is gone', async () => (await routes())[0]![1] === false);
  });

  test('also as another instance, after they were taken for dead', async () => {
    const a = await cluster.open();
    await waiting(a, 1);
    const b = await cluster.open({ clock: noBeats() });
    await b.peers.serve([{ endpoint: '/hooks/a', method: 'POST' }]);
    await cluster.sql(`DELETE FROM instances WHERE serves <> '{}'`);
    assert.deepEqual((await a.pendingRoutes())[0]!.elsewhere, undefined);
    await waiting(b, 1);
    assert.deepEqual((await a.pendingRoutes())[0]!.elsewhere, true);
  });

  test('when secrets matched, wherever that was', async () => {
    const [a, b] = [await cluster.open({}, SHORT_LEASE), await cluster.open({}, SHORT_LEASE)];
    const of = (secret: 'current' | 'previous', receivedAtMs: number) =>
      anEvent({ receivedAtMs, verification: { scheme: 'github', secret } });
    await a.accept(of('previous', 5_000), HAND_OVER);
    await b.accept(of('current', 9_000), HAND_OVER);
    await b.accept(of('previous', 3_000), HAND_OVER);
    const both = [{ endpoint: '/hooks/a', currentAtMs: 9_000, previousAtMs: 5_000 }];
    for (const store of [a, b]) {
      await waitUntil('it is known here', async () => {
        const [found] = await store.secretMatches();
        return found?.currentAtMs === 9_000 && found.previousAtMs === 5_000;
      });
      assert.deepEqual(await store.secretMatches(), both);
    }
  });
});

describe('turns', () => {
  const { signal } = new AbortController();

  test('are held by one instance at a time; all get theirs', async () => {
    const stores = [await cluster.open(), await cluster.open(), await cluster.open()];
    let held = 0;
    let highest = 0;
    let done = 0;
    const run = async (store: PostgresEventStore): Promise<void> => {
      const turn = await store.peers.takeTurn('s', signal);
      highest = Math.max(highest, ++held);
      await store.stats();
      held--;
      await turn.end();
      done++;
    };
    await Promise.all(Array.from({ length: 9 }, (_, n) => run(stores[n % 3]!)));
    assert.deepEqual([highest, done], [1, 9]);
    assert.deepEqual(await cluster.sql('SELECT 1 FROM sync_turns'), []);
  });

  test('of another name do not wait; who gives up does not get it later', async () => {
    const [a, b] = [await cluster.open(), await cluster.open()];
    const turn = await a.peers.takeTurn('s', signal);
    await (await b.peers.takeTurn('other', signal)).end();
    const impatient = new AbortController();
    const waiting = b.peers.takeTurn('s', impatient.signal);
    impatient.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    await turn.end();
    await (await a.peers.takeTurn('s', signal)).end();
  });

  test('of an instance that dies go to the next; what it says of the sync is refused', async () => {
    const a = await cluster.open({ clock: noBeats() });
    const b = await cluster.open({}, SHORT_LEASE);
    const lost = await a.peers.takeTurn('s', signal);
    await a.saveSync({ key: 's', memory: 'a', delivered: [], maxItems: 9 });
    const taken = b.peers.takeTurn('s', signal);
    await cluster.endOldestLease();
    const turn = await taken;
    await b.saveSync({ key: 's', memory: 'b', delivered: [], maxItems: 9 });
    await turn.end();
    const late = { key: 's', memory: 'late', delivered: [], maxItems: 9 };
    await assert.rejects(a.saveSync(late), refusedAs('conflict'));
    assert.equal(lost.lost.aborted, true);
    assert.equal((await b.recallSync('s', [])).memory, 'b');
    await lost.end();
    await (await a.peers.takeTurn('s', signal)).end();
    await a.saveSync({ ...late, memory: 'again' });
    assert.equal((await b.recallSync('s', [])).memory, 'again');
  });

  test('outlive a broken connection; one whose end got lost is free', async () => {
    const problems: [unknown[], unknown[]] = [[], []];
    const [a, b] = [
      await cluster.open({ onProblem: (problem) => void problems[0].push(problem) }),
      await cluster.open({ onProblem: (problem) => void problems[1].push(problem) }),
    ];
    const held = await a.peers.takeTurn('held', signal);
    await cluster.sql(`INSERT INTO sync_turns SELECT 'forgotten', min(id) FROM instances`);
    await server.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND application_name LIKE 'node-red-webhooks %'`,
    );
    await waitUntil('both are back', () =>
      problems.every((of) => of.length > 1 && of.at(-1) === null),
    );
    await (await b.peers.takeTurn('forgotten', signal)).end();
    assert.equal(held.lost.aborted, false);
    const [row] = await cluster.sql<{ key: string }>('SELECT key FROM sync_turns');
    assert.equal(row!.key, 'held');
    await held.end();
  });
});

test('claims that wait for each other at two endpoints are no deadlock', async () => {
  const deadlocks = async (): Promise<number> => {
    const text = 'SELECT sum(deadlocks)::int AS n FROM pg_stat_database';
    return (await server.sql<{ n: number }>(text))[0]!.n;
  };
  const before = await deadlocks();
  const [a, b] = [await cluster.open(), await cluster.open()];
  const endpoints = ['/hooks/a', '/hooks/b', '/hooks/c', '/hooks/d'];
  for (const endpoint of endpoints) await a.accept(anEvent({ endpoint }), LATER);
  const claimAll = (store: EventStore, order: readonly string[]) =>
    order.map((endpoint) =>
      store.claim({
        ...{ endpoint, methods: ['POST'], limit: 1, maxBytes: 1e6 },
        ...{ ordered: true },
      }),
    );
  for (let round = 0; round < 25; round++) {
    const reversed = [...endpoints].reverse();
    await Promise.all([...claimAll(a, endpoints), ...claimAll(b, reversed)]);
  }
  // What sessions have counted is told when they end.
  await Promise.all([a.close(), b.close()]);
  const sessions = `SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'node-red-webhooks %'`;
  await waitUntil('they have ended', async () => (await server.sql(sessions)).length === 0);
  assert.equal(await deadlocks(), before);
});
