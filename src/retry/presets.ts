import { RETRY_DEFAULTS, type RetryPolicy } from './options';

export type Preset = Pick<
  RetryPolicy,
  | 'strategy'
  | 'maxRetries'
  | 'delaySeconds'
  | 'multiplier'
  | 'maxDelaySeconds'
  | 'schedule'
  | 'jitterPercent'
  | 'maxAgeHours'
>;

const { strategy, maxRetries, delaySeconds, multiplier, maxDelaySeconds, schedule } =
  RETRY_DEFAULTS;
const DELAYS = { strategy, maxRetries, delaySeconds, multiplier, maxDelaySeconds, schedule };

/** Settings to begin with, in the edit dialog. */
export const PRESETS = {
  /** For what passes within seconds: a connection that broke, a restart. */
  quick: { ...DELAYS, jitterPercent: 0, maxAgeHours: null },
  /** For outages of any length. Stripe retries for three days, with growing delays. */
  threeDays: {
    ...DELAYS,
    strategy: 'schedule',
    schedule: '5m 30m 1h 3h 6h 12h 12h 12h 24h',
    jitterPercent: 0,
    maxAgeHours: 72,
  },
} as const satisfies Record<string, Preset>;
export type PresetName = keyof typeof PRESETS;
