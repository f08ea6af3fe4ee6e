import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import fc from 'fast-check';
import { backoffMs, retriesOf } from '../../../src/retry/backoff';
import { RETRY_DEFAULTS, type RetryPolicy } from '../../../src/retry/options';
import { hasExpired, nextAttempt as decide } from '../../../src/retry/policy';
import type { FailedAttempt, RetryDecision } from '../../../src/retry/policy';
import { parseSchedule } from '../../../src/retry/schedule';

interface GoldenCase {
  readonly id: string;
  readonly kind: 'delay_table' | 'should_retry' | 'manager_sequence';
  readonly config: Record<string, number>;
  readonly table: readonly Record<string, unknown>[];
  readonly handlers: readonly unknown[];
  readonly handler_calls: readonly { t: number; attempt: number }[];
  readonly final_status: string;
}

const golden = (
  JSON.parse(readFileSync('test/fixtures/retry/golden.json', 'utf8')) as { cases: GoldenCase[] }
).cases;
const MIDDLE = 0.5;

function nextAttempt(
  policy: RetryPolicy,
  failed: Omit<FailedAttempt, 'ageMs'>,
  ageMs = 0,
  random = MIDDLE,
): RetryDecision {
  return decide(policy, { ...failed, ageMs }, () => random);
}

const transient = { permanent: false, retryAfterMs: null };

/** The form refuses these: delays below 0, multipliers below 1 (they would shrink the delays). */
function isRefused(config: Record<string, number>): boolean {
  return (config['initial_delay'] ?? 1) < 0 || (config['backoff_multiplier'] ?? 2) < 1;
}

function policyOf(config: Record<string, number>): RetryPolicy {
  return {
    ...RETRY_DEFAULTS,
    maxRetries: 10_000,
    delaySeconds: config['initial_delay'] ?? 1,
    multiplier: config['backoff_multiplier'] ?? 2,
    maxDelaySeconds: config['max_delay'] ?? 60,
  };
}

for (const { id, config, table } of golden.filter(
  (c) => c.kind === 'delay_table' && !isRefused(c.config),
)) {
  test(`delays as APILinker: ${id}`, () => {
    for (const row of table) {
      const attempt = row['attempt'] as number;
      // Attempts count from 1, and an overflow is the longest delay (the notes beside these cases).
      const expected =
        attempt < 1
          ? config['initial_delay']
          : typeof row['delay'] === 'number'
            ? row['delay']
            : 60;
      const decision = nextAttempt(policyOf(config), { attempts: attempt, ...transient });
      assert.deepEqual(decision, { kind: 'retry', delayMs: Math.round(Number(expected) * 1000) });
    }
  });
}

for (const { id, config, table } of golden.filter((c) => c.kind === 'should_retry')) {
  test(`attempts in all map to maxRetries + 1: ${id}`, () => {
    const maxRetries = Math.max(0, (config['max_attempts'] ?? 3) - 1);
    for (const row of table) {
      const attempts = row['processing_attempts'] as number;
      if (attempts === 0) continue;
      const decision = nextAttempt({ ...RETRY_DEFAULTS, maxRetries }, { attempts, ...transient });
      assert.equal(decision.kind === 'retry', row['should_retry'], `after ${attempts} attempts`);
    }
  });
}

test('the defaults wait 1 s, 2 s, 4 s, and then it is over', () => {
  const decisions = [1, 2, 3, 4].map((attempts) =>
    nextAttempt(RETRY_DEFAULTS, { attempts, ...transient }),
  );
  assert.deepEqual(decisions, [
    { kind: 'retry', delayMs: 1000 },
    { kind: 'retry', delayMs: 2000 },
    { kind: 'retry', delayMs: 4000 },
    { kind: 'exhausted', reason: 'attempts' },
  ]);
});

test('a permanent error is exhausted at once, unless every error is to be retried', () => {
  const failed = { attempts: 1, permanent: true, retryAfterMs: null };
  assert.deepEqual(nextAttempt(RETRY_DEFAULTS, failed), { kind: 'exhausted', reason: 'permanent' });
  assert.equal(nextAttempt({ ...RETRY_DEFAULTS, retryOn: 'any' }, failed).kind, 'retry');
});

test('Retry-After beats the longest delay, up to a day, and never shortens a delay', () => {
  const after = (retryAfterMs: number, respectRetryAfter = true): unknown =>
    nextAttempt(
      { ...RETRY_DEFAULTS, respectRetryAfter },
      { attempts: 1, permanent: false, retryAfterMs },
    );
  assert.deepEqual(after(300_000), { kind: 'retry', delayMs: 300_000 });
  assert.deepEqual(after(10), { kind: 'retry', delayMs: 1000 });
  assert.deepEqual(after(1e12), { kind: 'retry', delayMs: 86_400_000 });
  assert.deepEqual(after(300_000, false), { kind: 'retry', delayMs: 1000 });
});

