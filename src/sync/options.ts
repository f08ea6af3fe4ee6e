import { isRecord } from '../shared/json';

/** How a connection shows who it is. The secrets themselves are never part of the options. */
export const AUTH_TYPES = ['none', 'apiKey', 'bearer', 'basic'] as const;
export type AuthType = (typeof AUTH_TYPES)[number];

export const API_KEY_PLACES = ['header', 'query'] as const;
export type ApiKeyPlace = (typeof API_KEY_PLACES)[number];

/** `auto`: GET to fetch, POST to send. */
export const METHODS = ['auto', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

export interface NameValue {
  readonly name: string;
  readonly value: string;
}

/** Values by name, for the query and the placeholders of a path. */
export type Params = Readonly<Record<string, unknown>>;

/** One resource of a REST API. */
export interface Endpoint {
  readonly name: string;
  /** Below the base URL; `{placeholders}` are filled in from the item or the parameters. */
  readonly path: string;
  readonly method: Method;
  /** Of the query: texts, numbers, booleans, null, and lists of them. */
  readonly params: Params;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is when fetching; below the item when sending. */
  readonly bodyTemplate: Readonly<Record<string, unknown>> | null;
  /** Where in the answer the data is; empty: the whole answer. */
  readonly responsePath: string;
}

export interface ConnectionOptions {
  readonly baseUrl: string;
  readonly defaultHeaders: readonly NameValue[];
  /** For one attempt, from the first byte sent to the last byte received. */
  readonly timeoutSeconds: number;
  /** Attempts in total, the first one included. */
  readonly retryCount: number;
  /** Waited after the first attempt; twice as long after the second, and so on. */
  readonly retryDelaySeconds: number;
  readonly endpoints: readonly Endpoint[];
  /** Addresses of the own machine and network may be reached. */
  readonly allowPrivateNetwork: boolean;
}

/** Whether a text is an http(s) URL without user, password, query and fragment. */
export function isBaseUrl(text: string): boolean {
  if (!/^https?:\/\/[^/?#\\@]+(\/[^?#\\@]*)?$/i.test(text)) return false;
  try {
    return new URL(text).hostname !== '';
  } catch {
    return false;
  }
}

/** These belong to the transport (RFC 9110, section 7.6.1; RFC 9112): a user's value would break it. */
const TRANSPORT_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A field name (RFC 9110, section 5.1) that a user may set. */
export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && !TRANSPORT_HEADERS.has(name.toLowerCase());
}

/** A field value (RFC 9110, section 5.5): one line of Latin-1 without control characters. */
export function isHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

/** A list of headers as a form saves it; undefined if it is none. */
export function readHeaderList(saved: unknown): readonly NameValue[] | undefined {
  const headers = readNameValues(saved);
  const valid = headers?.every(({ name, value }) => isHeaderName(name) && isHeaderValue(value));
  return valid === true ? headers : undefined;
}

/** A list of names, none of them empty, with text values; undefined if it is none. */
export function readNameValues(saved: unknown): readonly NameValue[] | undefined {
  if (!Array.isArray(saved)) return undefined;
  const rows = saved.map((row: unknown) =>
    isRecord(row) && typeof row.name === 'string' && typeof row.value === 'string'
      ? { name: row.name.trim(), value: row.value }
      : undefined,
  );
  return rows.every((row) => row !== undefined && row.name !== '')
    ? (rows as NameValue[])
    : undefined;
}

/** The endpoints of a connection as a form or an import saves them; undefined if one is unusable. */
export function readEndpoints(saved: unknown): readonly Endpoint[] | undefined {
  if (!Array.isArray(saved)) return undefined;
  const endpoints = saved.map(readEndpoint);
  const names = new Set(endpoints.map((endpoint) => endpoint?.name));
  const usable = names.size === endpoints.length && !names.has(undefined);
  return usable ? (endpoints as Endpoint[]) : undefined;
}

/** One endpoint; only name and path are needed. Undefined if it is unusable. */
export function readEndpoint(saved: unknown): Endpoint | undefined {
  if (!isRecord(saved) || typeof saved.name !== 'string' || typeof saved.path !== 'string') {
    return undefined;
  }
  const name = saved.name.trim();
  const method = readMethod(saved.method ?? 'auto');
  const params = saved.params ?? {};
  const headers = readHeaderRecord(saved.headers ?? {});
  const bodyTemplate = saved.bodyTemplate ?? null;
  const responsePath = saved.responsePath ?? '';
  if (name === '' || method === undefined || headers === undefined) return undefined;
  if (!isParams(params) || typeof responsePath !== 'string') return undefined;
  if (bodyTemplate !== null && !isRecord(bodyTemplate)) return undefined;
  return { name, path: saved.path.trim(), method, params, headers, bodyTemplate, responsePath };
}

function readMethod(saved: unknown): Method | undefined {
  if (typeof saved !== 'string') return undefined;
  return METHODS.find((method) => method.toLowerCase() === saved.toLowerCase());
}

function readHeaderRecord(saved: unknown): Record<string, string> | undefined {
  if (!isRecord(saved)) return undefined;
  const valid = Object.entries(saved).every(
    ([name, value]) => isHeaderName(name) && typeof value === 'string' && isHeaderValue(value),
  );
  return valid ? (saved as Record<string, string>) : undefined;
}

/** Parameters of a query: by name a scalar, or a list of scalars. */
export function isParams(value: unknown): value is Params {
  return (
    isRecord(value) &&
    Object.values(value).every((each) =>
      Array.isArray(each) ? each.every(isScalar) : isScalar(each),
    )
  );
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
