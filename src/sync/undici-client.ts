import { Pool, type Dispatcher } from 'undici';
import type { Clock } from '../shared/clock';
import { guardedConnector, type Resolve } from './guarded-connector';
import type { AnswerBody, HttpAnswer, HttpClient, HttpRequest } from './http-client';
import { SyncError } from './sync-error';

export interface HttpClientOptions {
  /** Scheme, host and port of the only server that this client talks to. */
  readonly origin: string;
  readonly allowPrivateNetwork: boolean;
  readonly clock: Clock;
  /** Open connections at most. */
  readonly maxConnections?: number;
  /** Beyond this an answer is not read further, in bytes. */
  readonly maxAnswerBytes?: number;
  /** For tests. */
  readonly resolve?: Resolve;
}

const MAX_CONNECTIONS = 10;
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** A pool of connections to one server. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { origin, allowPrivateNetwork, clock, maxAnswerBytes = MAX_ANSWER_BYTES } = options;
  const pool = new Pool(origin, {
    connections: options.maxConnections ?? MAX_CONNECTIONS,
    ...(allowPrivateNetwork ? {} : { connect: guardedConnector(options.resolve) }),
  });
  return {
    request: (request) => {
      if (request.url.origin !== origin) throw foreignOrigin();
      return send(pool, request, clock, maxAnswerBytes);
    },
    close: () => pool.destroy(),
  };
}

function foreignOrigin(): SyncError {
  return new SyncError('The request would go to another server than the connection names.', {
    category: 'VALIDATION',
  });
}

/** Why an attempt was ended before its answer was there. */
interface Ending {
  timedOut: boolean;
}

/** One attempt. Its own timer, as undici's would restart with each part of the answer. */
async function send(
  pool: Pool,
  request: HttpRequest,
  clock: Clock,
  maxAnswerBytes: number,
): Promise<HttpAnswer> {
  const { signal, timeoutMs } = request;
  if (isAborted(signal)) throw aborted();
  const controller = new AbortController();
  const ending: Ending = { timedOut: false };
  const abort = (): void => controller.abort();
  signal?.addEventListener('abort', abort, { once: true });
  const timer = clock.after(timeoutMs, () => {
    ending.timedOut = true;
    abort();
  });
  try {
    const answer = await pool.request(requestOptions(request, controller.signal));
    const body = await readBody(answer.body, maxAnswerBytes, ending);
    if (isAborted(signal)) throw aborted();
    return { status: answer.statusCode, headers: readHeaders(answer.headers), body };
  } catch (thrown) {
    throw failureOf(thrown, ending, request);
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', abort);
  }
}

function requestOptions(request: HttpRequest, signal: AbortSignal): Dispatcher.RequestOptions {
  return {
    path: `${request.url.pathname}${request.url.search}`,
    method: request.method,
    headers: request.headers,
    body: request.body,
    headersTimeout: 0,
    bodyTimeout: 0,
    signal,
  };
}

async function readBody(
  body: Dispatcher.ResponseData['body'],
  maxBytes: number,
  ending: Ending,
): Promise<AnswerBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) return { complete: false, reason: 'too-large' };
      chunks.push(chunk);
    }
  } catch {
    return { complete: false, reason: ending.timedOut ? 'timeout' : 'cut' };
  }
  return { complete: true, text: new TextDecoder().decode(Buffer.concat(chunks)) };
}

function readHeaders(headers: Dispatcher.ResponseData['headers']): ReadonlyMap<string, string> {
  const read = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) read.set(name, first);
  }
  return read;
}

function failureOf(thrown: unknown, ending: Ending, { signal, timeoutMs }: HttpRequest): SyncError {
  if (thrown instanceof SyncError) return thrown;
  if (isAborted(signal)) return aborted();
  if (ending.timedOut) {
    return new SyncError(`no answer within ${timeoutMs / 1000} s`, { category: 'TIMEOUT' });
  }
  return new SyncError(`the connection failed (${reasonOf(thrown)})`, { category: 'NETWORK' });
}

/** A signal changes while one waits, which the compiler does not know of a property. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function aborted(): SyncError {
  return new SyncError('ended before the answer was there', { category: 'UNKNOWN' });
}

/** `ECONNREFUSED`, `UND_ERR_SOCKET`: the code says enough, and a text might hold more than it should. */
function reasonOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return 'unknown';
  const { code, errors, name } = thrown as { code?: unknown; errors?: unknown[]; name?: unknown };
  if (typeof code === 'string') return code;
  const [first] = Array.isArray(errors) ? errors : [];
  return first === undefined ? String(name) : reasonOf(first);
}
