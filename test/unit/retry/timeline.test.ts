import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RETRY_DEFAULTS } from '../../../src/retry/options';
import { PRESETS } from '../../../src/retry/presets';
import { retryTimeline } from '../../../src/retry/timeline';

const HOUR_MS = 3_600_000;
const times = (change: object, timeoutMs = 0): number[] =>
  retryTimeline({ ...RETRY_DEFAULTS, ...change }, timeoutMs).attempts.map(({ atMs }) => atMs);

test('the defaults: at once, and 1, 3 and 7 seconds later', () => {
  assert.deepEqual(times({}), [0, 1000, 3000, 7000]);
  assert.deepEqual(times({ jitterPercent: 50 }), [0, 1000, 3000, 7000], 'jitter is not shown');
});

test('a schedule, and none at all', () => {
  assert.deepEqual(times({ strategy: 'schedule', schedule: '5s 1m' }), [0, 5000, 65_000]);
  assert.deepEqual(times({ maxRetries: 0 }), [0]);
});

test('the worst case: each attempt times out, each delay is the longest', () => {
  const timeline = retryTimeline({ ...RETRY_DEFAULTS, jitterPercent: 50 }, 10_000);
  assert.equal(timeline.worstMs, 4 * 10_000 + 1.5 * 7000);
  assert.equal(timeline.ends, 'attempts');
});

test('the greatest age ends it', () => {
  const policy = { ...RETRY_DEFAULTS, strategy: 'fixed' as const, maxRetries: 1000 };
  const timeline = retryTimeline({ ...policy, delaySeconds: 60, maxAgeHours: 0.1 }, 0);
  assert.deepEqual([timeline.attempts.length, timeline.ends], [7, 'expired']);
  const slow = retryTimeline({ ...policy, delaySeconds: 60, maxAgeHours: 0.1 }, 100_000);
  assert.ok(slow.worstMs <= 0.1 * HOUR_MS + 100_000, 'no attempt starts after it');
});

test('the presets', () => {
  const quick = retryTimeline({ ...RETRY_DEFAULTS, ...PRESETS.quick }, 0);
  assert.equal(quick.attempts.at(-1)?.atMs, 7000);
  const long = retryTimeline({ ...RETRY_DEFAULTS, ...PRESETS.threeDays }, 300_000);
  assert.equal(long.attempts.length, 10);
  assert.equal(long.ends, 'attempts');
  const last = long.attempts.at(-1)?.atMs ?? 0;
  assert.ok(last > 70 * HOUR_MS && long.worstMs < 73 * HOUR_MS);
});
