import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { deliveryBench, deliveryTools, newEvent } from './delivery-bench';
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

test('what waits goes to the endpoint that holds the method, not to one that was refused the path', async (t) => {
  const { dispatcher, flow, statusOf } = await deliveryBench(t);
  dispatcher.close();
  const event = newEvent();
  await dispatcher.accept(event, noDedup);
  dispatcher.serve([]);
  dispatcher.open();
  dispatcher.wake();
  assert.equal(await statusOf(event.id), 'pending');
  assert.equal(dispatcher.serves(event.endpoint, 'POST'), false);
  dispatcher.serve(['POST']);
  await waitUntil('the event is in the flow', () => flow.arrived.length === 1);
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

test('a body that can no longer be decoded is a dead letter, and holds up nothing behind it', async (t) => {
  const { dispatcher, flow, statusOf } = await deliveryBench(t);
  dispatcher.close();
  const bomb = newEvent();
  const request = { ...bomb.request, headers: { 'content-encoding': 'gzip' } };
  const encoded = { ...bomb, request, body: gzipSync(Buffer.alloc(2000)) };
  const next = newEvent();
  await dispatcher.accept(encoded, noDedup);
  await dispatcher.accept(next, noDedup);
  dispatcher.configure({ ...dispatcher.settings, maxDecodedBytes: 100 });
  dispatcher.open();
  await waitUntil('the one behind it is in the flow', () => flow.working.length === 1, 2000);
  await waitUntil('failed', async () => (await statusOf(encoded.id)) === 'failed');
});

test('an event ends in the store that it came from, though the endpoint has another one now', async (t) => {
  const { dispatcher, flow, clock, statusOf } = await deliveryBench(t);
  const other = await deliveryTools(t);
  const event = newEvent();
  await dispatcher.accept(event, noDedup);
  await waitUntil('the event is in the flow', () => flow.working.length === 1);
  dispatcher.configure({ ...dispatcher.settings, store: other.store });
  flow.finish();
  await clock.untilIdleThenAdvance(150);
  await waitUntil('success', async () => (await statusOf(event.id)) === 'success', 2000);
});

test('an event that was accepted behind a claim is not passed by one accepted after that claim', async (t) => {
  const { dispatcher, flow, store } = await deliveryBench(t, { concurrency: 2 });
  const claims: (() => void)[] = [];
  const accepts: (() => void)[] = [];
  dispatcher.close();
  const scripted = {
    claim: () => new Promise((resolve) => claims.push(() => resolve({ events: [], more: false }))),
    accept: () =>
      new Promise((resolve) => accepts.push(() => resolve({ kind: 'stored', conflict: false }))),
    endAttempt: () => Promise.resolve('success'),
  };
  dispatcher.configure({
    ...dispatcher.settings,
    store: Object.assign(Object.create(store) as typeof store, scripted),
  });
  await turn();
  dispatcher.open();
  const accept = (): string => {
    const event = newEvent();
    void dispatcher.accept(event, noDedup);
    return event.id;
  };
  await waitUntil('a claim', () => claims.length === 1);
  claims.shift()?.();
  await turn();
  for (let n = 0; n < 3; n++) accept();
  for (const stored of accepts.splice(0)) stored();
  await waitUntil('two are in the flow', () => flow.working.length === 2);
  flow.finish();
  flow.finish();
  await waitUntil('the third is claimed', () => claims.length === 1);
  await turn();
  const first = accept();
  claims.shift()?.();
  await turn();
  const second = accept();
  for (const stored of accepts.splice(0)) stored();
  await waitUntil('both are in the flow', () => flow.working.length === 2);
  const order = flow.working.map((msg) => (msg['webhook'] as { id: string }).id);
  assert.deepEqual(order, [first, second]);
});

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
