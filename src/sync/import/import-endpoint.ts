import { isRecord } from '../../shared/json';
import { readEndpoint, type Endpoint } from '../endpoint';
import { noteOthers, type Note } from './note';
import { noteSecretHeaders } from './secret-headers';

/** What a form saves of an endpoint: name, path, and what is set. */
export type SavedEndpoint = Pick<Endpoint, 'name' | 'path'> & Record<string, unknown>;

const KNOWN = [
  'path',
  'method',
  'params',
  'headers',
  'body_template',
  'pagination',
  'response_path',
  'response_schema',
  'request_schema',
  'rate_limit',
];

const PAGINATION = ['data_path', 'next_page_path', 'page_param', 'max_pages'];
const RATE_LIMIT = ['strategy', 'rate', 'requests_per_second', 'burst'];

/** An entry of APILinker's `endpoints`, or null with a note where it cannot be used. */
export function importEndpoint(
  name: string,
  saved: unknown,
  where: string,
  notes: Note[],
): SavedEndpoint | null {
  const endpoint = isRecord(saved) ? endpointOf(name, saved) : null;
  if (!isRecord(saved) || endpoint === null || readEndpoint(endpoint) === undefined) {
    notes.push({ code: 'endpoint-unusable', where });
    return null;
  }
  noteOthers(saved, KNOWN, where, notes);
  const { pagination: pages, rate_limit: limit } = saved;
  if (isRecord(pages)) noteOthers(pages, PAGINATION, `${where}.pagination`, notes);
  if (isRecord(limit)) noteOthers(limit, RATE_LIMIT, `${where}.rate_limit`, notes);
  if (isRecord(saved.headers)) noteSecretHeaders(saved.headers, `${where}.headers`, notes);
  return endpoint;
}

function endpointOf(name: string, saved: Record<string, unknown>): SavedEndpoint | null {
  if (typeof saved.path !== 'string') return null;
  return {
    name,
    path: saved.path,
    ...given('method', saved.method),
    ...given('params', params(saved.params)),
    ...given('headers', saved.headers),
    ...given('bodyTemplate', saved.body_template),
    ...given('responsePath', saved.response_path),
    ...given('pagination', pagination(saved.pagination)),
    ...given('rateLimit', rateLimit(saved.rate_limit)),
    ...given('requestSchema', saved.request_schema),
    ...given('responseSchema', saved.response_schema),
  };
}

function given(name: string, value: unknown): Record<string, unknown> {
  const empty =
    value === undefined ||
    value === null ||
    value === '' ||
    (isRecord(value) && Object.keys(value).length === 0);
  return empty ? {} : { [name]: value };
}

/** An object as a value of the query is written as JSON. */
function params(saved: unknown): unknown {
  if (!isRecord(saved)) return saved;
  return Object.fromEntries(
    Object.entries(saved).map(([name, value]) => [
      name,
      isRecord(value) ? JSON.stringify(value) : value,
    ]),
  );
}

function pagination(saved: unknown): unknown {
  if (!isRecord(saved) || Object.keys(saved).length === 0) return saved;
  const byToken = typeof saved.next_page_path === 'string' && saved.next_page_path !== '';
  return {
    kind: byToken ? 'token' : 'page',
    ...given('dataPath', saved.data_path),
    ...given('nextPagePath', saved.next_page_path),
    ...given('pageParam', saved.page_param),
    ...given('maxPages', saved.max_pages),
  };
}

/** APILinker takes an unknown strategy for a token bucket; its documentation names `requests_per_second`. */
function rateLimit(saved: unknown): unknown {
  if (!isRecord(saved)) return saved;
  const strategy = typeof saved.strategy === 'string' ? saved.strategy.toLowerCase() : '';
  const known = ['leaky_bucket', 'adaptive', 'none'].includes(strategy);
  return {
    strategy: known ? strategy : 'token_bucket',
    ...given('rate', saved.rate ?? saved.requests_per_second),
    ...given('burst', saved.burst),
  };
}
