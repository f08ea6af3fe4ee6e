import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { systemClock, type Clock } from '../../../src/shared/clock';
import { silentLogger } from '../../../src/shared/logger';
import type { Connection } from '../../../src/sync/connection';
import { openConnection } from '../../../src/sync/open-connection';
import { runSync, type SyncOptions } from '../../../src/sync/sync';
import { SyncMemory, type SyncStore } from '../../../src/sync/sync-memory';
import { MockApi, type MockResponse } from '../../support/mock-api';
import { Histories } from '../events/sqlite-harness';
import { connectionSettings } from './connection-settings';

let histories: Histories;
let store: SyncStore;
let api: MockApi;
let connection: Connection;
let nowMs: number;

beforeEach(async () => {
  histories = new Histories();
  store = await histories.open();
  api = await MockApi.start();
  nowMs = Date.UTC(2026, 0, 1);
  connection = openConnection(
    connectionSettings({
      baseUrl: api.url,
      breakerThreshold: 2,
      endpoints: [
        { name: 'in', path: '/in', params: { since: '{{last_sync}}', after: '{{cursor}}' } },
        { name: 'paged', path: '/in', pagination: { kind: 'page', dataPath: 'data', maxPages: 3 } },
        { name: 'out', path: '/out', requestSchema: { required: ['id'] } },
      ],
    }),
    {},
    { clock: systemClock, environment: () => undefined, tls: {}, onRefreshToken: () => undefined },
  ).connection;
});

afterEach(async () => {
  await connection.http.close();
  await api.stop();
  await histories.end();
});

const clock: Clock = { now: () => nowMs, after: systemClock.after };

type Remembering = NonNullable<SyncOptions['memory']>;

function sync(change: Partial<SyncOptions> = {}, memory: Partial<Remembering> = {}) {
  return runSync({
    source: { connection, endpoint: 'in' },
    target: { connection, endpoint: 'out' },
    ...{ params: [], moreParams: {}, message: {}, fields: null, strict: false },
    ...{ batchSize: null, concurrency: 1, idempotency: null, dryRun: false },
    memory: {
      of: new SyncMemory(store, 'sync-1'),
      skipDelivered: false,
      cursorPath: '',
      initial: '',
      reset: false,
      lastSync: null,
      ...memory,
    },
    ...{ clock, logger: silentLogger, signal: undefined, onFailed: () => undefined },
    ...change,
  });
}

function serve(incoming: unknown, out: MockResponse[] = [{ json: {} }]): void {
  api.requests.length = 0;
  api.routes = [
    { path: '/in', responses: [{ json: incoming }] },
    { path: '/out', responses: out },
  ];
}

const queries = () => api.requests.filter(({ path }) => path === '/in').map(({ query }) => query);
const sent = () => api.requests.filter(({ path }) => path === '/out').map(({ body }) => body);

test('`last_sync` is when the last complete sync began, not when it ended', async () => {
  serve([{ id: 1 }]);
  let calls = 0;
  const ticking: Clock = {
    now: () => Date.UTC(2026, 0, 1) + calls++ * 60_000,
    after: systemClock.after,
  };
  await sync({ clock: ticking });
  await sync();
  assert.deepEqual(queries(), [[], [['since', '2026-01-01T00:00:00.000Z']]]);
});

test('the first sync starts where it is told to', async () => {
  serve([]);
  await sync({}, { initial: '2020-01-01' });
  await sync({}, { initial: '2020-01-01' });
  await sync({}, { initial: '2020-01-01', lastSync: '2021' });
  await sync({}, { initial: '2020-01-01', reset: true });
  assert.deepEqual(
    queries().map((query) => query[0]?.[1]),
    ['2020-01-01', '2026-01-01T00:00:00.000Z', '2021', '2020-01-01'],
  );
});

test('nothing moves past a failure, of one item, of the source or of the mapping', async () => {
  serve([{ id: 1 }, { id: 2 }], [{ json: {} }, { status: 400 }]);
  assert.equal((await sync()).success, false);
  serve({ nope: 1 }, []);
  api.routes[0]!.responses = [{ status: 500 }];
  await assert.rejects(sync(), { category: 'SERVER' });
  serve([{ id: 1 }]);
  await sync();
  assert.deepEqual(queries(), [[]]);
});

test('the cursor is what the last answer said', async () => {
  serve({ id: 1, meta: { cursor: 'c1' } });
  await sync({}, { cursorPath: 'meta.cursor' });
  serve({ id: 2 });
  await sync({}, { cursorPath: 'meta.cursor' });
  await sync({}, { cursorPath: 'meta.cursor' });
  assert.deepEqual(
    queries().map((query) => Object.fromEntries(query).after),
    ['c1', 'c1'],
    'an answer without one leaves the one before',
  );
});

test('a walk that ended early moves no `last_sync`', async () => {
  api.routes = [
    ...['2', '3', '4'].map((page) => ({
      path: '/in',
      query: { page },
      responses: [{ json: { data: [{ id: Number(page) }] } }],
    })),
    { path: '/in', responses: [{ json: { data: [{ id: 1 }] } }] },
    { path: '/out', responses: [{ json: {} }] },
  ];
  const result = await sync({ source: { connection, endpoint: 'paged' } });
  assert.deepEqual(
    [result.success, result.count, result.details.pages, result.details.truncated],
    [true, 3, 3, true],
  );
  assert.equal((await new SyncMemory(store, 'sync-1').load()).lastSync, null);
});

