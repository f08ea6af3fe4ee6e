import {
  choice,
  configNode,
  flag,
  number,
  structured,
  text,
  type Fields,
} from '../shared/config-fields';
import { RETRY_DEFAULTS, RETRY_ON, type RetryPolicy } from '../../src/retry/options';

export const TYPE = 'webhook-retry';

export interface WebhookRetryConfig extends RetryPolicy {
  readonly name: string;
  /** An attempt that is not finished after this long fails. Seconds. */
  readonly timeoutSeconds: number;
  /** Due retries that run at once. */
  readonly concurrency: number;
  /** How long an attempt must stay finished before it counts. Milliseconds. */
  readonly quietMs: number;
  /** A message that leaves an `http request` with status 400 or above fails the attempt ... */
  readonly failOnHttpStatus: boolean;
  /** ... unless the status is one of these. */
  readonly acceptStatus: readonly number[];
  readonly history: string;
}

export const FIELDS: Fields<WebhookRetryConfig> = {
  name: text(),
  maxRetries: number(RETRY_DEFAULTS.maxRetries, { min: 0, max: 1000, integer: true }),
  delaySeconds: number(RETRY_DEFAULTS.delaySeconds, { min: 0, max: 86_400 }),
  multiplier: number(RETRY_DEFAULTS.multiplier, { min: 1, max: 100 }),
  maxDelaySeconds: number(RETRY_DEFAULTS.maxDelaySeconds, { min: 0, max: 604_800 }),
  retryOn: choice(RETRY_ON, RETRY_DEFAULTS.retryOn),
  respectRetryAfter: flag(RETRY_DEFAULTS.respectRetryAfter),
  timeoutSeconds: number(300, { min: 0.1, max: 86_400 }),
  concurrency: number(10, { min: 1, max: 1000, integer: true }),
  quietMs: number(150, { min: 0, max: 60_000, integer: true }),
  failOnHttpStatus: flag(true),
  acceptStatus: structured<readonly number[]>([], 'a list of HTTP status codes', readStatuses),
  history: configNode('webhook-history'),
};

function readStatuses(saved: unknown): readonly number[] | undefined {
  const isStatus = (status: unknown): status is number =>
    typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599;
  return Array.isArray(saved) && saved.every(isStatus) ? saved : undefined;
}
