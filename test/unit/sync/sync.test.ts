import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock, type Clock } from '../../../src/shared/clock';
import { silentLogger } from '../../../src/shared/logger';
import type { Auth } from '../../../src/sync/auth';
import { Connection } from '../../../src/sync/connection';
import { compileFields } from '../../../src/sync/mapping/fields';
import { readEndpoints } from '../../../src/sync/endpoint';
import type { ConnectionOptions } from '../../../src/sync/options';
import type { FailedItem } from '../../../src/sync/send-data';
import { runSync, type SyncOptions } from '../../../src/sync/sync';
import { SyncError } from '../../../src/sync/sync-error';
import { createHttpClient } from '../../../src/sync/undici-client';
import { MockApi, type MockResponse } from '../../support/mock-api';

let api: MockApi;
let connection: Connection;
before(async () => {
  api = await MockApi.start();
  connection = connect();
});
after(async () => {
  await connection.http.close();
  await api.stop();
});

function connect(options: Partial<ConnectionOptions> = {}, auth: Auth = { type: 'none' }) {
  return new Connection({
    clock: systemClock,
    options: {
      baseUrl: api.url,
      defaultHeaders: [],
      timeoutSeconds: 30,
      retryCount: 2,
      retryDelaySeconds: 1,
      endpoints: readEndpoints([
        { name: 'in', path: '/in', responsePath: 'data.items' },
        { name: 'out', path: '/out' },
      ])!,
      maxResponseMb: 32,
      breakerThreshold: 100,
      breakerResetSeconds: 60,
      allowPrivateNetwork: true,
      ...options,
    },
    auth,
    http: createHttpClient({ origin: api.url, allowPrivateNetwork: true, clock: systemClock }),
  });
}

/** Waits are over at once, and written down in ms. */
function hastyClock(): Clock & { waits: number[] } {
  const waits: number[] = [];
  let now = 1_700_000_000_000;
  return {
    waits,
    now: () => now,
    after: (ms, callback) => {
      waits.push(ms);
      now += ms;
      queueMicrotask(callback);
      return { cancel: () => {} };
    },
  };
}

function serve(out: MockResponse[], incoming: MockResponse[] = []): void {
  api.requests.length = 0;
  api.routes = [
    { path: '/out', responses: out },
    { path: '/in', responses: incoming },
  ];
}

function options(more: Partial<SyncOptions>): SyncOptions {
  return {
    source: { data: {} },
    params: [],
    moreParams: {},
    message: {},
    fields: null,
    target: { connection, endpoint: 'out' },
    strict: false,
    batchSize: null,
    concurrency: 1,
    idempotency: null,
    memory: null,
    dryRun: false,
    onFailed: () => undefined,
    clock: hastyClock(),
    logger: silentLogger,
    signal: undefined,
    ...more,
  };
}

const { fields } = compileFields([
  { source: 'user.name', target: 'contact.name', transform: 'uppercase' },
  { source: 'id', target: 'ref' },
]);

test('a message is mapped and sent', async () => {
  serve([{ status: 201, json: { id: 9 } }]);
  const data = { id: 1, user: { name: 'ann' } };
  const result = await runSync(options({ source: { data }, fields, moreParams: { notify: true } }));
  assert.deepEqual(api.requests[0]?.body, { contact: { name: 'ANN' }, ref: 1 });
  assert.deepEqual(api.requests[0].query, [['notify', 'true']]);
  assert.match(result.correlationId, /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    { ...result, correlationId: '' },
    {
      success: true,
      count: 1,
      errors: [],
      details: { sourceCount: 1, failedCount: 0, skippedCount: 0, pages: 1, truncated: false },
      targetResponse: { id: 9 },
      durationMs: 0,
      correlationId: '',
      failure: null,
    },
  );
});

test('items of an API are fetched, mapped and sent one by one', async () => {
  const items = [
    { id: 1, user: { name: 'a' } },
    { id: 2, user: { name: 'b' } },
  ];
  serve([{ json: { ok: true } }], [{ json: { data: { items } } }]);
  const result = await runSync(
    options({ source: { connection, endpoint: 'in' }, fields, moreParams: { since: 'x' } }),
  );
  assert.deepEqual(
    api.requests.map(({ method, path, query, body }) => [method, path, query, body]),
    [
      ['GET', '/in', [['since', 'x']], undefined],
      ['POST', '/out', [], { contact: { name: 'A' }, ref: 1 }],
      ['POST', '/out', [], { contact: { name: 'B' }, ref: 2 }],
    ],
  );
  assert.deepEqual([result.success, result.count, result.details.sourceCount], [true, 2, 2]);
  assert.deepEqual(result.targetResponse, [{ ok: true }, { ok: true }]);
});

