import type { EndpointActivity } from '../../../src/events/minute-counts';

/** In words that the locale file has; the worst that is true. */
export type Health = 'disabled' | 'problem' | 'failing' | 'refusing' | 'healthy' | 'quiet';

export interface HealthSigns {
  readonly enabled: boolean;
  /** What its node shows in red. */
  readonly hasProblem: boolean;
  readonly activity: EndpointActivity | undefined;
}

/** Minutes in which a failure or a refusal says something about now. */
const RECENT_MINUTES = 15;

/**
 * How an endpoint does. `failing`: events failed in the last 15 minutes; `refusing`: requests were refused
 * and none was accepted; `quiet`: nothing came within the hour.
 */
export function healthOf({ enabled, hasProblem, activity }: HealthSigns): Health {
  if (!enabled) return 'disabled';
  if (hasProblem) return 'problem';
  if (activity === undefined) return 'quiet';
  const recent = (of: readonly number[]): number => sum(of.slice(-RECENT_MINUTES));
  if (recent(activity.failed) > 0) return 'failing';
  if (recent(activity.rejected) > recent(activity.received)) return 'refusing';
  return sum(activity.received) > 0 ? 'healthy' : 'quiet';
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
