import type { RetryPolicy } from './options';
import { parseSchedule } from './schedule';

type Delays = Pick<
  RetryPolicy,
  'strategy' | 'delaySeconds' | 'multiplier' | 'maxDelaySeconds' | 'schedule'
>;

/** How often a message is tried again at most. */
export function retriesOf(
  policy: Pick<RetryPolicy, 'strategy' | 'maxRetries' | 'schedule'>,
): number {
  if (policy.strategy !== 'schedule') return policy.maxRetries;
  return parseSchedule(policy.schedule)?.length ?? 0;
}

/** The delay before retry number `retry` (from 1), without jitter. Milliseconds; never overflows. */
export function backoffMs(policy: Delays, retry: number): number {
  const nth = Math.max(1, retry);
  if (policy.strategy === 'schedule') {
    const delays = parseSchedule(policy.schedule) ?? [];
    return delays[nth - 1] ?? delays.at(-1) ?? 0;
  }
  const seconds = policy.delaySeconds * factor(policy, nth);
  // Nothing times infinity is no number: without a first delay there is none at all.
  if (policy.delaySeconds === 0) return 0;
  return Math.round(Math.min(seconds, policy.maxDelaySeconds) * 1000);
}

function factor({ strategy, multiplier }: Delays, retry: number): number {
  if (strategy === 'fixed') return 1;
  return strategy === 'linear' ? retry : multiplier ** (retry - 1);
}
