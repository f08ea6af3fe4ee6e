import type { MockResponse, MockRoute } from '../../support/mock-api';

/** Cases recorded from the reference, and what we do instead where it is wrong. */
const JSON_TYPE = { 'content-type': 'application/json' };

function request(method: string, path: string, query: [string, string][] = []): object {
  return { method, path, query, headers: {} };
}

export type GoldenRoute = Omit<MockRoute, 'responses'> & {
  responses: (MockResponse & { delay_ms?: number })[];
};

export interface Golden {
  id: string;
  group: string;
  policy?: string;
  connector: Record<string, any>;
  server: { routes: GoldenRoute[] };
  call: {
    op: 'fetch' | 'send';
    endpoint: string;
    params?: Record<string, unknown>;
    data?: unknown;
  };
  result?: any;
  error?: { error_category?: string; status_code?: number | null };
  requests: Record<string, any>[];
  sleeps: number[];
  recommended_query?: [string, string][];
  recommended_body?: unknown;
  recommended_items?: unknown[];
}

export interface Outcome {
  result?: unknown;
  error?: { category: string; statusCode: number | null };
  requests: unknown[];
  sleeps: number[];
}

export type Change = (expected: Outcome, golden: Golden) => Outcome;

const failed = (category: string, statusCode: number | null = null): Outcome => ({
  error: { category, statusCode },
  requests: [],
  sleeps: [],
});
const once: Change = ({ error, requests }) => ({
  ...(error === undefined ? {} : { error }),
  requests: requests.slice(0, 1),
  sleeps: [],
});

type Query = [string, string][];

const page = (value: string): Query => [['page', value]];

/** Requests for pages, with these queries. */
function pages(queries: Query[], authorization?: string): unknown[] {
  const headers = authorization === undefined ? {} : { authorization };
  return queries.map((query) => ({ ...request('GET', '/items', query), headers }));
}

/** The items that the golden case recommends, by requests with these queries. */
function recommended(queries: (golden: Golden) => Query[]): Change {
  return (_expected, golden) => ({
    result: golden.recommended_items,
    requests: pages(queries(golden)),
    sleeps: [],
  });
}

function maxOf({ connector }: Golden): number {
  return connector.endpoints.ep.pagination.max_pages;
}

