import {
  choice,
  configNode,
  flag,
  number,
  optionalNumber,
  structured,
  text,
  type Fields,
} from '../shared/config-fields';
import { RETRY_DEFAULTS, RETRY_ON, STRATEGIES, type RetryPolicy } from '../../src/retry/options';
import { parseSchedule } from '../../src/retry/schedule';

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
  strategy: choice(STRATEGIES, RETRY_DEFAULTS.strategy),
  maxRetries: number(RETRY_DEFAULTS.maxRetries, { min: 0, max: 1000, integer: true }),
  delaySeconds: number(RETRY_DEFAULTS.delaySeconds, { min: 0, max: 86_400 }),
  multiplier: number(RETRY_DEFAULTS.multiplier, { min: 1, max: 100 }),
  maxDelaySeconds: number(RETRY_DEFAULTS.maxDelaySeconds, { min: 0, max: 604_800 }),
  schedule: text(
    RETRY_DEFAULTS.schedule,
    (value) => parseSchedule(value) !== undefined,
    'up to 100 delays of at most 7 days, such as `5s 5m 30m 2h`',
  ),
  jitterPercent: number(RETRY_DEFAULTS.jitterPercent, { min: 0, max: 100 }),
  maxAgeHours: optionalNumber(RETRY_DEFAULTS.maxAgeHours, { min: 0.01, max: 8760 }),
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
