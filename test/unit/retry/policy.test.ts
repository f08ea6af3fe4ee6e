import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import fc from 'fast-check';
import { backoffMs } from '../../../src/retry/backoff';
import { RETRY_DEFAULTS, type RetryPolicy } from '../../../src/retry/options';
import { nextAttempt } from '../../../src/retry/policy';

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
    delaySeconds: fc.double({ min: 0, max: 86_400, noNaN: true }),
    multiplier: fc.double({ min: 1, max: 100, noNaN: true }),
    maxDelaySeconds: fc.double({ min: 0, max: 604_800, noNaN: true }),
  });
  fc.assert(
    fc.property(policies, fc.integer({ min: 1, max: 10_000 }), (policy, retry) => {
      const delay = backoffMs(policy, retry);
      assert.ok(delay >= 0 && delay <= Math.round(policy.maxDelaySeconds * 1000));
      assert.ok(backoffMs(policy, retry + 1) >= delay);
    }),
  );
});
