import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { interruptedRecord } from '../../../src/delivery/attempt-record';
import { waitUntil } from '../../support/wait-until';
import { deliveryBench, newEvent, type DeliveryBench } from './delivery-bench';
import { retryBench, type RetryBench } from './retry-bench';

const noDedup = { dedup: null, parsed: null };

interface OrderedBench extends DeliveryBench {
  /** Accepts that many events; their ids in order. */
  accept(count: number): Promise<string[]>;
  /** Ids of the events that reached the flow, in order. */
  delivered(): string[];
}

async function orderedBench(t: TestContext): Promise<OrderedBench> {
  const bench = await deliveryBench(t, { ordered: true, concurrency: 10 });
  return {
    ...bench,
    async accept(count) {
      const events = Array.from({ length: count }, () => newEvent());
      for (const event of events) await bench.dispatcher.accept(event, noDedup);
      return events.map(({ id }) => id);
    },
    delivered: () => bench.flow.arrived.map((msg) => (msg['webhook'] as { id: string }).id),
  };
}

/** Lets everything happen that can happen without the clock. */
async function settle({ clock, store }: DeliveryBench): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await clock.untilIdleThenAdvance(0);
    await store.stats();
  }
}

test('the next event starts only when the last one is final, its quiet period included', async (t) => {
  const bench = await orderedBench(t);
  const ids = await bench.accept(3);
  for (let n = 0; n < ids.length; n++) {
    await waitUntil(`event ${n} is in the flow`, () => bench.flow.arrived.length === n + 1);
    await settle(bench);
    bench.flow.finish(n === 1 ? new Error('down') : undefined);
    await settle(bench);
    assert.equal(bench.flow.arrived.length, n + 1, 'nothing starts in the quiet period');
    bench.clock.advance(150);
  }
  assert.deepEqual(bench.delivered(), ids);
  await waitUntil('all final', async () => {
    const { success, failed } = (await bench.store.stats()).byStatus;
    return success === 2 && failed === 1;
  });
});

interface Parked {
  readonly bench: OrderedBench;
  readonly retry: RetryBench;
  readonly ids: readonly string[];
}

/** The first of two events waits for its retry. */
async function parkedFirst(t: TestContext): Promise<Parked> {
  const bench = await orderedBench(t);
  const ended = (): void => bench.dispatcher.eventEnded();
  const retry = await retryBench(t, { maxRetries: 1 }, bench, 10, ended);
  const ids = await bench.accept(2);
  await waitUntil('the first is in the flow', () => bench.flow.working.length === 1);
  retry.runner.receive(bench.flow.working[0]!, (error) => bench.flow.finish(error));
  await retry.end(retry.attempts, new Error('down'));
  await waitUntil('retrying', async () => (await bench.statusOf(ids[0]!)) === 'retrying');
  await waitUntil('the delivery has ended', async () => {
    bench.clock.advance(10);
    await settle(bench);
    const attempts = (await bench.store.get(ids[0]!))?.attempts ?? [];
    return attempts.some(({ kind }) => kind === 'delivery');
  });
  await settle(bench);
  return { bench, retry, ids };
}

test('an event that is retried holds up the next one until its retries are over', async (t) => {
  const { bench, retry, ids } = await parkedFirst(t);
  assert.deepEqual(bench.delivered(), [ids[0]]);
  await waitUntil('second attempt', () => {
    bench.clock.advance(100);
    return retry.attempts.working.length === 1;
  });
  await settle(bench);
  assert.deepEqual(bench.delivered(), [ids[0]], 'not while the retry runs');
  await retry.end(retry.attempts);
  await waitUntil('the second started', () => bench.delivered().length === 2, 3000);
  assert.deepEqual(bench.delivered(), ids);
});

test('... also where they end as a dead letter', async (t) => {
  const { bench, retry, ids } = await parkedFirst(t);
  await waitUntil('second attempt', () => {
    bench.clock.advance(100);
    return retry.attempts.working.length === 1;
  });
  await retry.end(retry.attempts, new Error('still down'));
  await waitUntil('exhausted', () => retry.exhausted.working.length === 1);
  await settle(bench);
  assert.deepEqual(bench.delivered(), [ids[0]], 'the exhausted branch belongs to it');
  await retry.end(retry.exhausted);
  await waitUntil('the second started', () => bench.delivered().length === 2, 3000);
  assert.equal(await bench.statusOf(ids[0]!), 'failed');
});

test('the end of an event that nobody here was told of is noticed within seconds', async (t) => {
  const { bench, retry, ids } = await parkedFirst(t);
  retry.runner.close();
  const [job] = await retry.jobs();
  const attempt = interruptedRecord('retry', 2, bench.clock.now());
  await bench.store.claimJobs({ nodeId: 'retry', nowMs: bench.clock.now() + 60_000, limit: 1 });
  await bench.store.settleJob({ jobId: job!.id, attempt, state: 'cancelled' });
  await settle(bench);
  assert.deepEqual(bench.delivered(), [ids[0]]);
  bench.clock.advance(5000);
  await waitUntil('the second started', () => bench.delivered().length === 2, 3000);
});

test('an interrupted event comes again before the next one', async (t) => {
  const bench = await orderedBench(t);
  const ids = await bench.accept(2);
  await waitUntil('the first is in the flow', () => bench.flow.working.length === 1);
  bench.tracker.freeze();
  bench.dispatcher.close();
  bench.flow.closeNode();
  bench.flow.finish();
  bench.tracker.thaw();
  bench.dispatcher.open();
  await waitUntil('delivered again', () => bench.flow.arrived.length === 2, 3000);
  assert.deepEqual(bench.delivered(), [ids[0], ids[0]]);
});

test('what a time-out left behind does not overlap with the next event', async (t) => {
  const bench = await orderedBench(t);
  const ids = await bench.accept(2);
  await waitUntil('the first is in the flow', () => bench.flow.working.length === 1);
  bench.clock.advance(30_000);
  await waitUntil('failed', async () => (await bench.statusOf(ids[0]!)) === 'failed');
  await settle(bench);
  assert.deepEqual(bench.delivered(), [ids[0]]);
  bench.flow.finish();
  await waitUntil('the second started', () => bench.delivered().length === 2, 3000);
});

test('after a restart the next event waits for what the process before left', async (t) => {
  const bench = await orderedBench(t);
  const [first, second] = [newEvent(), newEvent()];
  bench.dispatcher.close();
  await bench.store.accept(first, { handOver: true, dedup: null });
  await bench.dispatcher.accept(second, noDedup);
  bench.dispatcher.open();
  await settle(bench);
  assert.deepEqual(bench.delivered(), []);
  await bench.store.recover(bench.clock.now());
  bench.dispatcher.wake();
  await waitUntil('the first comes again', () => bench.delivered().length === 1);
  assert.deepEqual(bench.delivered(), [first.id]);
});
