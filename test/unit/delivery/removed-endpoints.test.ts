import assert from 'node:assert/strict';
import test from 'node:test';
import {
  KEPT_MS,
  RemovedEndpoints,
  type RemovedSince,
} from '../../../src/delivery/removed-endpoints';
import { silentLogger } from '../../../src/shared/logger';
import { deliveryTools, newEvent } from './delivery-bench';

const DAY_MS = 86_400_000;

/** A store with an event of a path that an endpoint may serve or not. */
async function removal(t: Parameters<typeof deliveryTools>[0]) {
  const { clock, store } = await deliveryTools(t);
  const event = newEvent();
  await store.accept(event, { handOver: false, dedup: null });
  const served = new Set<string>();
  const warnings: string[] = [];
  let saved: RemovedSince = {};
  const start = (): RemovedEndpoints =>
    new RemovedEndpoints({
      stores: () => [store],
      routes: () =>
        [...served].map((route) => {
          const [method = '', endpoint = ''] = route.split(' ');
          return { endpoint, method };
        }),
      memory: { load: () => saved, save: async (since) => void (saved = since) },
      clock,
      logger: { ...silentLogger, warn: (text) => void warnings.push(text) },
    });
  const status = async () => (await store.get(event.id))?.event.status;
  return { clock, store, event, served, warnings, start, status, saved: () => saved };
}

const ROUTE = 'POST /hooks/test';

test('events of a removed endpoint are given up after 7 days, and say why', async (t) => {
  const { clock, store, event, warnings, start, status } = await removal(t);
  const removed = start();
  await removed.look();
  assert.match(warnings.join(), /^1 events wait for POST \/hooks\/test/);
  clock.advance(KEPT_MS - 1);
  await removed.look();
  assert.equal(await status(), 'pending');
  clock.advance(1);
  await removed.look();
  const detail = await store.get(event.id);
  assert.deepEqual([detail?.event.status, detail?.event.reason], ['failed', 'endpoint removed']);
  assert.equal(warnings.length, 2, 'said once when it was missed, once when they were given up');
});

test('restarts do not set the 7 days back', async (t) => {
  const { clock, start, status } = await removal(t);
  for (let days = 0; days < 7; days++) {
    await start().look();
    clock.advance(DAY_MS);
  }
  assert.equal(await status(), 'pending');
  await start().look();
  assert.equal(await status(), 'failed');
});

test('an endpoint that comes back and is removed again has 7 days again', async (t) => {
  const { clock, served, start, status, saved } = await removal(t);
  const removed = start();
  await removed.look();
  clock.advance(6 * DAY_MS);
  served.add(ROUTE);
  await removed.look();
  assert.deepEqual(saved(), {});
  served.clear();
  await removed.look();
  clock.advance(6 * DAY_MS);
  await removed.look();
  assert.equal(await status(), 'pending');
});

test('another method of the path, served or not, changes nothing', async (t) => {
  const { clock, served, start, status } = await removal(t);
  served.add('PUT /hooks/test');
  const removed = start();
  await removed.look();
  clock.advance(KEPT_MS);
  await removed.look();
  assert.equal(await status(), 'failed');
});
