import { nextAttempt } from './policy';
import type { RetryPolicy } from './options';

export interface TimelineAttempt {
  /** Counts from 1. */
  readonly number: number;
  /** After the start of the first one, if each fails at once. Milliseconds. */
  readonly atMs: number;
}

export interface Timeline {
  readonly attempts: readonly TimelineAttempt[];
  /** After this long all is over, if each attempt times out and each delay is as long as it may be. */
  readonly worstMs: number;
  /** `expired`: the greatest age ends it before the number of retries does. */
  readonly ends: 'attempts' | 'expired';
}

/** Jitter is not counted in where attempts are shown, and counted in full in the worst case. */
const MIDDLE = (): number => 0.5;
const LONGEST = (): number => 1 - Number.EPSILON;

/**
 * When a message that always fails is tried, by the code that decides it at run time. A receiver that asks
 * to wait longer (Retry-After) is not foreseen. `timeoutMs`: of one attempt.
 */
export function retryTimeline(policy: RetryPolicy, timeoutMs: number): Timeline {
  const { starts, ends } = lifeOf(policy, 0, MIDDLE);
  const worst = lifeOf(policy, timeoutMs, LONGEST);
  return {
    attempts: starts.map((atMs, index) => ({ number: index + 1, atMs })),
    worstMs: (worst.starts.at(-1) ?? 0) + timeoutMs,
    ends,
  };
}

function lifeOf(
  policy: RetryPolicy,
  lastsMs: number,
  random: () => number,
): { readonly starts: readonly number[]; readonly ends: Timeline['ends'] } {
  const starts = [0];
  for (;;) {
    const ageMs = (starts.at(-1) ?? 0) + lastsMs;
    const failed = { attempts: starts.length, permanent: false, retryAfterMs: null, ageMs };
    const decision = nextAttempt(policy, failed, random);
    if (decision.kind === 'exhausted') {
      return { starts, ends: decision.reason === 'expired' ? 'expired' : 'attempts' };
    }
    starts.push(ageMs + decision.delayMs);
  }
}
