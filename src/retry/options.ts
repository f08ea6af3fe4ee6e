/** When another attempt is worth it, and when it is due. Runs in the browser as well. */
export const RETRY_ON = ['transient', 'any'] as const;
export type RetryOn = (typeof RETRY_ON)[number];

/** How delays follow each other: times `multiplier`, plus `delaySeconds`, all the same, or a list. */
export const STRATEGIES = ['exponential', 'linear', 'fixed', 'schedule'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface RetryPolicy {
  readonly strategy: Strategy;
  /** Attempts after the first one. 0 to 1000; 3 by default. A schedule has its own number. */
  readonly maxRetries: number;
  /** Before the first retry. Seconds, 0 to 86,400; 1 by default. */
  readonly delaySeconds: number;
  /** Exponential: each delay is that many times the one before. 1 to 100; 2 by default. */
  readonly multiplier: number;
  /**
   * No delay is longer, except one of a schedule, or where the receiver asked for it. Seconds, 0 to
   * 604,800; 60 by default.
   */
  readonly maxDelaySeconds: number;
  /** One delay for each retry, as `5s 5m 30m 2h`: see `parseSchedule`. */
  readonly schedule: string;
  /** Delays vary by up to that much, up and down, so that retries do not come all at once. 0 to 100. */
  readonly jitterPercent: number;
  /** `transient`: errors marked permanent are not tried again. `any`: every error is. */
  readonly retryOn: RetryOn;
  /** Wait as long as the receiver asked for (Retry-After), up to a day. */
  readonly respectRetryAfter: boolean;
  /** No attempt starts later than that after the first one. Hours; null: whenever it is due. */
  readonly maxAgeHours: number | null;
}

export const RETRY_DEFAULTS: RetryPolicy = {
  strategy: 'exponential',
  maxRetries: 3,
  delaySeconds: 1,
  multiplier: 2,
  maxDelaySeconds: 60,
  schedule: '5s 5m 30m 2h',
  jitterPercent: 0,
  retryOn: 'transient',
  respectRetryAfter: true,
  maxAgeHours: null,
};
