import { isIP } from 'node:net';
import { Pool, ProxyAgent, type Dispatcher } from 'undici';
import type { Clock } from '../shared/clock';
import { guardedConnector, refused, type Resolve } from './guarded-connector';
import type { AnswerBody, HttpAnswer, HttpClient, HttpRequest, TlsSettings } from './http-client';
import { isPrivateAddress } from './private-address';
import { isLocalName } from './proxy';
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
  /** Certificates and how to check the server's. */
  readonly tls?: TlsSettings;
  /** The way to the server; null: directly. */
  readonly proxy?: URL | null;
  /** For tests. */
  readonly resolve?: Resolve;
}

const MAX_CONNECTIONS = 10;
/** For the answers that are on their way; after it their connections are cut. */
const CLOSE_WITHIN_MS = 10_000;
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** A pool of connections to one server. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { origin, clock, maxAnswerBytes = MAX_ANSWER_BYTES } = options;
  const dispatcher = createDispatcher(options);
  return {
    request: (request) => {
      if (request.url.origin !== origin) throw foreignOrigin();
      return send(dispatcher, request, clock, maxAnswerBytes);
    },
    close: () => closeWithin(dispatcher, CLOSE_WITHIN_MS, clock),
  };
}

/** Lets running requests end: who does not want their answers any more aborts them. */
async function closeWithin(dispatcher: Dispatcher, ms: number, clock: Clock): Promise<void> {
  const cut = clock.after(ms, () => void dispatcher.destroy());
  try {
    await dispatcher.close();
  } finally {
    cut.cancel();
  }
}

/**
 * A proxy resolves names itself: what a name leads to behind one cannot be checked here, only that
 * neither an address nor the name itself is of a local network.
 */
function createDispatcher(options: HttpClientOptions): Dispatcher {
  const { origin, allowPrivateNetwork, resolve, tls = {}, proxy = null } = options;
  const connections = options.maxConnections ?? MAX_CONNECTIONS;
  if (proxy !== null) {
    const { protocol, hostname } = new URL(origin);
    if (!allowPrivateNetwork && isLocal(hostname)) throw refused(hostname);
    const tunnel = protocol === 'https:';
    return new ProxyAgent({ uri: proxy.href, connections, requestTls: tls, proxyTunnel: tunnel });
  }
  return new Pool(origin, {
    connections,
    connect: allowPrivateNetwork ? tls : guardedConnector(tls, resolve),
  });
}

function isLocal(host: string): boolean {
  const literal = isIP(host.replace(/^\[|\]$/g, '')) !== 0;
  return literal ? isPrivateAddress(host) : isLocalName(host);
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
  dispatcher: Dispatcher,
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
    const answer = await dispatcher.request(requestOptions(request, controller.signal));
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
    origin: request.url.origin,
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
    if (value !== undefined) read.set(name, Array.isArray(value) ? value.join(', ') : value);
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
