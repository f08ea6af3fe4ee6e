/** When another attempt is worth it, and when it is due. Runs in the browser as well: imports nothing. */
export const RETRY_ON = ['transient', 'any'] as const;
export type RetryOn = (typeof RETRY_ON)[number];

export interface RetryPolicy {
  /** Attempts after the first one. 0 to 1000; 3 by default. */
  readonly maxRetries: number;
  /** Before the first retry. Seconds, 0 to 86,400; 1 by default. */
  readonly delaySeconds: number;
  /** Each delay is that many times the one before. 1 to 100; 2 by default. */
  readonly multiplier: number;
  /** No delay is longer, except where the receiver asked for it. Seconds, 0 to 604,800; 60 by default. */
  readonly maxDelaySeconds: number;
  /** `transient`: errors marked permanent are not tried again. `any`: every error is. */
  readonly retryOn: RetryOn;
  /** Wait as long as the receiver asked for (Retry-After), up to a day. */
  readonly respectRetryAfter: boolean;
}

export const RETRY_DEFAULTS: RetryPolicy = {
  maxRetries: 3,
  delaySeconds: 1,
  multiplier: 2,
  maxDelaySeconds: 60,
  retryOn: 'transient',
  respectRetryAfter: true,
};
