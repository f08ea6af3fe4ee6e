import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../../../src/shared/clock';
import { silentLogger } from '../../../src/shared/logger';
import { Connection } from '../../../src/sync/connection';
import type { HttpAnswer, HttpRequest } from '../../../src/sync/http-client';
import { runSync, type SyncOptions } from '../../../src/sync/sync';
import { SyncError } from '../../../src/sync/sync-error';
import { SyncMemory } from '../../../src/sync/sync-memory';
import { connectionSettings } from './connection-settings';
import { MapStore } from './map-store';

/** What an API does: answers pages of items, and takes items. */
interface Script {
  readonly pages: readonly (readonly number[])[];
  /** The page at which the source fails; none: null. */
  failingPage: number | null;
  /** Items that the target refuses. */
  refused: ReadonlySet<number>;
}

/** A source with pages and a target, in memory, and what the target took, in order. */
function world(script: Script) {
  const delivered: number[] = [];
  const fetched: number[] = [];
  let afterSend: () => void = () => undefined;
  const cut: { id: number | null; then: () => void } = { id: null, then: () => undefined };
  const answer = ({ method, url, body }: HttpRequest): [number, unknown] => {
    if (method === 'GET') {
      const at = Number(url.searchParams.get('page') ?? 0);
      fetched.push(at);
      if (at === script.failingPage) return [500, {}];
      const next = at + 1 < script.pages.length ? at + 1 : null;
      return [200, { data: script.pages[at]?.map((id) => ({ id })), next, cursor: `c${at}` }];
    }
    const { id } = JSON.parse(String(body)) as { id: number };
    if (script.refused.has(id)) return [422, {}];
    if (id === cut.id) {
      cut.id = null;
      cut.then();
      throw new SyncError('ended', { category: 'NETWORK' });
    }
    delivered.push(id);
    afterSend();
    return [201, {}];
  };
  const connection = new Connection({
    options: connectionSettings({
      baseUrl: 'https://api.example',
      endpoints: [
        {
          ...{ name: 'in', path: '/in', params: { since: '{{last_sync}}' } },
          pagination: { kind: 'token', dataPath: 'data', nextPagePath: 'next', maxPages: 50 },
        },
        { name: 'out', path: '/out' },
      ],
    }),
    auth: { type: 'none' },
    clock: systemClock,
    http: {
      request: (request) =>
        Promise.resolve().then((): HttpAnswer => {
          const [status, json] = answer(request);
          return {
            status,
            headers: new Map(),
            body: { complete: true, text: JSON.stringify(json) },
          };
        }),
      close: () => Promise.resolve(),
    },
  });
  const memory = new SyncMemory(new MapStore(), 'sync');
  const sync = (
    skipDelivered: boolean,
    signal?: AbortSignal,
    failed: unknown[] = [],
    dryRun = false,
  ) => {
    const options: SyncOptions = {
      source: { connection, endpoint: 'in' },
      target: { connection, endpoint: 'out' },
      ...{ params: [], moreParams: {}, message: {}, fields: null, strict: false },
      ...{ batchSize: null, concurrency: 1, idempotency: null, dryRun },
      memory: {
        ...{ of: memory, skipDelivered, cursorPath: 'cursor' },
        ...{ initial: '', reset: false, lastSync: null },
      },
      ...{ clock: systemClock, logger: silentLogger, signal },
      onFailed: (items) => failed.push(...items),
    };
    return runSync(options);
  };
  const onSend = (then: () => void): void => void (afterSend = then);
  const cutOff = (id: number, then: () => void): void => void Object.assign(cut, { id, then });
  return { delivered, fetched, memory, sync, onSend, cutOff };
}

const THREE_PAGES = [
  [1, 2],
  [3, 4],
  [5, 6],
];

test('an error on a later page fails the sync, and its summary says what was sent', async () => {
  const script: Script = { pages: THREE_PAGES, failingPage: 2, refused: new Set() };
  const { sync, memory, delivered } = world(script);
  const error = await sync(true).then(
    () => assert.fail('it is no success'),
    (thrown: unknown) => thrown as SyncError,
  );
  assert.equal(error.message, 'GET /in answered 500: {} (Items delivered before: 4.)');
  assert.deepEqual([error.category, error.statusCode, error.permanent], ['SERVER', 500, false]);
  const { correlationId, durationMs, ...counts } = error.summary!;
  assert.match(correlationId, /^[0-9a-f-]{36}$/);
  assert.ok(durationMs >= 0);
  assert.deepEqual(counts, {
    ...{ success: false, count: 4, sourceCount: 4, failedCount: 0, skippedCount: 0 },
    ...{ pages: 2, truncated: false },
  });
  assert.deepEqual(await memory.load(), { lastSync: null, cursor: null });
  script.failingPage = null;
  const again = await sync(true);
  assert.deepEqual([again.success, again.count, again.details.skippedCount], [true, 2, 4]);
  assert.deepEqual(delivered, [1, 2, 3, 4, 5, 6], 'the rest only');
  const after = await memory.load();
  assert.deepEqual([typeof after.lastSync, after.cursor], ['string', 'c2']);
});

