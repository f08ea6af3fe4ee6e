import assert from 'node:assert/strict';
import test from 'node:test';
import { waitUntil } from '../../support/wait-until';
import { deliveryBench, newEvent } from './delivery-bench';
import { retryBench } from './retry-bench';

const SUCCESS = { kind: 'success' } as const;

test('an error after the success of a delivery is on the trail of its event, which stays a success', async (t) => {
  const { dispatcher, flow, tracker, store, statusOf } = await deliveryBench(t);
  const { id } = newEvent();
  await dispatcher.accept(newEvent({ id }), { dedup: null, parsed: null });
  await waitUntil('the event is in the flow', () => flow.working.length === 1);
  tracker.end('worker', flow.working[0]!, SUCCESS);
  await waitUntil('success', async () => (await statusOf(id)) === 'success');
  flow.finish(new Error('too late'));
  const trail = async () => (await store.get(id))?.attempts[0]?.trail.map(({ error }) => error);
  await waitUntil('the error', async () => (await trail())?.includes('too late') === true);
  assert.deepEqual(await trail(), [undefined, 'too late']);
  assert.equal(await statusOf(id), 'success');
});

test('... of a first attempt at a retry node, on that of the delivery that brought it', async (t) => {
  const { dispatcher, flow, ...tools } = await deliveryBench(t);
  const { runner, attempts } = await retryBench(t, {}, tools);
  const { id } = newEvent();
  await dispatcher.accept(newEvent({ id }), { dedup: null, parsed: null });
  await waitUntil('the event is in the flow', () => flow.working.length === 1);
  let done = false;
  runner.receive(flow.working[0]!, () => (done = true));
  tools.tracker.end('attempts', attempts.working[0]!, SUCCESS);
  await waitUntil('done', () => done);
  attempts.finish(new Error('too late'));
  flow.finish();
  await tools.clock.untilIdleThenAdvance(150);
  await waitUntil('success', async () => (await tools.statusOf(id)) === 'success');
  const [delivery] = (await tools.store.get(id))!.attempts;
  assert.deepEqual(
    delivery!.trail.map(({ nodeId, error }) => [nodeId, error]),
    [
      ['worker', undefined],
      ['attempts', undefined],
      ['attempts', 'too late'],
    ],
  );
});

for (const when of ['the delivery has ended', 'a retry']) {
  test(`... ${when === 'a retry' ? 'of a retry, on its own' : `also once ${when}`}`, async (t) => {
    const { dispatcher, flow, ...tools } = await deliveryBench(t);
    const { runner, attempts, end } = await retryBench(t, {}, tools);
    const { id } = newEvent();
    await dispatcher.accept(newEvent({ id }), { dedup: null, parsed: null });
    await waitUntil('the event is in the flow', () => flow.working.length === 1);
    let done = false;
    runner.receive(flow.working[0]!, () => (done = true));
    if (when === 'a retry') await end(attempts, new Error('down'));
    else tools.tracker.end('attempts', attempts.working[0]!, SUCCESS);
    await waitUntil('done', () => done);
    flow.finish();
    await tools.clock.untilIdleThenAdvance(when === 'a retry' ? 1000 : 150);
    if (when === 'a retry') {
      await waitUntil('the second attempt', () => attempts.working.length === 1);
      tools.tracker.end('attempts', attempts.working[0]!, SUCCESS);
    }
    await waitUntil('success', async () => (await tools.statusOf(id)) === 'success');
    attempts.finish(new Error('too late'));
    const late = async () =>
      (await tools.store.get(id))!.attempts
        .filter(({ trail }) => trail.some(({ error }) => error === 'too late'))
        .map(({ kind, number }) => [kind, number]);
    await waitUntil('the error', async () => (await late()).length > 0);
    assert.deepEqual(await late(), [when === 'a retry' ? ['retry', 2] : ['delivery', 1]]);
    assert.equal(await tools.statusOf(id), 'success');
  });
}
