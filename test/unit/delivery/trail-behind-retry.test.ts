import assert from 'node:assert/strict';
import test from 'node:test';
import { Trail } from '../../../src/delivery/trail';
import { waitUntil } from '../../support/wait-until';
import { deliveryBench, newEvent } from './delivery-bench';
import { retryBench } from './retry-bench';

test('what ran behind a retry node and worked at once is on the trail of the delivery', async (t) => {
  const { dispatcher, flow, ...tools } = await deliveryBench(t);
  const { runner, attempts, end } = await retryBench(t, {}, tools);
  const { id } = newEvent();
  await dispatcher.accept(newEvent({ id }), { dedup: null, parsed: null });
  await waitUntil('the event is in the flow', () => flow.working.length === 1);
  let done = false;
  runner.receive(flow.working[0]!, () => (done = true));
  await end(attempts);
  await waitUntil('done', () => done);
  flow.finish();
  await tools.clock.untilIdleThenAdvance(150);
  await waitUntil('success', async () => (await tools.statusOf(id)) === 'success');
  const { attempts: stored } = (await tools.store.get(id))!;
  assert.equal(stored.length, 1);
  assert.deepEqual(
    stored[0]!.trail.map(({ nodeId, count }) => [nodeId, count]),
    [
      ['worker', 1],
      ['attempts', 1],
    ],
  );
});

test('nodes of attempts within are listed once each, in the order of their times', () => {
  const trail = new Trail(1000);
  const node = (id: string) => ({ id, type: 'change', name: id });
  trail.received(node('split'), 1001);
  trail.received(node('after'), 1050);
  for (const startedAtMs of [1010, 1020]) {
    const within = new Trail(startedAtMs);
    within.received(node('http'), startedAtMs + 5);
    if (startedAtMs === 1020) within.dropped('http', 'no rule');
    trail.includeAttempt(within.steps(), startedAtMs);
  }
  assert.deepEqual(
    trail.steps().map(({ nodeId, atMs, count, dropped }) => [nodeId, atMs, count, dropped]),
    [
      ['split', 1, 1, undefined],
      ['http', 15, 2, 'no rule'],
      ['after', 50, 1, undefined],
    ],
  );
});

test('a message in thousands of parts does not fill the memory with their steps', () => {
  const trail = new Trail(0);
  for (let n = 0; n < 10_000; n++) {
    const step = { nodeId: `n${n}`, type: 'change', name: '', atMs: 1, count: 1 };
    trail.includeAttempt([step], 0);
  }
  assert.equal(trail.steps().length, 200);
});
