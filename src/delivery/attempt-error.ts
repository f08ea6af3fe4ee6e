import type { AttemptError } from '../events/event';
import type { Verdict } from './attempt-contract';
import { isRecord } from '../shared/json';
import { errorText } from '../shared/errors';
import { parseRetryAfter } from '../shared/retry-after';

const MAX_MESSAGE = 1000;

/** Statuses below 500 that another try may cure: time-out, too early, too many requests. */
const TRANSIENT_CLIENT_STATUSES: readonly number[] = [408, 425, 429];

/** What a node reported, as an error of an attempt. Nodes of ours say more: category, permanent, retryAfterMs. */
export function attemptError(reported: unknown, nodeId: string | null): AttemptError {
  const said: Record<string, unknown> = isRecord(reported) ? reported : {};
  return {
    message: errorText(reported).slice(0, MAX_MESSAGE),
    nodeId,
    category: typeof said['category'] === 'string' ? said['category'] : null,
    permanent: said['permanent'] === true,
    retryAfterMs: typeof said['retryAfterMs'] === 'number' ? said['retryAfterMs'] : null,
  };
}

/** What a webhook-outcome node made of what came `before`; null: a success. */
export function explicitError(
  verdict: Verdict,
  nodeId: string,
  before: AttemptError | null,
): AttemptError | null {
  if (verdict.kind === 'success') return null;
  const { reason, permanent } = verdict;
  if (reason === '' && before !== null) return { ...before, permanent };
  const message = reason === '' ? 'A webhook-outcome node ended the attempt as a failure' : reason;
  return {
    message: message.slice(0, MAX_MESSAGE),
    nodeId,
    category: null,
    permanent,
    retryAfterMs: before?.retryAfterMs ?? null,
  };
}

export function noOutcomeError(timeoutMs: number): AttemptError {
  const message = `No webhook-outcome node ended the attempt within ${timeoutMs / 1000} s`;
  return { ...timeoutError(timeoutMs, []), message };
}

export function timeoutError(timeoutMs: number, waitingAt: readonly string[]): AttemptError {
  const where = waitingAt.length > 0 ? `; still working: ${waitingAt.join(', ')}` : '';
  return {
    message: `The flow did not finish within ${timeoutMs / 1000} s${where}`,
    nodeId: null,
    category: 'TIMEOUT',
    permanent: false,
    retryAfterMs: null,
  };
}

/** An `http request` that was answered with an error status: Node-RED itself calls that a success. */
export function httpStatusError(
  status: number,
  headers: unknown,
  nodeId: string,
  nowMs: number,
): AttemptError {
  return {
    message: `http request was answered with status ${status}`,
    nodeId,
    category: httpCategory(status),
    permanent: status < 500 && !TRANSIENT_CLIENT_STATUSES.includes(status),
    retryAfterMs: isRecord(headers) ? parseRetryAfter(headers['retry-after'], nowMs) : null,
  };
}

function httpCategory(status: number): string {
  if (status === 401 || status === 403) return 'AUTH';
  if (status === 429) return 'RATE_LIMIT';
  if (status === 408) return 'TIMEOUT';
  return status >= 500 ? 'SERVER' : 'CLIENT';
}
