import type { Readable } from 'node:stream';
import type { ClientCertificate } from '../events/event';

/** A request as an HTTP server hands it over. */
export interface IncomingRequest {
  readonly method: string;
  /** Path and query, without the root under which the server is mounted. */
  readonly url: string;
  /** That root, without a slash at the end; absent: none. */
  readonly root?: string;
  /** Whether the connection is encrypted. */
  readonly secure?: boolean;
  /** Lower-case names, joined as Node.js does. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Name, value, name, value, ...: as they came. */
  readonly rawHeaders: readonly string[];
  /** The address at the other end of the connection. */
  readonly remoteAddress: string;
  /** That of the client, where the server asked for one and has checked it. */
  readonly clientCertificate?: ClientCertificate;
  /** For endpoints whose sender waits for the flow; made on demand. Absent: the flow can't answer. */
  readonly response?: () => FlowResponse;
  /** The request is a test that somebody made here; absent: it is the sender's. */
  readonly test?: TestMark;
  /** The bytes: as a stream that nobody has read, or all of them where somebody had to. */
  readonly body: Readable | Buffer;
}

/** Told of the event that became of a test. */
export interface TestMark {
  stored(eventId: string): void;
}

/** The response of a request, for the flow to answer it. */
export interface FlowResponse {
  /** What a message carries as `msg.res`. */
  readonly handle: unknown;
  /** It was answered, by whomever, or its client went away. */
  readonly ended: Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers in JSON, as APILinker's server did. */
export function jsonAnswer(
  status: number,
  body: string,
  headers?: Readonly<Record<string, string>>,
): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}

/** `{"detail": ...}`; the text is ours, never something that the sender sent. */
export function detailAnswer(
  status: number,
  detail: string,
  headers?: Readonly<Record<string, string>>,
): Answer {
  return jsonAnswer(status, JSON.stringify({ detail }), headers);
}

export function methodNotAllowed(allow: readonly string[]): Answer {
  return detailAnswer(405, 'Method Not Allowed', { allow: allow.join(', ') });
}

/** For an endpoint that exists but cannot answer now; the sender is asked to try again. */
export function notReady(retryAfterSeconds: number): Answer {
  return detailAnswer(503, 'Service Unavailable', { 'retry-after': String(retryAfterSeconds) });
}

/** The length that the request declares in bytes: null for a chunked body, 0 for none. */
export function declaredBytes(headers: IncomingRequest['headers']): number | null {
  const length = headers['content-length'];
  if (typeof length === 'string') return Number(length);
  return headers['transfer-encoding'] === undefined ? 0 : null;
}
