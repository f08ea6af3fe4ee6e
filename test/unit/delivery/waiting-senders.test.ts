import assert from 'node:assert/strict';
import test from 'node:test';
import type { WaitingSender } from '../../../src/delivery/dispatcher-settings';
import type { EventStatus } from '../../../src/events/states';
import { waitUntil } from '../../support/wait-until';
import { deliveryBench, newEvent } from './delivery-bench';

const options = { dedup: null, parsed: null };

function aSender(handle?: unknown): WaitingSender & { readonly told: EventStatus[] } {
  const told: EventStatus[] = [];
  return { told, handle, onOutcome: (status) => void told.push(status) };
}

test('a sender is told once the end is written, of waiting events as well', async (t) => {
  const { dispatcher, flow, clock, store } = await deliveryBench(t, { concurrency: 1 });
  const [first, second] = [aSender(), aSender()];
  await dispatcher.accept(newEvent(), { ...options, sender: first });
  await dispatcher.accept(newEvent(), { ...options, sender: second });
  await waitUntil('the first one is in the flow', () => flow.arrived.length === 1);
  flow.finish();
  await waitUntil('the second one is in the flow', () => flow.arrived.length === 2);
  await clock.untilIdleThenAdvance(150);
  await waitUntil('told', () => first.told.length === 1);
  assert.deepEqual(first.told, ['success']);
  assert.equal((await store.stats()).byStatus.success, 1);
  flow.finish(new Error('down'));
  await clock.untilIdleThenAdvance(150);
  await waitUntil('told', () => second.told.length === 1);
  assert.deepEqual(second.told, ['failed']);
});

test('the first attempt gets the response, one after an interruption an inert one', async (t) => {
  const { dispatcher, flow, tracker, clock } = await deliveryBench(t);
  const inert = { inert: true };
  dispatcher.configure({ ...dispatcher.settings, inertResponse: () => inert });
  const handle = { _res: 'live' };
  const sender = aSender(handle);
  await dispatcher.accept(newEvent(), { ...options, sender });
  await waitUntil('it is in the flow', () => flow.arrived.length === 1);
  assert.equal(flow.arrived[0]?.['res'], handle);
  tracker.freeze();
  dispatcher.close();
  flow.closeNode();
  flow.finish();
  tracker.thaw();
  assert.deepEqual(sender.told, []);
  dispatcher.open();
  await waitUntil('delivered again', () => flow.arrived.length === 2);
  assert.equal(flow.arrived[1]?.['res'], inert);
  flow.finish();
  await clock.untilIdleThenAdvance(150);
  await waitUntil('told of the second attempt', () => sender.told.length === 1);
});

test('a sender that is released is not told, and its event has no live response', async (t) => {
  const { dispatcher, flow, clock, store } = await deliveryBench(t, { concurrency: 1 });
  await dispatcher.accept(newEvent(), options);
  const gone = aSender({ _res: 'live' });
  const event = newEvent();
  await dispatcher.accept(event, { ...options, sender: gone });
  dispatcher.release(event.id);
  await waitUntil('the first one is in the flow', () => flow.arrived.length === 1);
  flow.finish();
  await waitUntil('the second one is in the flow', () => flow.arrived.length === 2);
  assert.equal(flow.arrived[1]?.['res'], undefined);
  flow.finish();
  await clock.untilIdleThenAdvance(150);
  await waitUntil('both final', async () => (await store.stats()).byStatus.success === 2);
  assert.deepEqual(gone.told, []);
});