test('items that were delivered are not sent again, those that failed are', async () => {
  const once = { skipDelivered: true };
  serve(
    [{ id: 1 }, { id: 2 }, { id: 1 }, { id: 3 }],
    [{ json: {} }, { status: 400 }, { json: {} }],
  );
  const first = await sync({}, once);
  assert.deepEqual([first.count, first.details.skippedCount, first.details.failedCount], [2, 1, 1]);
  serve([{ id: 1 }, { id: 2 }, { id: 3 }]);
  const second = await sync({}, once);
  assert.deepEqual([second.success, second.count, second.details.skippedCount], [true, 1, 2]);
  assert.deepEqual(sent(), [{ id: 2 }]);
  await sync({}, { ...once, reset: true });
  assert.equal(sent().length, 4, 'as if it had never run');
});

test('a single item counts as well, and a restart forgets nothing', async () => {
  serve({ id: 7 });
  await sync({}, { skipDelivered: true });
  await (store as unknown as { close(): Promise<void> }).close();
  store = await histories.open();
  const { count, details } = await sync({}, { skipDelivered: true });
  assert.deepEqual([count, details.skippedCount, sent().length], [0, 1, 1]);
});

test('lists of items travel in one request each, with their outcome', async () => {
  serve(
    [1, 2, 3, 4, 5].map((id) => ({ id })),
    [{ json: { n: 1 } }, { status: 422 }, { json: { n: 3 } }],
  );
  const failed: number[] = [];
  const result = await sync({
    batchSize: 2,
    onFailed: (items) => failed.push(...items.map(({ index }) => index)),
  });
  assert.deepEqual(sent(), [[{ id: 1 }, { id: 2 }], [{ id: 3 }, { id: 4 }], [{ id: 5 }]]);
  assert.deepEqual([result.count, result.details.failedCount, failed], [3, 2, [2, 3]]);
  assert.deepEqual(result.targetResponse, [{ n: 1 }, { n: 3 }]);
});

test('no more requests at once than may be', async () => {
  let running = 0;
  let most = 0;
  const { http } = connection;
  const counting = new Proxy(connection, {
    get: (target, key) => {
      if (key !== 'http') return Reflect.get(target, key, target) as unknown;
      return {
        ...http,
        request: async (request: Parameters<typeof http.request>[0]) => {
          most = Math.max(most, ++running);
          try {
            return await http.request(request);
          } finally {
            running -= 1;
          }
        },
      };
    },
  });
  Object.defineProperty(counting, 'endpoint', { value: connection.endpoint.bind(connection) });
  serve(Array.from({ length: 20 }, (_, id) => ({ id })));
  const result = await sync({ concurrency: 4, target: { connection: counting, endpoint: 'out' } });
  assert.deepEqual([result.count, most, sent().length], [20, 4, 20]);
});

test('an item that its schema refuses is not sent; strictly, none is', async () => {
  serve([{ id: 1 }, { name: 'x' }]);
  const result = await sync();
  assert.deepEqual(
    [result.count, result.errors.map(({ index, category }) => [index, category])],
    [1, [[1, 'VALIDATION']]],
  );
  assert.match(result.errors[0]!.message, /^Item 1 .*must have required property 'id'/);
  serve([{ id: 1 }, { name: 'x' }]);
  await assert.rejects(sync({ strict: true }), { category: 'VALIDATION', permanent: true });
  assert.equal(sent().length, 0);
});

test('a target that fails again and again is left alone for the rest', async () => {
  serve(
    Array.from({ length: 10 }, (_, id) => ({ id })),
    [{ status: 500 }],
  );
  const result = await sync();
  assert.equal(sent().length, 2, 'two failures open the breaker');
  assert.deepEqual([result.details.failedCount, result.failure?.permanent], [10, false]);
  assert.ok((result.failure?.retryAfterMs ?? 0) > 50_000);
});

test('a dry run shows what would be sent, and changes nothing', async () => {
  serve([{ id: 1 }]);
  const { count, details } = await sync({ dryRun: true });
  assert.deepEqual([count, details.preview, sent()], [0, [{ id: 1 }], []]);
  await sync();
  assert.deepEqual(queries()[1], []);
});

test('a repetition carries the same key, and no two items the same', async () => {
  serve([{ id: 1 }, { id: 2 }]);
  const idempotency = { header: 'Idempotency-Key', key: 'event.node' };
  await sync({ idempotency });
  await sync({ idempotency });
  const keys = api.requests.flatMap(({ headers }) => headers['idempotency-key'] ?? []);
  assert.deepEqual(keys, ['event.node.0', 'event.node.1', 'event.node.0', 'event.node.1']);
});

test('a store that fails is a failure that may pass', async () => {
  serve([{ id: 1 }]);
  await (store as unknown as { close(): Promise<void> }).close();
  await assert.rejects(sync(), { category: 'UNKNOWN', permanent: false, message: /remember/ });
  assert.equal(sent().length, 0);
});
