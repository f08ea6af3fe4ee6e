import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventStore } from '../../../src/events/event-store';
import { storeMessage } from '../../../src/events/message-bytes';
import { WebhookError } from '../../../src/shared/errors';
import { waitUntil } from '../../support/wait-until';
import { deliveryBench, deliveryTools, newEvent } from './delivery-bench';
import { retryBench, retryOf, storeJob } from './retry-bench';

test('a message that works at once is done, and nothing is stored', async (t) => {
  const { runner, attempts, end, jobs } = await retryBench(t);
  const done: unknown[] = [];
  runner.receive({ _msgid: 'a', payload: 1 }, (error) => done.push(error));
  assert.equal(retryOf(attempts.arrived[0])['attempt'], 1);
  await end(attempts);
  await waitUntil('done', () => done.length === 1);
  assert.deepEqual(done, [undefined]);
  assert.deepEqual(await jobs(), []);
});

test('it tries again after 1 s, 2 s and 4 s, each time with the message as it arrived', async (t) => {
  const { runner, attempts, exhausted, end, jobs, clock } = await retryBench(t);
  let done = false;
  const payload = { list: [1], raw: Buffer.from([1, 2]) };
  runner.receive({ _msgid: 'a', payload }, () => (done = true));
  for (const [attempt, delayMs] of [
    [1, 1000],
    [2, 2000],
    [3, 4000],
  ] as const) {
    const msg = attempts.working[0]!;
    assert.equal(retryOf(msg)['attempt'], attempt);
    assert.deepEqual((msg['payload'] as { list: number[] }).list, [1]);
    (msg['payload'] as { list: number[] }).list.push(2);
    await end(attempts, new Error(`down ${attempt}`));
    await waitUntil('parked', async () => (await jobs())[0]?.state === 'waiting');
    assert.equal(done, true, 'the branch is settled once the job is stored');
    clock.advance(delayMs - 1);
    await clock.untilIdleThenAdvance(0);
    assert.equal(attempts.working.length, 0, `not before ${delayMs} ms have passed`);
    clock.advance(1);
    await waitUntil(`attempt ${attempt + 1}`, () => attempts.working.length === 1);
  }
  const last = retryOf(attempts.working[0]);
  assert.equal(last['attempt'], 4);
  assert.equal((last['lastError'] as { message: string }).message, 'down 3');
  await end(attempts, new Error('down 4'));
  await waitUntil('exhausted', () => exhausted.working.length === 1);
  assert.equal(retryOf(exhausted.working[0])['reason'], 'attempts');
  assert.equal(
    (retryOf(exhausted.working[0])['lastError'] as { message: string }).message,
    'down 4',
  );
  assert.ok(Buffer.isBuffer((exhausted.working[0]?.['payload'] as { raw: unknown }).raw));
  await end(exhausted);
  await waitUntil('the job is a dead letter', async () => (await jobs())[0]?.state === 'exhausted');
});

test('a retry that works ends the job', async (t) => {
  const { runner, attempts, end, jobs, clock } = await retryBench(t);
  runner.receive({ _msgid: 'a' }, () => undefined);
  await end(attempts, new Error('down'));
  await waitUntil('parked', async () => (await jobs()).length === 1);
  clock.advance(1000);
  await waitUntil('second attempt', () => attempts.working.length === 1);
  await end(attempts);
  await waitUntil('done', async () => (await jobs())[0]?.state === 'done');
});

test('a permanent error goes to the exhausted output at once', async (t) => {
  const { runner, attempts, exhausted, end } = await retryBench(t);
  runner.receive({ _msgid: 'a' }, () => undefined);
  const refused = Object.assign(new Error('no such customer'), {
    permanent: true,
    category: 'CLIENT',
  });
  await end(attempts, refused);
  await waitUntil('exhausted', () => exhausted.working.length === 1);
  assert.equal(retryOf(exhausted.working[0])['reason'], 'permanent');
});

test('the exhausted branch waits for no webhook-outcome node, whatever the attempts do', async (t) => {
  const { runner, settings, attempts, exhausted, end, jobs } = await retryBench(t);
  runner.receive({ _msgid: 'a' }, () => undefined);
  runner.configure({ ...settings, attempt: { ...settings.attempt, outcome: 'explicit' } });
  await end(attempts, Object.assign(new Error('no such customer'), { permanent: true }));
  await waitUntil('exhausted', () => exhausted.working.length === 1);
  await end(exhausted);
  await waitUntil('the job is a dead letter', async () => (await jobs())[0]?.state === 'exhausted');
});

