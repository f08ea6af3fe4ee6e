import type { AuthParts } from './auth';
import type { Connection } from './connection';
import type { Endpoint, Params } from './endpoint';
import { isHeaderName, isHeaderValue, type NameValue } from './headers';
import type { HttpRequest } from './http-client';
import { mergeData, ownValue } from './mapping/own-keys';
import { appendQuery, fillPath } from './request-url';
import { SyncError } from './sync-error';

export interface RequestParts {
  readonly connection: Connection;
  readonly endpoint: Endpoint;
  readonly params: Params;
  readonly signal: AbortSignal | undefined;
}

const NO_ITEM = Symbol('no item');

/** The request that fetches: GET unless the endpoint says otherwise; a body template is sent as it is. */
export function fetchRequest(parts: RequestParts): HttpRequest {
  const { bodyTemplate } = parts.endpoint;
  const body =
    bodyTemplate !== null && Object.keys(bodyTemplate).length > 0 ? bodyTemplate : NO_ITEM;
  return buildRequest(parts, 'GET', body, parts.params);
}

/**
 * The request that sends an item: POST unless the endpoint says otherwise; the item lies over the body
 * template. Of a list (several items in one request) each does.
 */
export function sendRequest(parts: RequestParts, item: unknown): HttpRequest {
  const template = parts.endpoint.bodyTemplate;
  const over = (each: unknown): unknown => (template === null ? each : mergeData(template, each));
  const merged = item === null ? template : Array.isArray(item) ? item.map(over) : over(item);
  const filled = Array.isArray(merged)
    ? parts.params
    : { ...parts.params, ...(merged as object | null) };
  return buildRequest(parts, 'POST', merged ?? NO_ITEM, filled);
}

/** The credentials are not part of it yet: each attempt attaches those that are valid by then. */
function buildRequest(
  { connection, endpoint, params, signal }: RequestParts,
  defaultMethod: string,
  body: unknown,
  placeholders: Params,
): HttpRequest {
  const { options, baseUrl } = connection;
  const { url, used } = fillPath(baseUrl, endpoint.path, placeholders);
  const query = { ...endpoint.params, ...params };
  appendQuery(url, Object.fromEntries(Object.entries(query).filter(([name]) => !used.has(name))));
  const text = body === NO_ITEM ? null : toJson(body);
  return {
    method: endpoint.method === 'auto' ? defaultMethod : endpoint.method,
    url,
    headers: mergeHeaders(
      [
        { name: 'User-Agent', value: 'node-red-webhooks' },
        { name: 'Accept', value: '*/*' },
        ...(text === null ? [] : [{ name: 'Content-Type', value: 'application/json' }]),
      ],
      options.defaultHeaders,
      asList(endpoint.headers),
    ),
    body: text,
    timeoutMs: options.timeoutSeconds * 1000,
    signal,
  };
}

/** The request with a header more; it wins over one of that name. */
export function withHeader(request: HttpRequest, name: string, value: string): HttpRequest {
  const headers = mergeHeaders(asList(request.headers), [{ name, value }]);
  return { ...request, headers };
}

/** The request with the credentials, which replace headers and parameters of the same names. */
export function withCredentials(request: HttpRequest, auth: AuthParts): HttpRequest {
  const url = new URL(request.url);
  for (const name of Object.keys(auth.query)) url.searchParams.delete(name);
  appendQuery(url, auth.query);
  return { ...request, url, headers: mergeHeaders(asList(request.headers), asList(auth.headers)) };
}

function toJson(body: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(body);
  } catch {
    text = undefined;
  }
  if (text !== undefined) return text;
  throw new SyncError('The item cannot be written as JSON.', { category: 'MAPPING' });
}

function asList(headers: Readonly<Record<string, string>>): NameValue[] {
  return Object.keys(headers).map((name) => ({ name, value: String(ownValue(headers, name)) }));
}

/** Later lists win; names are compared without case (RFC 9110, section 5.1). */
function mergeHeaders(...lists: readonly (readonly NameValue[])[]): Record<string, string> {
  const merged = new Map<string, NameValue>();
  for (const header of lists.flat()) {
    if (!isHeaderName(header.name) || !isHeaderValue(header.value)) {
      throw new SyncError(
        `The header \`${header.name.slice(0, 40)}\` has a name or a value that cannot be sent.`,
        { category: 'VALIDATION' },
      );
    }
    merged.set(header.name.toLowerCase(), header);
  }
  return Object.fromEntries([...merged.values()].map(({ name, value }) => [name, value]));
}
