import type { Golden, GoldenRequest, StepOutcome } from './golden-run';

export type Change = (expected: StepOutcome[], golden: Golden) => StepOutcome[];

/** Run with a `webhook-retry` node before the sync: the reference recovers by itself. */
export const RECOVERED: ReadonlySet<string> = new Set([
  'target-500-long-then-ok-01',
  'target-429-single-03',
  'source-timeout-02',
  'state-retry-loses-param-01',
]);

/** Changes of the outcome of the sync at that place, the first by default. */
function step(
  change: Partial<StepOutcome> | ((step: StepOutcome) => Partial<StepOutcome>),
  at = 0,
) {
  return (expected: StepOutcome[]): StepOutcome[] =>
    expected.map((each, place) =>
      place === at ? { ...each, ...(typeof change === 'function' ? change(each) : change) } : each,
    );
}

function failed(error: string, more: Partial<StepOutcome> = {}): Partial<StepOutcome> {
  return { success: false, count: 0, errors: [error], ...more };
}

/** The first so many requests to source or target, and no waits but these. */
function only(side: 'source' | 'target', count: number, sleeps: number[] = []) {
  return step((each) => ({ [side]: each[side].slice(0, count), sleeps }));
}

/** Each request to source or target, changed. */
function each(side: 'source' | 'target', change: (request: GoldenRequest) => object) {
  return step((before) => ({ [side]: (before[side] as GoldenRequest[]).map(change) }));
}

const all =
  (...changes: Change[]): Change =>
  (expected, golden) =>
    changes.reduce((outcome, change) => change(outcome, golden), expected);

/** What the reference does to one of its requests, as often as we ask. */
function repeated(requests: readonly object[], places: readonly number[]): object[] {
  return places.map((at) => requests[at]!);
}

/** The items of most cases, mapped. */
const BOTH = [
  { external_id: 1, title: 'A' },
  { external_id: 2, title: 'B' },
];

function sent(body: object): object {
  return {
    ...{ method: 'POST', path: '/out', query: [] },
    headers: { 'content-type': 'application/json' },
    body,
  };
}

const NOTHING_SENT: Partial<StepOutcome> = { source: [], target: [], sleeps: [] };

