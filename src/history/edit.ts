import type { NewEvent, RequestData, StoredEvent } from '../events/event';
import { WebhookError } from '../shared/errors';
import { newId } from '../shared/ids';
import { isRecord } from '../shared/json';

/** What is changed of an event before it is delivered again. */
export interface EventEdit {
  readonly body?: Uint8Array;
  /** By name in lower case; null: without this header. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

/** RFC 9110, section 5.6.2: what a field name is made of. */
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]{1,256}$/;
/** RFC 9110, section 5.5: nothing that could end the line. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\uffff]{0,16384}$/;
/** Names that are no data of an object. */
const UNSAFE = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * A new event with the request of a stored one, linked to it. Edited, it is marked so, and nothing is
 * said of its signature: nobody has signed what it is now.
 */
export function replayOf(event: StoredEvent, edit: EventEdit | null, nowMs: number): NewEvent {
  const { endpoint, name, provider, eventType, deliveryId, test } = event;
  return {
    id: newId(nowMs),
    ...{ endpoint, name, provider, eventType, deliveryId, test },
    receivedAtMs: nowMs,
    replayOf: event.id,
    edited: edit !== null || event.edited,
    verification: edit === null ? event.verification : null,
    request: edit === null ? event.request : editedRequest(event.request, edit),
    body: edit?.body ?? event.body,
  };
}

function editedRequest(request: RequestData, { headers = {}, body }: EventEdit): RequestData {
  const kept = Object.entries({ ...request.headers, ...ofBody(body), ...headers }).filter(
    (header): header is [string, string] => header[1] !== null,
  );
  return { ...request, headers: Object.fromEntries(kept) };
}

/** A body that is given as it is has no content coding, and a length of its own. */
function ofBody(body: Uint8Array | undefined): Record<string, string | null> {
  if (body === undefined) return {};
  return { 'content-length': String(body.byteLength), 'content-encoding': null };
}

/**
 * Reads `{body | bodyBase64, headers}`; null: nothing is edited. A body that is neither text nor bytes
 * is written as JSON. Throws `bad-config` for what can't be part of a request.
 */
export function readEdit(raw: unknown): EventEdit | null {
  if (raw === undefined || raw === null) return null;
  if (!isRecord(raw)) throw new WebhookError('bad-config', 'An edit is an object.');
  const other = Object.keys(raw).find((name) => !['body', 'bodyBase64', 'headers'].includes(name));
  if (other !== undefined) {
    throw new WebhookError(
      'bad-config',
      `\`${other.slice(0, 40)}\` can't be edited, only \`body\` (or \`bodyBase64\`) and \`headers\`.`,
    );
  }
  const body = bodyOf(raw);
  const headers = headersOf(raw['headers']);
  if (body === undefined && headers === undefined) return null;
  return { ...(body === undefined ? {} : { body }), ...(headers === undefined ? {} : { headers }) };
}

function bodyOf({ body, bodyBase64 }: Record<string, unknown>): Uint8Array | undefined {
  if (bodyBase64 !== undefined) {
    const isBase64 = typeof bodyBase64 === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(bodyBase64);
    if (isBase64 && body === undefined) return Buffer.from(bodyBase64, 'base64');
    throw new WebhookError('bad-config', '`bodyBase64` must be base64, and stand without `body`.');
  }
  if (body === undefined) return undefined;
  if (typeof body === 'string') return Buffer.from(body);
  return body instanceof Uint8Array ? body : Buffer.from(asJson(body));
}

function asJson(body: unknown): string {
  const json = JSON.stringify(body) as string | undefined;
  if (json !== undefined) return json;
  throw new WebhookError('bad-config', '`body` must be a text, bytes, or something that JSON has.');
}

function headersOf(headers: unknown): EventEdit['headers'] | undefined {
  if (headers === undefined || headers === null) return undefined;
  if (!isRecord(headers)) throw new WebhookError('bad-config', '`headers` must be an object.');
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => header(name, value)));
}

function header(name: string, value: unknown): [string, string | null] {
  const lower = name.toLowerCase();
  if (!HEADER_NAME.test(lower) || UNSAFE.has(lower)) {
    throw new WebhookError('bad-config', '`headers` has a name that no header can have.');
  }
  if (value === null || (typeof value === 'string' && HEADER_VALUE.test(value))) {
    return [lower, value];
  }
  throw new WebhookError(
    'bad-config',
    `The header \`${lower}\` must be one line of text, or null.`,
  );
}