test('at most `concurrency` due jobs run at once', async (t) => {
  const { runner, attempts, end, jobs, clock } = await retryBench(t, {}, undefined, 2);
  for (let n = 0; n < 5; n++) runner.receive({ _msgid: `m${n}`, n }, () => undefined);
  for (let n = 0; n < 5; n++) await end(attempts, new Error('down'));
  await waitUntil('all parked', async () => (await jobs()).length === 5);
  clock.advance(5000);
  await waitUntil('two run', () => attempts.working.length === 2);
  await clock.untilIdleThenAdvance(0);
  assert.equal(attempts.working.length, 2);
  for (let n = 0; n < 5; n++) {
    await waitUntil('one runs', () => attempts.working.length > 0);
    await end(attempts);
  }
  await waitUntil('all done', async () => (await jobs()).every((job) => job.state === 'done'));
});

test('a job survives its runner: the next one runs it, with its own configuration', async (t) => {
  const first = await retryBench(t);
  first.runner.receive({ _msgid: 'a', payload: 7 }, () => undefined);
  await first.end(first.attempts, new Error('down'));
  await waitUntil('parked', async () => (await first.jobs()).length === 1);
  first.runner.close();
  first.clock.advance(60_000);
  const second = await retryBench(t, { maxRetries: 1 }, first);
  await waitUntil('the job runs', () => second.attempts.working.length === 1);
  assert.equal(second.attempts.working[0]?.['payload'], 7);
  assert.equal(retryOf(second.attempts.working[0])['maxRetries'], 1);
  await second.end(second.attempts, new Error('still down'));
  await waitUntil('exhausted', () => second.exhausted.working.length === 1);
});

test('a job that became due after its greatest age goes to the exhausted output untried', async (t) => {
  const first = await retryBench(t, { maxAgeHours: 1 });
  first.runner.receive({ _msgid: 'a' }, () => undefined);
  await first.end(first.attempts, new Error('down'));
  await waitUntil('parked', async () => (await first.jobs()).length === 1);
  first.runner.close();
  first.clock.advance(3_600_001);
  const second = await retryBench(t, { maxAgeHours: 1 }, first);
  await waitUntil('exhausted', () => second.exhausted.working.length === 1);
  assert.equal(second.attempts.working.length, 0);
  const retry = retryOf(second.exhausted.working[0]);
  assert.equal(retry['reason'], 'expired');
  assert.equal((retry['lastError'] as { message: string }).message, 'down');
  assert.equal((await second.jobs())[0]?.attempts, 1);
});

test('an attempt that a deploy interrupts is not counted', async (t) => {
  const { runner, attempts, end, jobs, clock, tracker } = await retryBench(t);
  runner.receive({ _msgid: 'a' }, () => undefined);
  await end(attempts, new Error('down'));
  await waitUntil('parked', async () => (await jobs()).length === 1);
  clock.advance(1000);
  await waitUntil('second attempt', () => attempts.working.length === 1);
  tracker.freeze();
  runner.close();
  attempts.closeNode();
  attempts.finish();
  tracker.thaw();
  await waitUntil('waiting', async () => (await jobs())[0]?.state === 'waiting');
  assert.equal((await jobs())[0]?.attempts, 1);
  runner.open();
  await waitUntil('tried again', () => attempts.working.length === 1);
  assert.equal(retryOf(attempts.working[0])['attempt'], 2);
});

test('a message of no event that a deploy interrupts on its first attempt is parked, not lost', async (t) => {
  const { runner, attempts, jobs, tracker } = await retryBench(t);
  let done = false;
  runner.receive({ _msgid: 'a', payload: 'precious' }, () => (done = true));
  tracker.freeze();
  runner.close();
  attempts.closeNode();
  attempts.finish();
  tracker.thaw();
  await waitUntil('parked', async () => (await jobs())[0]?.state === 'waiting');
  await waitUntil('the node reported done', () => done);
  runner.open();
  await waitUntil('tried again', () => attempts.working.length === 1);
  assert.equal(attempts.working[0]?.['payload'], 'precious');
});

test('an attempt that timed out and still works delays the next one', async (t) => {
  const { runner, attempts, jobs, clock } = await retryBench(t);
  runner.receive({ _msgid: 'a' }, () => undefined);
  clock.advance(300_000);
  await waitUntil('parked', async () => (await jobs())[0]?.state === 'waiting');
  clock.advance(2000);
  await waitUntil('claimed', async () => (await jobs())[0]?.state === 'running');
  await clock.untilIdleThenAdvance(0);
  assert.equal(attempts.working.length, 1, 'only the first attempt is in the flow');
  attempts.finish();
  await waitUntil('the second attempt started', () => attempts.arrived.length === 2);
});

