import { backoffMs } from './backoff';
import type { RetryPolicy } from './options';

/** What the policy has to know of the attempt that failed. */
export interface FailedAttempt {
  /** Attempts made so far, this one included. */
  readonly attempts: number;
  /** The error says that another try cannot help. */
  readonly permanent: boolean;
  /** The receiver asked to wait that long; null: it did not say. */
  readonly retryAfterMs: number | null;
}

export type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'exhausted'; readonly reason: 'attempts' | 'permanent' };

/** A receiver can't park a message for longer than this by its Retry-After. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/** What happens after a failed attempt. */
export function nextAttempt(policy: RetryPolicy, failed: FailedAttempt): RetryDecision {
  if (failed.permanent && policy.retryOn === 'transient') {
    return { kind: 'exhausted', reason: 'permanent' };
  }
  if (failed.attempts > policy.maxRetries) return { kind: 'exhausted', reason: 'attempts' };
  const backoff = backoffMs(policy, failed.attempts);
  if (!policy.respectRetryAfter || failed.retryAfterMs === null) {
    return { kind: 'retry', delayMs: backoff };
  }
  return {
    kind: 'retry',
    delayMs: Math.max(backoff, Math.min(failed.retryAfterMs, MAX_RETRY_AFTER_MS)),
  };
}
