import type { RetryPolicy } from './options';

/**
 * The exponential delay before retry number `retry` (from 1), in milliseconds:
 * `delaySeconds * multiplier^(retry-1)`, at most `maxDelaySeconds`; never overflows.
 */
export function backoffMs(
  policy: Pick<RetryPolicy, 'delaySeconds' | 'multiplier' | 'maxDelaySeconds'>,
  retry: number,
): number {
  // Nothing times infinity is no number: without a first delay there is none at all.
  if (policy.delaySeconds === 0) return 0;
  const seconds = policy.delaySeconds * policy.multiplier ** Math.max(0, retry - 1);
  return Math.round(Math.min(seconds, policy.maxDelaySeconds) * 1000);
}
