import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { EventStore } from '../../../src/events/event-store';
import type { StoreChanges } from '../../../src/events/peers';
import { HAND_OVER, LATER } from '../../contract/event-store.context';
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
