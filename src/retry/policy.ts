import { backoffMs, retriesOf } from './backoff';
import type { RetryPolicy } from './options';

/** What the policy has to know of the attempt that failed. */
export interface FailedAttempt {
  /** Attempts made so far, this one included. */
  readonly attempts: number;
  /** The error says that another try cannot help. */
  readonly permanent: boolean;
  /** The receiver asked to wait that long; null: it did not say. */
  readonly retryAfterMs: number | null;
  /** Since the first attempt began. */
  readonly ageMs: number;
}

export type GivenUp = 'attempts' | 'permanent' | 'expired';

export type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'exhausted'; readonly reason: GivenUp };

/** A receiver can't park a message for longer than this by its Retry-After. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * What happens after a failed attempt. `random`: from 0 to below 1, for the jitter.
 * Retry-After (RFC 9110, section 10.2.3) only ever makes a delay longer, beyond `maxDelaySeconds` as
 * well, but not beyond what `maxAgeHours` leaves.
 */
export function nextAttempt(
  policy: RetryPolicy,
  failed: FailedAttempt,
  random: () => number,
): RetryDecision {
  if (failed.permanent && policy.retryOn === 'transient') {
    return { kind: 'exhausted', reason: 'permanent' };
  }
  if (failed.attempts > retriesOf(policy)) return { kind: 'exhausted', reason: 'attempts' };
  const leftMs = maxAgeMs(policy) - failed.ageMs;
  const backoff = jittered(policy, backoffMs(policy, failed.attempts), random);
  if (leftMs < 0 || backoff > leftMs) return { kind: 'exhausted', reason: 'expired' };
  const asked = policy.respectRetryAfter ? (failed.retryAfterMs ?? 0) : 0;
  return {
    kind: 'retry',
    delayMs: Math.max(backoff, Math.min(asked, MAX_RETRY_AFTER_MS, leftMs)),
  };
}

/** A message that waited for longer than it may is not tried again, however it came to wait. */
export function hasExpired(policy: RetryPolicy, ageMs: number): boolean {
  return ageMs > maxAgeMs(policy);
}

function maxAgeMs({ maxAgeHours }: RetryPolicy): number {
  return maxAgeHours === null ? Infinity : maxAgeHours * 3_600_000;
}

function jittered(policy: RetryPolicy, delayMs: number, random: () => number): number {
  const longestMs = policy.strategy === 'schedule' ? Infinity : policy.maxDelaySeconds * 1000;
  const factor = 1 + ((random() * 2 - 1) * policy.jitterPercent) / 100;
  return Math.round(Math.min(delayMs * factor, longestMs));
}