/** Where we deliberately do something else than the reference, by case or group, and why. */
export const DEVIATIONS: Record<string, { reason: string; expect: Change }> = {
  'auth-query-01': {
    reason: 'a key for the query is sent there',
    expect: each('source', (request) => ({ ...request, query: [['apikey', 'QK']] })),
  },
  'auth-oauth2-01': {
    reason: 'a token is fetched once, and sent',
    expect: step(({ source }) => ({
      source: [
        {
          ...{ method: 'POST', path: '/token', query: [] },
          headers: {
            accept: 'application/json',
            'content-type': 'application/x-www-form-urlencoded',
          },
          body: 'grant_type=client_credentials&client_id=cid&client_secret=cs&scope=read',
        },
        { ...source[0], headers: { authorization: 'Bearer AT' } },
      ],
    })),
  },
  'env-missing': {
    reason: 'a credential whose variable is not set fails closed',
    expect: step(failed('AUTH', NOTHING_SENT)),
  },
  'env-elsewhere-01': {
    reason: 'variables are replaced everywhere',
    expect: each('source', (request) => ({
      ...request,
      query: [['p', 'hh']],
      headers: { 'x-tok': 'hh' },
    })),
  },
  'env-base-url-02': {
    reason: 'variables are replaced everywhere; nothing listens there, which is of the network',
    expect: step(failed('NETWORK', { sleeps: [1, 2] })),
  },
  'target-500-long-then-ok-01': {
    reason: 'a retry node begins again with the fetch',
    expect: step(({ source, target }) => ({
      source: repeated(source, [0, 0]),
      target,
      sleeps: [1, 2, 1, 1],
    })),
  },
  'target-429-single-03': {
    reason: 'a retry node begins again with the fetch, and waits 1, 2, 4 s',
    expect: step(({ source }) => ({ source: repeated(source, [0, 0, 0, 0]), sleeps: [1, 2, 4] })),
  },
  'target-500-always-single': {
    reason:
      'as often as `retry_count` says, more is for a retry node; the item leaves by the second output',
    expect: all(only('target', 3, [1, 2]), step({ failedItems: [{ external_id: 1, title: 'A' }] })),
  },
  'source-500-always': {
    reason: 'as often as `retry_count` says; more is for a retry node',
    expect: only('source', 3, [1, 2]),
  },
  'source-429-always-02': {
    reason: 'as often as `retry_count` says; more is for a retry node',
    expect: only('source', 1),
  },
  'strategies-02': {
    reason: 'as often as `retry_count` says; more is for a retry node',
    expect: only('source', 1),
  },
  'strategies-03': {
    reason: '404 is not tried again',
    expect: step(({ source }) =>
      failed('CLIENT 404', { source: source.slice(0, 1), target: [], sleeps: [] }),
    ),
  },
  'target-4xx-single': { reason: '4xx is not tried again', expect: only('target', 1) },
  'source-4xx-01': { reason: '4xx is not tried again', expect: only('source', 1) },
  'source-4xx-03': {
    reason: '4xx is not tried again, and 400 is VALIDATION wherever it comes from',
    expect: all(only('source', 1), step({ errors: ['VALIDATION 400'] })),
  },
  'source-timeout-02': {
    reason: 'a retry node begins again, and waits 1, 2 s',
    expect: step({ sleeps: [1, 2] }),
  },
  'source-not-json-01': {
    reason: 'an answer that is no JSON does not become JSON by asking again',
    expect: only('source', 1),
  },
  'target-timeout-01': {
    reason: 'a time-out stays one; to send again is for a retry node, with an idempotency key',
    expect: all(only('target', 1), step({ errors: ['TIMEOUT'] })),
  },
  'target-refused-02': {
    reason:
      'what was not delivered is no success; each item is tried as often as `retry_count` says',
    expect: step({
      ...{ success: false, count: 0, errors: ['NETWORK', 'NETWORK'], sleeps: [1, 1] },
      failedItems: BOTH,
    }),
  },
  'target-nonjson': {
    reason: 'a 2xx without JSON is a success, and never sent again',
    expect: step(({ target }) => ({
      ...{ success: true, count: 1, errors: [], failedItems: [] },
      target: target.slice(0, 1),
    })),
  },
  'target-list-failures-02': {
    reason: 'no success, each item tried again, and `last_sync` stays',
    expect: step(({ target }) => ({
      ...{ success: false, count: 0, errors: ['SERVER 500', 'SERVER 500'], lastSync: false },
      target: repeated(target, [0, 0, 0, 1, 1, 1]),
      sleeps: [1, 2, 1, 2],
      failedItems: BOTH,
    })),
  },
  'target-list-failures-03': {
    reason: 'an item that may succeed later is tried again, and does',
    expect: step(({ target }) => ({ target: repeated(target, [0, 0, 1]), sleeps: [1] })),
  },
  'target-list-failures-04': {
    reason: 'an item that is refused makes it no success',
    expect: step({
      ...{ success: false, count: 1, errors: ['VALIDATION 422'], lastSync: false },
      failedItems: [BOTH[0]],
    }),
  },
  'pagination-mid-error-01': {
    reason: 'the page is tried again; a part of the pages is no success, and `last_sync` stays',
    expect: step(({ source, target }) =>
      failed('SERVER 500', {
        source: repeated(source, [0, 1, 1, 1]),
        // What was sent before the page failed has been delivered (docs/SYNC.md).
        target,
        sleeps: [1, 2],
        lastSync: false,
      }),
    ),
  },
  'idempotency-02': {
    reason: 'count is what was delivered',
    expect: step({ count: 1 }, 1),
  },
  'idempotency-in-batch-01': {
    reason: 'count is what was delivered',
    expect: step({ count: 2 }),
  },
  'idempotency-failed-item-01': {
    reason: 'an item that failed is tried again, and none that was delivered is sent once more',
    expect: all(
      step(({ target }) => ({ target: repeated(target, [0, 1, 1]), sleeps: [1] })),
      step({ count: 0, target: [] }, 1),
    ),
  },
  'idempotency-single': {
    reason: 'a single item is remembered, too',
    expect: step({ count: 0, target: [] }, 1),
  },
  'strict-invalid': {
    reason: 'what does not match a schema is VALIDATION',
    expect: step({ errors: ['VALIDATION'] }),
  },
  'schema-nonstrict-invalid': {
    reason: 'what does not match a schema is VALIDATION',
    expect: step({ errors: ['VALIDATION'] }),
  },
  'response-schema-strict': {
    reason: 'an answer that does not match its schema fails a strict sync',
    expect: step(failed('VALIDATION', { target: [] })),
  },
  'state-template-same-name': {
    reason: 'a parameter whose `last_sync` is not known is left out',
    expect: each('source', (request) => ({ ...request, query: [] })),
  },
  'template-literal': {
    reason: 'a parameter whose `last_sync` is not known is left out',
    expect: each('source', (request) => ({ ...request, query: [] })),
  },
  'state-retry-loses-param': {
    reason: 'a retry asks for the same as the first attempt',
    expect: step(({ source }) => ({ source: repeated(source, [0, 0]), sleeps: [1] })),
  },
  'no-mapping-for-pair': {
    reason: 'without a mapping nothing is passed through',
    expect: step(failed('VALIDATION', NOTHING_SENT)),
  },
  'unknown-endpoint-02': {
    reason: 'the mistake shows before anything is fetched',
    expect: step(failed('VALIDATION', { ...NOTHING_SENT, failedItems: [] })),
  },
  'target-body-template': {
    reason: 'the item lies over the body template',
    expect: each('target', ({ body, ...request }) => ({
      ...request,
      body: { source: 'apilinker', created_by: 'integration', ...(body as object) },
    })),
  },
  'target-path-template': {
    reason: 'placeholders are filled in from the item',
    expect: each('target', (request) => ({ ...request, path: '/products/5' })),
  },
  'breaker-open-02': {
    reason: 'an API that refuses items is alive: its breaker stays closed',
    expect: all(
      ...[2, 4].map((at) => step({ errors: ['VALIDATION 422'], target: [] }, at)),
      (expected) =>
        expected.map((one) => ({
          ...one,
          target: expected[0]!.target,
          failedItems: expected[0]!.failedItems,
        })),
    ),
  },
  'breaker-default-threshold-01': {
    reason: 'an API that refuses requests is alive: its breaker stays closed',
    expect: (expected) =>
      expected.map((one) => ({ ...one, errors: ['CLIENT 404'], source: expected[0]!.source })),
  },
  dlq: {
    reason:
      'failed items leave by the second output, a sync that failed is replayed as a whole; what succeeded is gone',
    expect: (expected, golden) =>
      golden.id === 'dlq-01'
        ? all(step({ target: BOTH.map(sent) }, 1), step({ source: [], count: 0 }, 2))(
            expected,
            golden,
          )
        : expected,
  },
  'direct-config-03': {
    reason: 'a sync that works does not count as a failure',
    expect: (expected) => expected.map(() => expected[0]!),
  },
  'secrets-ref-02': {
    reason: 'a reference to a secret becomes a variable of its name',
    expect: each('target', (request) => ({
      ...request,
      headers: { ...request.headers, 'x-api-key': 'resolved2' },
    })),
  },
};