/** Where we deliberately do something else than the reference, by case or group, and why. */
export const DEVIATIONS: Record<string, { reason: string; expect: Change }> = {
  'resp-path-missing-first': {
    reason: 'the envelope must not be synced in place of the data',
    expect: ({ requests }) => ({ ...failed('VALIDATION'), requests }),
  },
  'resp-path-missing-later': {
    reason: 'the envelope must not be synced in place of the data',
    expect: ({ requests }) => ({ ...failed('VALIDATION'), requests }),
  },
  'resp-not-json-01': {
    reason: 'an answer that is no JSON does not become JSON by asking again',
    expect: once,
  },
  'resp-not-json-04': {
    reason: 'NaN is no JSON',
    expect: ({ requests }) => ({ ...failed('UNKNOWN'), requests }),
  },
  'http-retry-success-03': {
    reason: '404 is not tried again',
    expect: ({ requests }) => ({ ...failed('CLIENT', 404), requests: requests.slice(0, 1) }),
  },
  'send-single-retry-03': {
    reason: '404 is not tried again',
    expect: ({ requests }) => ({ ...failed('CLIENT', 404), requests: requests.slice(0, 1) }),
  },
  'send-single-error-01': { reason: '400 is not tried again', expect: once },
  'send-single-error-03': { reason: '404 is not tried again', expect: once },
  'retry-count-zero-01': {
    reason: 'there is at least one attempt',
    expect: () => ({ result: { a: 1 }, requests: [request('GET', '/items')], sleeps: [] }),
  },
  'retry-after-ignored-02': {
    reason: 'Retry-After is honoured',
    expect: (expected) => ({ ...expected, sleeps: [3] }),
  },
  'req-path-template-02': {
    reason: 'placeholders are filled in, and what they use leaves the query',
    expect: () => ({
      ...failed('CLIENT', 404),
      requests: [request('GET', '/users/6/x', [['id', '5']])],
    }),
  },
  'send-path-template-01': {
    reason: 'placeholders are filled in',
    expect: () => ({
      ...failed('CLIENT', 404),
      requests: [{ ...request('PUT', '/out/5'), body: { id: 5, n: 'x' }, headers: JSON_TYPE }],
    }),
  },
  'req-absolute-path-02': {
    reason: 'credentials go to the base URL only',
    expect: () => failed('VALIDATION'),
  },
  'auth-09': { reason: 'an empty username is missing', expect: () => failed('AUTH') },
  'auth-missing-param': { reason: 'our error has a category', expect: () => failed('AUTH') },
  'auth-unknown-02': { reason: 'fails closed', expect: () => failed('AUTH') },
  'unknown-endpoint-02': {
    reason: 'our error has a category',
    expect: () => failed('VALIDATION'),
  },
  'send-list-empty-02': {
    reason: 'nothing to send is no failure',
    expect: (expected) => ({ ...expected, result: { results: [], failed: [] } }),
  },
  'send-list-fail-01': {
    reason: 'an item that may succeed later is tried again, or a retry would repeat the others',
    expect: ({ requests }) => ({
      result: { results: [{ n: 1 }, { n: 3 }, { n: 3 }], failed: [] },
      requests: [requests[0], requests[1], requests[1], requests[2]],
      sleeps: [1],
    }),
  },
  'send-list-fail-05': {
    reason: 'an item that may succeed later is tried again, or a retry would repeat the others',
    expect: ({ requests }) => ({
      result: { results: [{ ok: 1 }, { ok: 1 }, { ok: 1 }], failed: [] },
      requests: [requests[0], ...requests],
      sleeps: [1],
    }),
  },
  'send-list-fail-03': {
    reason: 'a 2xx without JSON is a success',
    expect: (expected) => ({ ...expected, result: { results: [{ n: 1 }, 'plain'], failed: [] } }),
  },
  'send-single-nonjson-01': {
    reason: 'a 2xx without JSON is a success, and never sent again',
    expect: ({ requests }) => ({
      result: { results: ['OK'], failed: [] },
      requests: requests.slice(0, 1),
      sleeps: [],
    }),
  },
  'send-get-02': {
    reason: 'sending is POST unless the endpoint says otherwise',
    expect: ({ requests }) => ({
      result: { results: [], failed: ['CLIENT'] },
      sleeps: [],
      requests: requests.map((each) => ({ ...(each as object), method: 'POST' })),
    }),
  },
  'req-params-07': {
    reason: 'a variable that is not set fails closed, anywhere',
    expect: () => failed('VALIDATION'),
  },
  'auth-doc-keys-01': {
    reason: 'the names of the documentation are understood',
    expect: (expected) => ({
      ...expected,
      requests: [{ ...request('GET', '/items'), headers: { 'x-doc': 'k1' } }],
    }),
  },
  'auth-oauth2-02': {
    reason: 'a token is fetched, and without one nothing is sent',
    expect: () => ({
      ...failed('AUTH', 404),
      requests: [
        {
          ...request('POST', '/token'),
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: 'grant_type=client_credentials&client_id=i&client_secret=s',
        },
      ],
    }),
  },
  'auth-oauth2-03': { reason: 'fails closed', expect: () => failed('AUTH') },
  'page-next-url': {
    reason: 'a URL of the same server is followed as it is',
    expect: recommended(({ id }) => [
      ...(id === 'page-next-url-02' ? [[['limit', '5']] as Query] : [[] as Query]),
      id === 'page-next-url-02'
        ? [
            ['cursor', '2'],
            ['limit', '5'],
          ]
        : [['cursor', '2']],
    ]),
  },
  'page-next-url-foreign-01': {
    reason: 'credentials go nowhere else',
    expect: () => ({ ...failed('VALIDATION'), requests: pages([[]], 'Bearer SECRET') }),
  },
  'page-no-next-path-01': {
    reason: 'numbered pages are fetched until one is empty',
    expect: recommended(() => [[], ...['2', '3', '4'].map(page)]),
  },
  'page-no-next-path-02': {
    reason: 'numbered pages are fetched, as many as may be',
    expect: recommended(() => [[], page('2')]),
  },
  'page-list-body-01': {
    reason: 'numbered pages of a list, too; a page that comes again is the end',
    expect: (expected) => ({ ...expected, requests: pages([[], page('2')]) }),
  },
  'page-max-pages': {
    reason: 'no more pages than may be',
    expect: recommended((golden) =>
      golden.requests.map(({ query }) => query).slice(0, maxOf(golden)),
    ),
  },
  'page-repeated-token-01': {
    reason: 'a token that comes again would go round for ever',
    expect: () => ({ ...failed('VALIDATION'), requests: pages([[], page('same')]) }),
  },
  'page-data-path-missing-01': {
    reason: 'the envelope must not be synced in place of the data',
    expect: ({ requests }) => ({ ...failed('VALIDATION'), requests }),
  },
  'page-error-mid-01': {
    reason: 'each page is tried again',
    expect: ({ requests }) => ({
      result: [{ id: 1 }, { id: 2 }, { id: 3 }],
      requests: [...requests, requests[2]],
      sleeps: [1],
    }),
  },
  'page-error-mid-04': {
    reason: 'a part of the pages is no success',
    expect: ({ requests }) => ({ ...failed('UNKNOWN'), requests }),
  },
  'page-error-mid-05': {
    reason: 'a part of the pages is no success, and each page is tried again',
    expect: ({ requests }, { connector }) => ({
      ...failed('TIMEOUT'),
      requests: [
        ...requests.slice(0, -1),
        ...Array.from({ length: connector.retry_count ?? 3 }, () => requests.at(-1)),
      ],
      sleeps: Array.from({ length: (connector.retry_count ?? 3) - 1 }, (_, n) => n + 1),
    }),
  },
  'page-with-response-path': {
    reason: 'the response path is that of each page',
    expect: recommended((golden) => golden.requests.map(({ query }) => query)),
  },
  'endpoint-config-invalid': {
    reason: 'our error has a category',
    expect: () => failed('VALIDATION'),
  },
};