test('an item that the target refuses does not stop the others, and is no success', async () => {
  serve([{ json: 1 }, { status: 422, json: { error: 'bad name' } }, { json: 3 }]);
  const failed: FailedItem[] = [];
  const result = await runSync(
    options({
      source: { data: [{ n: 1 }, { n: 2 }, { n: 3 }] },
      onFailed: (items) => failed.push(...items),
    }),
  );
  assert.deepEqual([result.success, result.count, result.details.sourceCount], [false, 2, 3]);
  assert.deepEqual(
    failed.map(({ index, item, error }) => [index, item, error.category, error.statusCode]),
    [[1, { n: 2 }, 'VALIDATION', 422]],
  );
  const { failure } = result;
  assert.ok(failure instanceof SyncError);
  assert.equal(
    failure.message,
    '1 of 3 items failed. POST /out answered 422: {"error":"bad name"}',
  );
  assert.deepEqual([failure.permanent, failure.retryAfterMs], [true, null]);
});

test('a failure is permanent only if every failed item is', async () => {
  serve([{ status: 400 }, { status: 429, headers: { 'Retry-After': '120' } }]);
  const result = await runSync(options({ source: { data: [{}, {}] } }));
  const { failure, errors } = result;
  assert.deepEqual(
    errors.map(({ index, category, permanent }) => [index, category, permanent]),
    [
      [0, 'VALIDATION', true],
      [1, 'RATE_LIMIT', false],
    ],
  );
  assert.deepEqual(
    [failure?.category, failure?.statusCode, failure?.permanent, failure?.retryAfterMs],
    ['RATE_LIMIT', 429, false, 120_000],
  );
  assert.equal(api.requests.length, 2, 'such a wait is left to the retry node');
});

test('Retry-After beats the delay, as seconds and as a date', async () => {
  const clock = hastyClock();
  const date = new Date(clock.now() + 3000 + 20_000).toUTCString();
  serve([
    { status: 503, headers: { 'Retry-After': '3' } },
    { status: 503, headers: { 'Retry-After': date } },
    { status: 503, headers: { 'Retry-After': 'soon' } },
    { json: 1 },
  ]);
  const patient = connect({ retryCount: 4 });
  await runSync(options({ clock, target: { connection: patient, endpoint: 'out' } }));
  assert.deepEqual(clock.waits, [3000, 20_000, 3000]);
  await patient.http.close();
});

test('nothing is sent if one item cannot be mapped', async () => {
  serve([{ json: 1 }]);
  const compiled = compileFields([{ source: 'n', target: 'n', transform: 'to_int' }]);
  const run = runSync(
    options({ source: { data: [{ n: 1 }, { n: 'x' }] }, fields: compiled.fields }),
  );
  await assert.rejects(run, { category: 'MAPPING', permanent: true, message: /^Item 1: / });
  assert.equal(api.requests.length, 0);
});

test('nothing is sent if the source fails', async () => {
  serve([{ json: 1 }], [{ status: 401, text: 'no' }]);
  const run = runSync(options({ source: { connection, endpoint: 'in' } }));
  await assert.rejects(run, { category: 'AUTH', statusCode: 401, permanent: true });
  assert.deepEqual(
    api.requests.map(({ path }) => path),
    ['/in'],
  );
});

test('an empty list is delivered by doing nothing', async () => {
  serve([], [{ json: { data: { items: [] } } }]);
  const result = await runSync(options({ source: { connection, endpoint: 'in' }, fields }));
  assert.deepEqual([result.success, result.count, result.targetResponse], [true, 0, []]);
});

test('a message without usable data is refused', async () => {
  serve([{ json: 1 }]);
  for (const data of [undefined, null, Buffer.from('x')]) {
    await assert.rejects(runSync(options({ source: { data } })), { category: 'VALIDATION' });
  }
  await runSync(options({ source: { data: 'text' } }));
  assert.deepEqual(
    api.requests.map(({ body }) => body),
    [{ value: 'text' }],
  );
});

test('a signal ends the waiting between attempts and what is still to send', async () => {
  serve([{ status: 503 }]);
  const controller = new AbortController();
  const clock: Clock = {
    now: () => 0,
    after: () => {
      controller.abort();
      return { cancel: () => {} };
    },
  };
  const { signal } = controller;
  await assert.rejects(runSync(options({ source: { data: [{}, {}] }, clock, signal })), {
    category: 'UNKNOWN',
    permanent: false,
  });
  assert.equal(api.requests.length, 1);
});

test('an error text has no credentials, no query and only the start of an answer', async () => {
  const auth: Auth = { type: 'apiKey', name: 'key', place: 'query', key: 's3cret' };
  const keyed = connect({}, auth);
  serve([{ status: 400, text: `you sent key=s3cret\n<b>${'x'.repeat(5000)}` }]);
  const result = await runSync(options({ target: { connection: keyed, endpoint: 'out' } }));
  assert.deepEqual(api.requests[0]?.query, [['key', 's3cret']]);
  const text = result.failure?.message ?? '';
  assert.match(text, /^POST \/out answered 400: you sent key=\*\*\* <b>x+…$/);
  assert.ok(text.length < 250, text);
  await keyed.http.close();
});
