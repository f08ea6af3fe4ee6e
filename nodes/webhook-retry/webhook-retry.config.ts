import { ATTEMPT_FIELDS, type AttemptConfig } from '../shared/attempt-fields';
import { CONCURRENCY_SCOPES, type ConcurrencyScope } from '../shared/concurrency-scope';
import {
  choice,
  configNode,
  flag,
  number,
  optionalNumber,
  text,
  type Fields,
} from '../shared/config-fields';
import { RETRY_DEFAULTS, RETRY_ON, STRATEGIES, type RetryPolicy } from '../../src/retry/options';
import { parseSchedule } from '../../src/retry/schedule';

export const TYPE = 'webhook-retry';

export interface WebhookRetryConfig extends RetryPolicy, AttemptConfig {
  readonly name: string;
  /** An attempt that is not finished after this long fails. Seconds. */
  readonly timeoutSeconds: number;
  /** Due retries that run at once. */
  readonly concurrency: number;
  readonly concurrencyScope: ConcurrencyScope;
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
  concurrencyScope: choice(CONCURRENCY_SCOPES, 'instance'),
  ...ATTEMPT_FIELDS,
  history: configNode('webhook-history'),
};
