import type { Clock } from '../shared/clock';
import type { Logger } from '../shared/logger';
import { parseRetryAfter } from '../shared/retry-after';
import { authParts, canRenew, withoutSecrets } from './auth';
import { categoryOfStatus, isTransientStatus } from './categories';
import type { Connection, OpenEndpoint } from './connection';
import type { AnswerBody, HttpAnswer, HttpRequest } from './http-client';
import { withCredentials } from './request';
import { withoutQuery } from './request-url';
import { SyncError } from './sync-error';

/** Who calls: time, and where attempts that failed are noted. */
export interface SyncContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal | undefined;
}

/** A longer wait belongs to a retry node: it survives a restart, and holds nothing up meanwhile. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Sends a request up to `retryCount` times and returns the first 2xx answer. What may pass by itself
 * (network, time-out, 408, 425, 429, 5xx) is tried again after `retryDelaySeconds` times the number of
 * attempts made, or after Retry-After if that is longer. Throws the last attempt's SyncError, or a
 * CircuitOpenError where the endpoint has failed too often to be asked at all.
 */
export function requestWithRetries(
  connection: Connection,
  target: OpenEndpoint,
  request: HttpRequest,
  context: SyncContext,
): Promise<HttpAnswer> {
  return target.breaker.run(() => retried(connection, target, request, context));
}

async function retried(
  connection: Connection,
  target: OpenEndpoint,
  request: HttpRequest,
  context: SyncContext,
): Promise<HttpAnswer> {
  const { retryCount, retryDelaySeconds } = connection.options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await requestOnce(connection, target, request, context);
    } catch (thrown) {
      const wait = waitAfter(thrown, retryDelaySeconds * 1000 * attempt);
      if (wait === null || attempt >= retryCount) throw thrown;
      context.logger.debug(`Attempt ${attempt} failed, the next one is due in ${wait} ms.`);
      await sleep(wait, context);
      if (context.signal?.aborted === true) throw thrown;
    }
  }
}

/** One attempt, with the credentials of the moment. Throws a SyncError where the answer is no 2xx. */
export async function requestOnce(
  connection: Connection,
  target: OpenEndpoint,
  request: HttpRequest,
  context: SyncContext,
): Promise<HttpAnswer> {
  const what = `${request.method} ${withoutQuery(target.endpoint.path) || '/'}`;
  let answer: HttpAnswer;
  try {
    answer = await exchange(connection, target, request, context);
  } catch (thrown) {
    if (!(thrown instanceof SyncError)) throw thrown;
    throw new SyncError(`${what}: ${thrown.message}`, thrown);
  }
  const { status } = answer;
  if (status >= 200 && status < 300) return answer;
  const detail = status < 400 ? ' (redirects are not followed)' : excerpt(answer.body, connection);
  throw new SyncError(`${what} answered ${status}${detail}`, {
    category: categoryOfStatus(status),
    statusCode: status,
    retryAfterMs: isTransientStatus(status)
      ? parseRetryAfter(answer.headers.get('retry-after'), context.clock.now())
      : null,
  });
}

/** One request with the credentials of the moment; after a 401 once more, if newer ones can be had. */
async function exchange(
  connection: Connection,
  { limiter }: OpenEndpoint,
  request: HttpRequest,
  context: SyncContext,
): Promise<HttpAnswer> {
  const { auth, http } = connection;
  for (let renewed = false; ; renewed = true) {
    const wait = limiter?.reserve() ?? 0;
    if (wait > 0) await sleep(wait, context);
    const parts = await authParts(auth, request.signal);
    const answer = await http.request(withCredentials(request, parts));
    limiter?.observe(answer);
    if (answer.status !== 401 || renewed || !canRenew(auth, parts)) return answer;
  }
}

const EXCERPT_LENGTH = 200;

/** The start of an answer on one line, for an error text: APIs say there what they did not like. */
function excerpt(body: AnswerBody, connection: Connection): string {
  if (!body.complete) return '';
  const clean = withoutSecrets(body.text, connection.auth).slice(0, 4 * EXCERPT_LENGTH);
  const line = clean.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  if (line === '') return '';
  return `: ${line.length > EXCERPT_LENGTH ? `${line.slice(0, EXCERPT_LENGTH - 1)}…` : line}`;
}

/** How long to wait before the next attempt, in milliseconds; null: there must not be one. */
function waitAfter(thrown: unknown, delayMs: number): number | null {
  if (!(thrown instanceof SyncError) || thrown.permanent || thrown.category === 'UNKNOWN')
    return null;
  const wait = Math.max(delayMs, thrown.retryAfterMs ?? 0);
  return wait > LONGEST_WAIT_MS ? null : wait;
}

function sleep(ms: number, { clock, signal }: SyncContext): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.after(ms, end);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted === true) end();
  });
}
