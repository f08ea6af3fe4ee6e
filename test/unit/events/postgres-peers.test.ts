import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Node, NodeAPI } from 'node-red';
import type { ApilinkerSyncConfig } from '../../../nodes/apilinker-sync/apilinker-sync.config';
import { clusterTurn } from '../../../nodes/apilinker-sync/cluster-turn';
import { HISTORY_DEFAULTS, type HistorySettings } from '../../../nodes/shared/history-settings';
import { provideHistory } from '../../../nodes/shared/runtime/history-of';
import { OpeningStore } from '../../../nodes/shared/runtime/opening-store';
import type { EventStore } from '../../../src/events/event-store';
import type { PostgresEventStore, PostgresSettings } from '../../../src/events/postgres/open';
import type { StoreChanges } from '../../../src/events/peers';
import { systemClock } from '../../../src/shared/clock';
import { silentLogger } from '../../../src/shared/logger';
import { SyncQueue } from '../../../src/sync/sync-queue';
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

describe('the turns of an apilinker-sync', () => {
  /** The node of one instance, whose history is opened when the sync first needs it. */
  function syncOf(history: Partial<HistorySettings>) {
    const configNode = {};
    provideHistory(configNode, { ...HISTORY_DEFAULTS, ...history });
    const RED = { nodes: { getNode: () => configNode } } as unknown as NodeAPI;
    const config = { history: 'h' } as ApilinkerSyncConfig;
    const open = async () => ({ store: await cluster.open(), damagedFile: null });
    let store: OpeningStore | null = null;
    const opened = (): OpeningStore =>
      (store ??= new OpeningStore(open, systemClock, silentLogger, () => undefined));
    const node = { id: 'sync1' } as object as Node;
    const turns = clusterTurn({ RED, node, config }, opened);
    return { queue: new SyncQueue<number>('queue', turns), isOpened: () => store !== null };
  }
  const postgres = {} as PostgresSettings;

  test('are taken among all instances, also by one that has not opened its history yet', async () => {
    const queues = [1, 2, 3].map(() => syncOf({ postgres }).queue);
    let running = 0;
    let most = 0;
    const work = async (): Promise<number> => {
      most = Math.max(most, ++running);
      const rows = await cluster.sql<{ key: string }>('SELECT key FROM sync_turns');
      assert.deepEqual(rows, [{ key: 'sync1' }]);
      return running--;
    };
    const { signal } = new AbortController();
    const runs = Array.from({ length: 9 }, (_, n) => queues[n % 3]!.run(`${n}`, signal, work));
    assert.deepEqual(new Set(await Promise.all(runs)), new Set([1]));
    assert.equal(most, 1);
  });

  test('who gives up while another instance has it, waits no more', async () => {
    const [a, b] = [syncOf({ postgres }).queue, syncOf({ postgres }).queue];
    let finish = (): void => undefined;
    const { signal } = new AbortController();
    const first = new Promise<void>((begun) => {
      const work = async (): Promise<number> => {
        begun();
        await new Promise<void>((resolve) => (finish = resolve));
        return 1;
      };
      void a.run('a', signal, work);
    });
    await first;
    const impatient = new AbortController();
    let ran = false;
    const waiting = b.run('b', impatient.signal, async () => Number((ran = true)));
    impatient.abort();
    await assert.rejects(waiting);
    finish();
    assert.equal(await b.run('c', signal, () => Promise.resolve(7)), 7);
    assert.equal(ran, false);
  });

  test('of a history in a file there are none, and it is not opened for them', async () => {
    const { queue, isOpened } = syncOf({});
    assert.equal(await queue.run('a', new AbortController().signal, async () => 3), 3);
    assert.equal(isOpened(), false);
  });
});

