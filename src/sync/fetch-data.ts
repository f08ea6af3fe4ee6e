import { isRecord, parseJson } from '../shared/json';
import { requestWithRetries, type SyncContext } from './attempts';
import type { Connection, OpenEndpoint } from './connection';
import type { Params } from './endpoint';
import type { AnswerBody, HttpAnswer, HttpRequest } from './http-client';
import { differencesText } from './json-schema';
import { ownValue } from './mapping/own-keys';
import { fetchRequest } from './request';
import { SyncError } from './sync-error';

export interface FetchOptions extends SyncContext {
  /** An answer that does not match the endpoint's schema is an error, not only a warning. */
  readonly strict?: boolean;
}

/** An answer of a source. */
export interface Fetched {
  /** The data at the response path. */
  readonly data: unknown;
  /** The whole answer. */
  readonly whole: unknown;
  readonly headers: HttpAnswer['headers'];
}

/**
 * The data that an endpoint answers, all pages of it: the object or list at its response path, a scalar
 * as `{value}`. Throws a SyncError; an answer that is no JSON, or has nothing at the response path, is
 * one too.
 */
export async function fetchOnce(
  connection: Connection,
  source: OpenEndpoint,
  params: Params,
  options: FetchOptions,
): Promise<Fetched> {
  const { endpoint } = source;
  const request = fetchRequest({ connection, endpoint, params, signal: options.signal });
  return fetchAnswer(connection, source, request, options);
}

/** Sends a request to a source and reads the answer. */
export async function fetchAnswer(
  connection: Connection,
  source: OpenEndpoint,
  request: HttpRequest,
  options: FetchOptions,
): Promise<Fetched> {
  const { name, responsePath } = source.endpoint;
  const answer = await requestWithRetries(connection, source, request, options);
  const whole = readJson(answer.body, name);
  checkSchema(source, whole, options);
  return { data: atResponsePath(whole, responsePath), whole, headers: answer.headers };
}

/** Data in the form that a mapping expects: an object or a list as such, a scalar as `{value}`. */
export function wrapped(data: unknown): unknown {
  return typeof data === 'object' && data !== null ? data : { value: data };
}

function checkSchema(
  { endpoint, checkResponse }: OpenEndpoint,
  whole: unknown,
  options: FetchOptions,
): void {
  const differences = checkResponse?.(whole) ?? [];
  if (differences.length === 0) return;
  const text = `The answer of \`${endpoint.name}\` does not match its schema: ${differencesText(differences)}`;
  if (options.strict === true) throw new SyncError(text, { category: 'VALIDATION' });
  options.logger.warn(text);
}

function readJson(body: AnswerBody, endpointName: string): unknown {
  const source = `The answer of \`${endpointName}\``;
  if (body.complete) {
    const data = parseJson(body.text);
    if (data !== undefined) return data;
    throw new SyncError(`${source} is no JSON.`, { category: 'UNKNOWN' });
  }
  switch (body.reason) {
    case 'too-large':
      throw new SyncError(`${source} is too large.`, { category: 'VALIDATION' });
    case 'timeout':
      throw new SyncError(`${source} did not end in time.`, { category: 'TIMEOUT' });
    case 'cut':
      throw new SyncError(`${source} ended early.`, { category: 'NETWORK' });
  }
}

/** Dotted own keys of objects. A path does not apply to an answer that is a list or a scalar. */
function atResponsePath(data: unknown, path: string): unknown {
  if (path === '' || !isRecord(data)) return data;
  const value = atKeys(data, path);
  if (value !== undefined) return value;
  throw new SyncError(`The answer has no \`${path}\` (the endpoint's response path).`, {
    category: 'VALIDATION',
  });
}

/** The value at dotted own keys of objects; undefined where one is missing. The empty path is the data itself. */
export function atKeys(data: unknown, path: string): unknown {
  let value = data;
  for (const key of path === '' ? [] : path.split('.')) {
    value = isRecord(value) ? ownValue(value, key) : undefined;
  }
  return value;
}
