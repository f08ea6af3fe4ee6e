import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplayRun } from '../../../src/history/replay-run';
import type { ReplayTools } from '../../../src/history/replay-run';
import { createFakeClock } from '../../support/fake-clock';

const IDS = ['a', 'b', 'c', 'd', 'e'];

function begin(
  options: Partial<{ perSecond: number; stopOnError: boolean }>,
  tools: Partial<ReplayTools> = {},
) {
  const clock = createFakeClock();
  const replayed: string[] = [];
  const replay = (id: string): Promise<string> => {
    replayed.push(id);
    return Promise.resolve(`new ${id}`);
  };
  const failedOf = () => Promise.resolve(null);
  const run = new ReplayRun(
    IDS,
    { perSecond: 2, stopOnError: true, ...options },
    { clock, replay, failedOf, ...tools },
  );
  /** Lets time pass, and all that follows from it happen. */
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return { run, replayed, pass };
}

test('one after the other, at the rate', async () => {
  const { run, replayed, pass } = begin({ perSecond: 2 });
  await pass(0);
  assert.deepEqual(replayed, ['a']);
  await pass(499);
  assert.deepEqual(replayed, ['a']);
  await pass(1);
  assert.deepEqual(replayed, ['a', 'b']);
  await pass(1000);
  await pass(0);
  assert.deepEqual(replayed, ['a', 'b', 'c', 'd'], 'what was late is caught up');
  assert.equal(run.progress.state, 'running');
  await pass(500);
  const { state, total, replayed: count, endedAt } = await run.ended;
  assert.deepEqual([state, total, count], ['done', 5, 5]);
  assert.ok(endedAt !== null);
});

test('stop: at once, although it waits', async () => {
  const { run, replayed, pass } = begin({ perSecond: 0.001 });
  await pass(0);
  run.stop();
  assert.equal((await run.ended).state, 'stopped');
  assert.deepEqual(replayed, ['a']);
});

test('an error ends it, and says why', async () => {
  const replay = (id: string) =>
    id === 'b' ? Promise.reject(new Error('the endpoint is gone')) : Promise.resolve(id);
  const { run, pass } = begin({}, { replay });
  await pass(0);
  await pass(500);
  const { state, replayed, refused, lastError } = await run.ended;
  assert.deepEqual([state, replayed, refused, lastError], ['failed', 1, 1, 'the endpoint is gone']);
});

test('an error is counted, where it is to go on', async () => {
  const replay = (id: string) =>
    id === 'b' ? Promise.reject(new Error('evicted')) : Promise.resolve(id);
  const { run, pass } = begin({ stopOnError: false }, { replay });
  for (let n = 0; n < 6; n++) await pass(500);
  const { state, replayed, refused, lastError } = await run.ended;
  assert.deepEqual([state, replayed, refused, lastError], ['done', 4, 1, 'evicted']);
});

test('a replayed event that failed ends it', async () => {
  const failedOf = (ids: ReadonlySet<string>) =>
    Promise.resolve(ids.has('new c') ? 'new c failed: HTTP 500' : null);
  const { run, replayed, pass } = begin({ perSecond: 1 }, { failedOf });
  for (let n = 0; n < 4; n++) await pass(1000);
  const { state, lastError } = await run.ended;
  assert.deepEqual([state, lastError], ['failed', 'new c failed: HTTP 500']);
  assert.deepEqual(replayed, ['a', 'b', 'c']);
});

test('a history that does not answer ends it', async () => {
  const failedOf = () => Promise.reject(new Error('closed'));
  const { run, pass } = begin({ perSecond: 1 }, { failedOf });
  for (let n = 0; n < 4; n++) await pass(1000);
  const { state, lastError } = await run.ended;
  assert.deepEqual([state, lastError], ['failed', 'closed']);
});

test('no event: done at once', async () => {
  const clock = createFakeClock();
  const never = () => Promise.reject(new Error('not called'));
  const run = new ReplayRun(
    [],
    { perSecond: 1, stopOnError: true },
    { clock, replay: never, failedOf: never },
  );
  assert.equal((await run.ended).state, 'done');
});