test('a delay is finite, never negative, never beyond the longest, and never shrinks', () => {
  const policies = fc.record({
    strategy: fc.constantFrom('exponential', 'linear', 'fixed'),
    delaySeconds: fc.double({ min: 0, max: 86_400, noNaN: true }),
    multiplier: fc.double({ min: 1, max: 100, noNaN: true }),
    maxDelaySeconds: fc.double({ min: 0, max: 604_800, noNaN: true }),
  });
  fc.assert(
    fc.property(policies, fc.integer({ min: 1, max: 10_000 }), (bounds, retry) => {
      const policy = { ...RETRY_DEFAULTS, ...bounds };
      const delay = backoffMs(policy, retry);
      assert.ok(delay >= 0 && delay <= Math.round(policy.maxDelaySeconds * 1000));
      assert.ok(backoffMs(policy, retry + 1) >= delay);
    }),
  );
});

const delaysOf = (policy: Partial<RetryPolicy>, count: number): number[] =>
  Array.from({ length: count }, (_, n) => backoffMs({ ...RETRY_DEFAULTS, ...policy }, n + 1));

for (const { name, policy, delays } of [
  { name: 'exponential', policy: { multiplier: 3 }, delays: [1000, 3000, 9000, 27_000, 60_000] },
  { name: 'linear', policy: { delaySeconds: 20 }, delays: [20_000, 40_000, 60_000, 60_000] },
  { name: 'fixed', policy: { delaySeconds: 7 }, delays: [7000, 7000, 7000] },
  {
    name: 'schedule',
    policy: { schedule: '5s 5m, 30m 2h' },
    delays: [5000, 300_000, 1_800_000, 7_200_000],
  },
] as const) {
  test(`the delays of strategy ${name}`, () => {
    assert.deepEqual(delaysOf({ strategy: name, ...policy }, delays.length), delays);
  });
}

test('a schedule has one retry for each of its delays, whatever maxRetries says', () => {
  const policy = {
    ...RETRY_DEFAULTS,
    strategy: 'schedule',
    schedule: '1s 2s',
    maxRetries: 9,
  } as const;
  assert.equal(retriesOf(policy), 2);
  assert.deepEqual(nextAttempt(policy, { attempts: 2, ...transient }), {
    kind: 'retry',
    delayMs: 2000,
  });
  assert.deepEqual(nextAttempt(policy, { attempts: 3, ...transient }), {
    kind: 'exhausted',
    reason: 'attempts',
  });
});

test('what is not a schedule is refused', () => {
  assert.deepEqual(parseSchedule(' 500ms 1.5s,2M 1d '), [500, 1500, 120_000, 86_400_000]);
  for (const text of [
    '',
    ' ',
    '5',
    '5x',
    '-5s',
    '5s;5m',
    '8d',
    '1e3s',
    'NaNs',
    '1s '.repeat(101),
  ]) {
    assert.equal(parseSchedule(text), undefined, text);
  }
});

test('jitter varies a delay up and down by its share, never beyond the longest', () => {
  const policy = { ...RETRY_DEFAULTS, delaySeconds: 10, jitterPercent: 20 };
  const delay = (random: number, more: Partial<RetryPolicy> = {}): unknown =>
    nextAttempt({ ...policy, ...more }, { attempts: 1, ...transient }, 0, random);
  assert.deepEqual(delay(0), { kind: 'retry', delayMs: 8000 });
  assert.deepEqual(delay(MIDDLE), { kind: 'retry', delayMs: 10_000 });
  assert.deepEqual(delay(0.9999999), { kind: 'retry', delayMs: 12_000 });
  assert.deepEqual(delay(0.9999999, { maxDelaySeconds: 11 }), { kind: 'retry', delayMs: 11_000 });
});

test('a retry that would come after maxAgeHours is not made, and Retry-After is cut to what is left', () => {
  const policy = { ...RETRY_DEFAULTS, maxAgeHours: 1, delaySeconds: 60 };
  const after = (ageMs: number, retryAfterMs: number | null = null): unknown =>
    nextAttempt(policy, { attempts: 1, permanent: false, retryAfterMs }, ageMs);
  assert.deepEqual(after(3_540_000), { kind: 'retry', delayMs: 60_000 });
  assert.deepEqual(after(3_540_001), { kind: 'exhausted', reason: 'expired' });
  assert.deepEqual(after(0, 7_200_000), { kind: 'retry', delayMs: 3_600_000 });
  assert.equal(hasExpired(policy, 3_600_000), false);
  assert.equal(hasExpired(policy, 3_600_001), true);
  assert.equal(hasExpired(RETRY_DEFAULTS, Number.MAX_SAFE_INTEGER), false);
});
