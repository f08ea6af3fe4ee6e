import { choice, flag, number, structured, type Fields } from './config-fields';

/** When an attempt has ended, and how: the same fields at an endpoint and at a retry node. */
export interface AttemptConfig {
  /** How long an attempt must stay finished before it counts. Milliseconds. */
  readonly quietMs: number;
  /** A message that leaves an `http request` with status 400 or above fails the attempt ... */
  readonly failOnHttpStatus: boolean;
  /** ... unless the status is one of these. */
  readonly acceptStatus: readonly number[];
  /** `explicit`: only a webhook-outcome node or the time-out ends an attempt. */
  readonly outcome: 'automatic' | 'explicit';
}

export const ATTEMPT_FIELDS: Fields<AttemptConfig> = {
  quietMs: number(150, { min: 0, max: 60_000, integer: true }),
  failOnHttpStatus: flag(true),
  acceptStatus: structured<readonly number[]>(
    [],
    'a list of HTTP status codes from 400 to 599',
    readStatuses,
  ),
  outcome: choice(['automatic', 'explicit'], 'automatic'),
};

function readStatuses(saved: unknown): readonly number[] | undefined {
  const isStatus = (status: unknown): status is number =>
    typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599;
  return Array.isArray(saved) && saved.every(isStatus) ? saved : undefined;
}
