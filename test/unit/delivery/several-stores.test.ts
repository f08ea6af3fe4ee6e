import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { EventStore } from '../../../src/events/event-store';
import { waitUntil } from '../../support/wait-until';
import { deliveryBench, deliveryTools, newEvent } from './delivery-bench';
import { retryBench } from './retry-bench';

/** A history was switched to another file: what is in the old one stays there, and is not left there. */
async function switched(t: TestContext) {
  const { store: old } = await deliveryTools(t);
  const all: EventStore[] = [];
  let strays = 0;
  const bench = await deliveryBench(t, {
    stores: { all: () => all, onStray: () => (strays += 1) },
  });
  all.push(bench.store, old);
  return { bench, old, strays: () => strays };
}

const noDedup = { dedup: null, parsed: null };

test('events that wait in another store come first, and end there', async (t) => {
  const { bench, old } = await switched(t);
  const before = newEvent();
  await old.accept(before, { handOver: false, dedup: null });
  bench.dispatcher.wake();
  const after = newEvent();
  await bench.dispatcher.accept(after, noDedup);
  await waitUntil('both are in the flow', () => bench.flow.arrived.length === 2);
  const ids = bench.flow.arrived.map((msg) => (msg['webhook'] as { id: string }).id);
  assert.deepEqual(ids, [before.id, after.id]);
  bench.flow.finish();
  bench.flow.finish();
  await bench.clock.untilIdleThenAdvance(150);
  const statusIn = async (store: EventStore, id: string) => (await store.get(id))?.event.status;
  await waitUntil('ended', async () => (await statusIn(old, before.id)) === 'success');
  await waitUntil('ended', async () => (await statusIn(bench.store, after.id)) === 'success');
});

test('another store that fails holds up nothing', async (t) => {
  const { bench, old } = await switched(t);
  await old.accept(newEvent(), { handOver: false, dedup: null });
  await old.close();
  bench.dispatcher.wake();
  await bench.dispatcher.accept(newEvent(), noDedup);
  await waitUntil('in the flow', () => bench.flow.arrived.length === 1);
});

test('a retry job is kept where its event is, and run from there', async (t) => {
  const { bench, old } = await switched(t);
  const event = newEvent();
  await old.accept(event, { handOver: false, dedup: null });
  const { runner, attempts, end, clock } = await retryBench(t, {}, bench);
  bench.dispatcher.wake();
  await waitUntil('in the flow', () => bench.flow.working.length === 1);
  runner.receive(bench.flow.working[0]!, (error) => bench.flow.finish(error));
  await end(attempts, new Error('down'));
  const status = async () => (await old.get(event.id))?.event.status;
  await waitUntil('retrying', async () => (await status()) === 'retrying');
  await waitUntil('second attempt', () => {
    clock.advance(500);
    return attempts.working.length === 1;
  });
  await end(attempts);
  await clock.untilIdleThenAdvance(150);
  await waitUntil('success', async () => (await status()) === 'success');
  assert.deepEqual(await bench.store.jobs({ nodeId: 'retry', limit: 10 }), []);
});

test('a request of a path that went to another endpoint waits for that one', async (t) => {
  const { bench, strays } = await switched(t);
  const event = newEvent({ endpoint: '/moved' });
  await bench.dispatcher.accept(event, noDedup);
  assert.equal(await bench.statusOf(event.id), 'pending');
  assert.equal(strays(), 1);
  bench.dispatcher.close();
  await bench.dispatcher.accept(newEvent(), noDedup);
  assert.equal(strays(), 2, 'nor does it come back by itself to an endpoint that was removed');
  assert.equal(bench.flow.arrived.length, 0);
});
