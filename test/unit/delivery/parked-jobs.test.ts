import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { storeMessage } from '../../../src/events/message-bytes';
import { waitUntil } from '../../support/wait-until';
import { deliveryBench, newEvent, type DeliveryBench } from './delivery-bench';
import { retryBench, storeJob, type RetryBench } from './retry-bench';

const PARKED = 10_000;
const CONCURRENCY = 5;

/** The target was down for an hour: as many messages of a retry node are due, all at once. */
async function afterOutage(t: TestContext): Promise<{ retry: RetryBench; bench: DeliveryBench }> {
  const bench = await deliveryBench(t, { quietMs: 0 });
  const message = storeMessage({ _msgid: 'parked', payload: { n: 1 } });
  await Promise.all(
    Array.from({ length: PARKED }, () => storeJob(bench.store, bench.clock, message)),
  );
  assert.equal((await bench.store.stats()).openJobs, PARKED);
  bench.clock.advance(3_600_000);
  const retry = await retryBench(t, {}, bench, CONCURRENCY);
  return { retry, bench };
}

test('10,000 parked messages after an outage run a few at a time', async (t) => {
  const { retry, bench } = await afterOutage(t);
  let most = 0;
  await waitUntil('some hundreds have run', async () => {
    most = Math.max(most, retry.attempts.working.length);
    if (retry.attempts.working.length > 0) await retry.end(retry.attempts);
    return retry.attempts.arrived.length >= 300;
  });
  assert.equal(most, CONCURRENCY);
  await waitUntil('their ends are written', async () => {
    const { openJobs } = await bench.store.stats();
    return openJobs <= PARKED - 300 + CONCURRENCY;
  });
  const { jobs } = await bench.store.claimJobs({
    nodeId: 'another',
    nowMs: bench.clock.now(),
    limit: 10,
  });
  assert.deepEqual(jobs, [], 'they belong to their node');
});

test('... and a fresh event does not wait behind them', async (t) => {
  const { retry, bench } = await afterOutage(t);
  await waitUntil('all places of retries are taken', () => {
    return retry.attempts.working.length === CONCURRENCY;
  });
  const event = newEvent();
  await bench.dispatcher.accept(event, { dedup: null, parsed: null });
  await waitUntil('the event is in the flow', () => bench.flow.working.length === 1, 2000);
  // At the retry node: its first attempt is not one of the due ones.
  retry.runner.receive(bench.flow.working[0]!, (error) => bench.flow.finish(error));
  assert.equal(retry.attempts.working.length, CONCURRENCY + 1);
  const fresh = retry.attempts.working.at(-1)!['webhook'] as { id: string };
  assert.equal(fresh.id, event.id);
});