test('the event is retrying while its job is open, then success; the endpoint counts it as settled', async (t) => {
  const bench = await deliveryBench(t);
  const { runner, attempts, end, clock } = await retryBench(t, {}, bench);
  const event = newEvent();
  await bench.dispatcher.accept(event, { dedup: null, parsed: null });
  await waitUntil('in the flow', () => bench.flow.working.length === 1);
  runner.receive(bench.flow.working[0]!, (error) => bench.flow.finish(error));
  // The runner takes the message for one that it has at its own node.
  await end(attempts, new Error('down'));
  await waitUntil('retrying', async () => (await bench.statusOf(event.id)) === 'retrying');
  await clock.untilIdleThenAdvance(150);
  await waitUntil('second attempt', () => {
    clock.advance(500);
    return attempts.working.length === 1;
  });
  await end(attempts);
  await waitUntil('success', async () => (await bench.statusOf(event.id)) === 'success');
  const detail = await bench.store.get(event.id);
  assert.deepEqual(detail?.attempts.map(({ kind, outcome }) => `${kind} ${outcome}`).sort(), [
    'delivery success',
    'retry failed',
    'retry success',
  ]);
});

test('an exhausted job makes the event failed, though the exhausted branch worked', async (t) => {
  const bench = await deliveryBench(t);
  const { runner, attempts, exhausted, end, clock } = await retryBench(t, { maxRetries: 0 }, bench);
  const event = newEvent();
  await bench.dispatcher.accept(event, { dedup: null, parsed: null });
  await waitUntil('in the flow', () => bench.flow.working.length === 1);
  runner.receive(bench.flow.working[0]!, (error) => bench.flow.finish(error));
  await end(attempts, new Error('down'));
  await waitUntil('exhausted branch runs', () => exhausted.working.length === 1);
  assert.equal(await bench.statusOf(event.id), 'retrying');
  await end(exhausted);
  await clock.untilIdleThenAdvance(150);
  await waitUntil('failed', async () => (await bench.statusOf(event.id)) === 'failed');
});

/** That store, with some of its calls played by the test. */
function withCalls(store: EventStore, calls: Partial<EventStore>): EventStore {
  return new Proxy(store, {
    get(target, name) {
      const own: unknown = Reflect.get(calls, name) ?? Reflect.get(target, name);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}

test('a job whose message cannot be read is a dead letter, keeps no place, and throws at nobody', async (t) => {
  const { runner, attempts, jobs, store, clock } = await retryBench(t, {}, undefined, 1);
  await storeJob(store, clock, Buffer.from('damaged'));
  clock.advance(1);
  await storeJob(store, clock, storeMessage({ _msgid: 'a' }));
  runner.wake();
  await waitUntil('the next job runs', () => attempts.working.length === 1, 2000);
  const states = (await jobs()).map(({ state }) => state).sort();
  assert.deepEqual(states, ['exhausted', 'running']);
});

test('a job whose end cannot be written keeps no place', async (t) => {
  const tools = await deliveryTools(t);
  const gone = (): Promise<never> => Promise.reject(new WebhookError('not-found', 'no such job'));
  const store = withCalls(tools.store, { settleJob: gone });
  const { attempts, end, clock, runner } = await retryBench(t, {}, { ...tools, store }, 1);
  await storeJob(tools.store, clock, storeMessage({ n: 1 }));
  await storeJob(tools.store, clock, storeMessage({ n: 2 }));
  runner.wake();
  await waitUntil('the first runs', () => attempts.working.length === 1);
  await end(attempts);
  await waitUntil('the second runs', () => attempts.working.length === 1, 2000);
});

test('a message is parked once the store can take it, though its thread was just started again', async (t) => {
  const tools = await deliveryTools(t);
  let refusals = 1;
  const park: EventStore['park'] = (job) =>
    refusals-- > 0
      ? Promise.reject(new WebhookError('store-unavailable', 'The thread died'))
      : tools.store.park(job);
  const store = withCalls(tools.store, { park });
  const { runner, attempts, jobs, end, clock } = await retryBench(t, {}, { ...tools, store });
  const done: unknown[] = [];
  runner.receive({ _msgid: 'a' }, (error) => done.push(error));
  await end(attempts, new Error('down'));
  await waitUntil('refused', () => refusals === 0);
  await clock.untilIdleThenAdvance(1000);
  await waitUntil('done', () => done.length === 1, 2000);
  assert.deepEqual(done, [undefined]);
  assert.equal((await jobs()).length, 1);
});

test('a job ends in the store that it came from, though the node has another one now', async (t) => {
  const { runner, settings, attempts, jobs, store, clock, end } = await retryBench(t);
  const other = await deliveryTools(t);
  await storeJob(store, clock, storeMessage({ _msgid: 'a' }));
  runner.wake();
  await waitUntil('it runs', () => attempts.working.length === 1);
  runner.configure({ ...settings, store: other.store });
  await end(attempts);
  await waitUntil('done', async () => (await jobs())[0]?.state === 'done', 2000);
});
