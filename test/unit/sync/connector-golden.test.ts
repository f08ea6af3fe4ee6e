import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { systemClock, type Clock } from '../../../src/shared/clock';
import { silentLogger } from '../../../src/shared/logger';
import { createAuth, type AuthOptions, type Secrets } from '../../../src/sync/auth';
import { Connection } from '../../../src/sync/connection';
import { fetchData } from '../../../src/sync/fetch-data';
import { readEndpoints } from '../../../src/sync/endpoint';
import type { NameValue } from '../../../src/sync/headers';
import { sendData, type SendOutcome } from '../../../src/sync/send-data';
import { SyncError } from '../../../src/sync/sync-error';
import { createHttpClient } from '../../../src/sync/undici-client';
import { MockApi, type MockResponse, type MockRoute } from '../../support/mock-api';

type GoldenRoute = Omit<MockRoute, 'responses'> & {
  responses: (MockResponse & { delay_ms?: number })[];
};

interface Golden {
  id: string;
  group: string;
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
}

interface Outcome {
  result?: unknown;
  error?: { category: string; statusCode: number | null };
  requests: unknown[];
  sleeps: number[];
}

type Change = (expected: Outcome, golden: Golden) => Outcome;

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

/** Where we deliberately do something else than the reference, by case or group, and why. */
const DEVIATIONS: Record<string, { reason: string; expect: Change }> = {
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
  'endpoint-config-invalid': {
    reason: 'our error has a category',
    expect: () => failed('VALIDATION'),
  },
};

/** Not concerned: what they configure does not exist here. */
const NOT_BUILT: Record<string, string> = {
  'endpoint-config-invalid-05': 'a method of null is the default',
  'endpoint-config-invalid-06': 'pagination',
  'auth-unknown-01': 'the type `none` exists here',
};

const JSON_TYPE = { 'content-type': 'application/json' };

function request(method: string, path: string, query: [string, string][] = []): object {
  return { method, path, query, headers: {} };
}

const { cases } = JSON.parse(readFileSync('test/fixtures/sync/connector.json', 'utf8')) as {
  cases: Golden[];
};

test('talks to APIs as the reference does', async (t) => {
  assert.equal(cases.length, 106);
  for (const golden of cases) {
    if (golden.id in NOT_BUILT) continue;
    await t.test(golden.id, async () => {
      const api = await MockApi.start();
      const placed = JSON.parse(
        JSON.stringify(golden)
          .replaceAll('__SOURCE_URL__', api.url)
          .replaceAll('__DEAD_URL__', 'http://127.0.0.1:9'),
      ) as Golden;
      api.routes = placed.server.routes.map((route) => ({
        ...route,
        responses: route.responses.map(({ delay_ms: late, ...response }) =>
          late === undefined ? response : { hang: true },
        ),
      }));
      try {
        assert.deepEqual(await run(placed, api), expectation(placed));
      } finally {
        await api.stop();
      }
    });
  }
});

function expectation(golden: Golden): Outcome {
  const requests = golden.requests.map((each) => ({
    ...each,
    query: golden.recommended_query ?? each.query,
    ...(golden.recommended_body === undefined ? {} : { body: golden.recommended_body }),
  }));
  const expected: Outcome = { ...expectedResult(golden), requests, sleeps: golden.sleeps };
  const deviation = DEVIATIONS[golden.id] ?? DEVIATIONS[golden.group];
  return deviation === undefined ? expected : deviation.expect(expected, golden);
}

function expectedResult({ error, result, call }: Golden): Pick<Outcome, 'error' | 'result'> {
  if (error !== undefined) {
    return {
      error: { category: error.error_category ?? '', statusCode: error.status_code || null },
    };
  }
  if (call.op === 'fetch') return { result };
  if (!Array.isArray(call.data)) return { result: { results: [result.result], failed: [] } };
  return { result: { results: result.results, failed: [] } };
}

async function run(golden: Golden, api: MockApi): Promise<Outcome> {
  const sleeps: number[] = [];
  const clock: Clock = {
    now: () => 0,
    after: (ms, callback) => {
      sleeps.push(ms / 1000);
      queueMicrotask(callback);
      return { cancel: () => {} };
    },
  };
  const context = { clock, logger: silentLogger, signal: undefined };
  const outcome = await attempt(async () => {
    const connection = connect(golden.connector);
    const { op, endpoint, params, data } = golden.call;
    try {
      if (op === 'fetch') return await fetchData(connection, endpoint, params ?? {}, context);
      const sent = await sendData(connection, endpoint, data, params ?? {}, context);
      throwSingleFailure(sent, data);
      return { results: sent.results, failed: sent.failed.map(({ error }) => error.category) };
    } finally {
      await connection.http.close();
    }
  });
  return { ...outcome, requests: api.requests.map(recorded), sleeps };
}

/** The reference throws where a single item cannot be sent. */
function throwSingleFailure(sent: SendOutcome, data: unknown): void {
  const [first] = sent.failed;
  if (first !== undefined && !Array.isArray(data)) throw first.error;
}

async function attempt(call: () => Promise<unknown>): Promise<Pick<Outcome, 'error' | 'result'>> {
  try {
    return { result: await call() };
  } catch (thrown) {
    assert.ok(thrown instanceof SyncError, String(thrown));
    return { error: { category: thrown.category, statusCode: thrown.statusCode } };
  }
}

function recorded({ method, path, query, headers, body }: MockApi['requests'][number]): object {
  const transport = ['host', 'user-agent', 'accept', 'connection', 'content-length'];
  const kept = Object.entries(headers).filter(([name]) => !transport.includes(name));
  return {
    method,
    path,
    query,
    headers: Object.fromEntries(kept),
    ...(body === undefined ? {} : { body }),
  };
}

function connect(saved: Record<string, any>): Connection {
  const endpoints = readEndpoints(
    Object.entries<Record<string, unknown>>(saved.endpoints).map(([name, each]) => ({
      name,
      ...each,
      bodyTemplate: each.body_template,
      responsePath: each.response_path,
    })),
  );
  if (endpoints === undefined) throw new SyncError('endpoints', { category: 'VALIDATION' });
  const headers = (saved.default_headers ?? saved.headers ?? {}) as Record<string, string>;
  return new Connection({
    clock: systemClock,
    options: {
      baseUrl: saved.base_url,
      defaultHeaders: Object.entries(headers).map(([name, value]): NameValue => ({ name, value })),
      timeoutSeconds: saved.timeout ?? 30,
      retryCount: saved.retry_count ?? 3,
      retryDelaySeconds: saved.retry_delay ?? 1,
      endpoints,
      maxResponseMb: 32,
      breakerThreshold: 1000,
      breakerResetSeconds: 60,
      allowPrivateNetwork: true,
    },
    auth: createAuth(...readAuth(saved.auth ?? { type: 'none' })),
    http: createHttpClient({
      origin: new URL(saved.base_url).origin,
      allowPrivateNetwork: true,
      clock: systemClock,
    }),
  });
}

function readAuth(saved: Record<string, string>): [AuthOptions, Secrets] {
  const types = { none: 'none', api_key: 'apiKey', bearer: 'bearer', basic: 'basic' } as const;
  const auth = types[(saved.type ?? '').toLowerCase() as keyof typeof types];
  if (auth === undefined) throw new SyncError('auth type', { category: 'AUTH' });
  const apiKeyIn = saved.in?.toLowerCase() === 'query' ? 'query' : 'header';
  const apiKeyName = (apiKeyIn === 'query' ? saved.param_name : saved.header) ?? '';
  return [{ auth, apiKeyName, apiKeyIn }, saved];
}
