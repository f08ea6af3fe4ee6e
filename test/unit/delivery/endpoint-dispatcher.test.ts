import assert from 'node:assert/strict';
import test from 'node:test';
import { deliveryBench, newEvent } from './delivery-bench';
import { waitUntil } from '../../support/wait-until';

const noDedup = { dedup: null, parsed: null };

test('an accepted event reaches the flow with its payload, and ends as success', async (t) => {
  const { dispatcher, flow, clock, statusOf } = await deliveryBench(t);
  const event = newEvent();
  assert.deepEqual(await dispatcher.accept(event, noDedup), { kind: 'stored', conflict: false });
  await waitUntil('the event is in the flow', () => flow.working.length === 1);
  const [msg] = flow.working;
  assert.deepEqual(msg?.['payload'], { a: 1 });
  assert.equal((msg?.['webhook'] as { id: string }).id, event.id);
  assert.equal(await statusOf(event.id), 'processing');
  flow.finish();
  await clock.untilIdleThenAdvance(150);
  await waitUntil('success', async () => (await statusOf(event.id)) === 'success');
});

test('an error makes it failed, with the words of the node', async (t) => {
  const { dispatcher, flow, clock, store, statusOf } = await deliveryBench(t);
  const event = newEvent();
  await dispatcher.accept(event, noDedup);
  await waitUntil('the event is in the flow', () => flow.working.length === 1);
  flow.finish(new Error('no such customer'));
  await clock.untilIdleThenAdvance(150);
  await waitUntil('failed', async () => (await statusOf(event.id)) === 'failed');
  const detail = await store.get(event.id);
  assert.equal(detail?.event.reason, 'no such customer');
  assert.equal(detail.attempts[0]?.trail[0]?.error, 'no such customer');
});

test('at most `concurrency` events are in the flow; the rest wait as pending and start in order', async (t) => {
  const { dispatcher, flow, statusOf } = await deliveryBench(t, { concurrency: 2 });
  const events = [newEvent(), newEvent(), newEvent(), newEvent()];
  for (const event of events) await dispatcher.accept(event, noDedup);
  await waitUntil('two are in the flow', () => flow.working.length === 2);
  assert.equal(await statusOf(events[2]!.id), 'pending');
  assert.equal(await statusOf(events[3]!.id), 'pending');
  flow.finish();
  await waitUntil('the third started', () => flow.arrived.length === 3);
  assert.equal(flow.working.length, 2);
  flow.finish();
  await waitUntil('the fourth started', () => flow.arrived.length === 4);
  const order = flow.arrived.map((msg) => (msg['webhook'] as { id: string }).id);
  assert.deepEqual(
    order,
    events.map((event) => event.id),
  );
});

test('the quiet period holds no place', async (t) => {
  const { dispatcher, flow } = await deliveryBench(t, { concurrency: 1 });
  await dispatcher.accept(newEvent(), noDedup);
  await dispatcher.accept(newEvent(), noDedup);
  await waitUntil('the first is in the flow', () => flow.working.length === 1);
  flow.finish();
  await waitUntil('the second started, without the clock', () => flow.arrived.length === 2);
});

test('while the flow is closed everything is stored, and delivered once it opens', async (t) => {
  const { dispatcher, flow, statusOf } = await deliveryBench(t);
  dispatcher.close();
  const event = newEvent();
  await dispatcher.accept(event, noDedup);
  assert.equal(await statusOf(event.id), 'pending');
  assert.equal(flow.arrived.length, 0);
  dispatcher.open();
  await waitUntil('the event is in the flow', () => flow.arrived.length === 1);
  assert.deepEqual(flow.arrived[0]?.['payload'], { a: 1 }, 'parsed again from the stored bytes');
});

test('an attempt that a deploy interrupts is delivered again, marked, and counts no crash', async (t) => {
  const { dispatcher, tracker, flow, store, statusOf } = await deliveryBench(t);
  const event = newEvent();
  await dispatcher.accept(event, noDedup);
  await waitUntil('the event is in the flow', () => flow.working.length === 1);
  tracker.freeze();
  dispatcher.close();
  flow.closeNode();
  flow.finish();
  tracker.thaw();
  await waitUntil('pending again', async () => (await statusOf(event.id)) === 'pending');
  dispatcher.open();
  await waitUntil('delivered again', () => flow.arrived.length === 2);
  const webhook = flow.arrived[1]?.['webhook'] as { attempt: number; redelivered: boolean };
  assert.equal(webhook.attempt, 2);
  assert.equal(webhook.redelivered, true);
  const outcomes = (await store.get(event.id))?.attempts.map((attempt) => attempt.outcome);
  assert.deepEqual(outcomes, ['interrupted']);
});

test('a duplicate is not delivered; a failed one is delivered again by its duplicate', async (t) => {
  const { dispatcher, flow, clock, statusOf } = await deliveryBench(t);
  const dedup = { key: 'delivery-1', windowMs: 1000_000 };
  const event = newEvent();
  await dispatcher.accept(event, { dedup, parsed: null });
  await waitUntil('the event is in the flow', () => flow.working.length === 1);
  const twin = await dispatcher.accept(newEvent(), { dedup, parsed: null });
  assert.deepEqual(twin, { kind: 'duplicate', eventId: event.id });
  flow.finish(new Error('down'));
  await clock.untilIdleThenAdvance(150);
  await waitUntil('failed', async () => (await statusOf(event.id)) === 'failed');
  const again = await dispatcher.accept(newEvent(), { dedup, parsed: null });
  assert.deepEqual(again, { kind: 'requeued', eventId: event.id });
  await waitUntil('delivered again', () => flow.arrived.length === 2);
  const webhook = flow.arrived[1]?.['webhook'] as { id: string; attempt: number };
  assert.deepEqual([webhook.id, webhook.attempt], [event.id, 2]);
});

test('a replay is a new event, delivered after what waits', async (t) => {
  const { dispatcher, flow } = await deliveryBench(t);
  const original = newEvent();
  await dispatcher.accept(original, noDedup);
  const replay = { ...newEvent(), replayOf: original.id };
  await dispatcher.replay(replay);
  await waitUntil('both are in the flow', () => flow.arrived.length === 2);
  assert.equal((flow.arrived[1]?.['webhook'] as { replayOf: string }).replayOf, original.id);
});

test('many events at once all reach the flow, in order, and all succeed', async (t) => {
  const { dispatcher, flow, clock, store } = await deliveryBench(t, { concurrency: 3, quietMs: 0 });
  const events = Array.from({ length: 200 }, () => newEvent());
  const accepting = Promise.all(events.map((event) => dispatcher.accept(event, noDedup)));
  await waitUntil('all went through', () => {
    while (flow.working.length > 0) flow.finish();
    return flow.arrived.length === events.length;
  });
  await accepting;
  const order = flow.arrived.map((msg) => (msg['webhook'] as { id: string }).id);
  assert.deepEqual(
    order,
    events.map((event) => event.id),
  );
  await clock.untilIdleThenAdvance(0);
  await waitUntil('all succeeded', async () => (await store.stats()).byStatus.success === 200);
});