describe('who came first to a path', () => {
  const claims = (place: string, ...owners: string[]) => owners.map((owner) => ({ place, owner }));

  test('is the same at all instances, as long as one of them has it', async () => {
    const [a, b, c] = [await cluster.open(), await cluster.open(), await cluster.open()];
    const mine = [...claims('/x', 'n1', 'n2'), ...claims('/y', 'n3')];
    assert.deepEqual(await a.peers.claimPaths(mine), mine);
    const theirs = [...claims('/y', 'n4', 'n3'), ...claims('/x', 'n2', 'n1')];
    const settled = [...claims('/x', 'n1', 'n2'), ...claims('/y', 'n3', 'n4')];
    const byPlace = (of: readonly { place: string }[]) =>
      of.toSorted((d, e) => (d.place < e.place ? -1 : 1));
    assert.deepEqual(byPlace(await b.peers.claimPaths(theirs)), settled);
    assert.deepEqual(byPlace(await a.peers.claimPaths(mine)), settled);
    await a.peers.claimPaths([]);
    assert.deepEqual(await c.peers.claimPaths(claims('/x', 'n2')), claims('/x', 'n1', 'n2'));
    await b.peers.claimPaths(claims('/x', 'n2'));
    assert.deepEqual(await c.peers.claimPaths(claims('/x', 'n2', 'n1')), claims('/x', 'n2', 'n1'));
    assert.deepEqual(await cluster.sql("SELECT 1 FROM path_claims WHERE place = '/y'"), []);
  });

  test('whoever asks at the same time', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => cluster.open()));
    const places = Array.from({ length: 20 }, (_, n) => `/p${n}`);
    const orders = await Promise.all(
      stores.map(({ peers }, at) =>
        peers.claimPaths(
          places
            .toSorted(() => (at % 2) - 0.5)
            .flatMap((place) =>
              claims(place, ...['n1', 'n2', 'n3'].toSorted((d) => (d === `n${at}` ? -1 : 1))),
            ),
        ),
      ),
    );
    const [first, ...others] = orders.map((order) =>
      places.map((place) =>
        order.filter((claim) => claim.place === place).map(({ owner }) => owner),
      ),
    );
    for (const other of others) assert.deepEqual(other, first);
  });

  test('is not forgotten by one that does not see yet what another one claims', async () => {
    const [a, b] = [await cluster.open(), await cluster.open()];
    await cluster.sql("INSERT INTO path_claims (place, owner) VALUES ('/x', 'n1')");
    const { schema } = cluster;
    await server.sql(`CREATE FUNCTION ${schema}.hold() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.owner = 'slow' THEN PERFORM pg_advisory_xact_lock(7); END IF;
        RETURN NEW;
      END $$`);
    await server.sql(`CREATE TRIGGER hold BEFORE INSERT ON ${schema}.path_claims
      FOR EACH ROW EXECUTE FUNCTION ${schema}.hold()`);
    const other = await server.session();
    await other.query('SELECT pg_advisory_lock(7)');
    const claimed = a.peers.claimPaths([...claims('/x', 'n1'), ...claims('/y', 'slow')]);
    const waits = (count: number) => async (): Promise<boolean> =>
      (await server.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).length ===
      count;
    await waitUntil('its claims are on their way', waits(1));
    let isAnswered = false;
    const none = b.peers.claimPaths([]).then(() => (isAnswered = true));
    await waitUntil('the other one has looked, or waits', async () => isAnswered || waits(2)());
    await other.end();
    await Promise.all([claimed, none]);
    assert.deepEqual(await b.peers.claimPaths(claims('/x', 'n2')), claims('/x', 'n1', 'n2'));
  });

  test('is kept when an instance was taken for dead', async () => {
    const a = await cluster.open({ clock: noBeats() });
    const b = await cluster.open();
    await a.peers.claimPaths(claims('/x', 'n1'));
    await cluster.sql("DELETE FROM instances WHERE claims <> '{}'");
    await waiting(a, 1);
    assert.deepEqual(await b.peers.claimPaths(claims('/x', 'n2')), claims('/x', 'n1', 'n2'));
  });
});

describe('runs', () => {
  test('are begun one at a time, told of, and stopped from anywhere', async () => {
    const [a, b] = [(await cluster.open()).peers.runs, (await cluster.open()).peers.runs];
    assert.equal(await a.begin('r1', '{"n":0}'), true);
    assert.equal(await b.begin('r2', '{}'), false);
    assert.equal(await a.tell('r1', '{"n":1}', false), false);
    const [seen] = await b.list();
    assert.deepEqual([seen?.id, seen?.told, seen?.isAlive], ['r1', '{"n":1}', true]);
    assert.ok(Math.abs(seen!.toldAtMs - Date.now()) < 5_000);
    assert.deepEqual([await b.stop('r1'), await b.stop('r2')], [true, false]);
    assert.equal(await a.tell('r1', '{"n":2}', false), true);
    assert.equal(await b.begin('r2', '{}'), false, 'it goes on until it is said to be over');
    await a.tell('r1', '{"n":3}', true);
    assert.equal(await b.stop('r1'), false);
    assert.equal(await b.begin('r2', '{}'), true);
  });

  test('of which nobody was told for 10 seconds are over; the last 20 are kept', async () => {
    const [a, b] = [(await cluster.open()).peers.runs, (await cluster.open()).peers.runs];
    await a.begin('r00', '{}');
    const later = (seconds: number) =>
      cluster.sql(`UPDATE shared_runs SET told_at = told_at - interval '${seconds} s'`);
    await later(8);
    assert.equal((await b.list())[0]?.isAlive, true);
    await later(3);
    assert.equal((await b.list())[0]?.isAlive, false);
    assert.equal(await b.stop('r00'), false);
    for (let n = 1; n <= 20; n++) {
      assert.equal(await b.begin(`r${String(n).padStart(2, '0')}`, '{}'), true);
      await later(11);
    }
    assert.deepEqual(
      (await a.list()).map(({ id }) => id),
      Array.from({ length: 20 }, (_, n) => `r${String(20 - n).padStart(2, '0')}`),
    );
    assert.equal(await a.tell('r00', '{}', true), false, 'what is forgotten stays so');
    assert.equal((await a.list()).length, 20);
  });

  test('begun at the same moment: one of them', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => cluster.open()));
    const begun = await Promise.all(all.map(({ peers }, n) => peers.runs.begin(`r${n}`, '{}')));
    assert.equal(begun.filter(Boolean).length, 1);
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