test('without idempotency the next run sends again what was sent before', async () => {
  const script: Script = { pages: THREE_PAGES, failingPage: 1, refused: new Set() };
  const { sync, delivered } = world(script);
  await assert.rejects(sync(false));
  script.failingPage = null;
  await sync(false);
  assert.deepEqual(delivered, [1, 2, 1, 2, 3, 4, 5, 6]);
});

test('a result does not grow with the number of items', async () => {
  const page = (at: number) => Array.from({ length: 150 }, (_, each) => 150 * at + each);
  const pages = Array.from({ length: 9 }, (_, at) => page(at));
  const refused = new Set([...page(0), ...page(1)]);
  const { sync } = world({ pages, failingPage: null, refused });
  const failed: unknown[] = [];
  const { details, errors, targetResponse } = await sync(false, undefined, failed);
  assert.deepEqual([details.sourceCount, details.failedCount, failed.length], [1350, 300, 300]);
  assert.deepEqual([errors.length, (targetResponse as unknown[]).length], [100, 1000]);
  const dry = await world({ pages, failingPage: null, refused }).sync(false, undefined, [], true);
  assert.deepEqual(
    dry.details.preview,
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((id) => ({ id })),
  );
});

test('a request that the end has cut off has not failed: the next run sends its item', async () => {
  const script: Script = { pages: THREE_PAGES, failingPage: null, refused: new Set() };
  const { sync, delivered, cutOff } = world(script);
  const controller = new AbortController();
  cutOff(4, () => controller.abort());
  const failed: unknown[] = [];
  await assert.rejects(sync(true, controller.signal, failed), (error: SyncError) => {
    const { count, failedCount, sourceCount } = error.summary!;
    assert.deepEqual([count, failedCount, sourceCount, failed], [3, 0, 4, []]);
    return true;
  });
  await sync(true);
  assert.deepEqual(delivered, [1, 2, 3, 4, 5, 6]);
});

test('an end by the signal within a page says how much of it was sent', async () => {
  const script: Script = { pages: THREE_PAGES, failingPage: null, refused: new Set([3]) };
  const { sync, memory, delivered, fetched, onSend } = world(script);
  const controller = new AbortController();
  onSend(() => {
    if (delivered.length === 3) controller.abort();
  });
  await assert.rejects(sync(true, controller.signal), (error: SyncError) => {
    assert.match(error.message, /ended before all was sent. \(Items delivered before: 3.\)/);
    const { count, failedCount, sourceCount, pages } = error.summary!;
    assert.deepEqual([count, failedCount, sourceCount, pages], [3, 1, 4, 2]);
    return true;
  });
  assert.deepEqual(
    [delivered, fetched],
    [
      [1, 2, 4],
      [0, 1],
    ],
  );
  assert.equal((await memory.load()).lastSync, null);
});

test('whatever fails where, each item is delivered once, and only a whole sync is remembered', async () => {
  const ids = fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 24 });
  const runs = fc.array(
    fc.record({
      failingPage: fc.option(fc.nat(7), { nil: null }),
      refused: fc.array(fc.nat(23), { maxLength: 3 }),
    }),
    { maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(ids, fc.integer({ min: 1, max: 5 }), runs, async (items, size, faults) => {
      const pages = Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
        items.slice(at * size, (at + 1) * size),
      );
      const script: Script = { pages, failingPage: null, refused: new Set() };
      const { sync, memory, delivered } = world(script);
      for (const { failingPage, refused } of [...faults, { failingPage: null, refused: [] }]) {
        const before = delivered.length;
        const remembered = await memory.load();
        script.failingPage = failingPage;
        script.refused = new Set(refused.flatMap((at) => items[at] ?? []));
        const told = await sync(true).catch((thrown: unknown) => (thrown as SyncError).summary!);
        const broken = failingPage !== null && failingPage < pages.length;
        const missing = items.some((id) => script.refused.has(id) && !delivered.includes(id));
        assert.equal(told.count, delivered.length - before);
        assert.equal(told.success, !broken && !missing);
        if (!told.success) {
          assert.deepEqual(await memory.load(), remembered, 'nothing moves past a failure');
        }
      }
      assert.deepEqual([...delivered].sort(), [...items].sort());
      assert.equal(new Set(delivered).size, delivered.length);
      assert.equal((await memory.load()).cursor, `c${pages.length - 1}`);
    }),
    { numRuns: 60 },
  );
});
