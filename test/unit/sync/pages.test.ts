import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../../../src/shared/clock';
import { silentLogger } from '../../../src/shared/logger';
import { Connection } from '../../../src/sync/connection';
import type { HttpAnswer, HttpRequest } from '../../../src/sync/http-client';
import { nextByLink } from '../../../src/sync/next-page';
import { fetchData, pagesOf, type Page } from '../../../src/sync/pages';
import type { SyncError } from '../../../src/sync/sync-error';
import { connectionSettings } from './connection-settings';

type Answer = (request: HttpRequest) => {
  status?: number;
  json: unknown;
  headers?: Record<string, string>;
};

/** An endpoint whose answers a function makes. */
function source(pagination: object, answer: Answer, more: object = {}) {
  const requests: URL[] = [];
  const connection = new Connection({
    options: connectionSettings({
      baseUrl: 'https://api.example/v1',
      endpoints: [{ name: 'x', path: '/x', pagination, ...more }],
    }),
    auth: { type: 'none' },
    clock: systemClock,
    http: {
      request: (request) => {
        requests.push(request.url);
        const { status = 200, json, headers = {} } = answer(request);
        return Promise.resolve<HttpAnswer>({
          status,
          headers: new Map(Object.entries(headers)),
          body: { complete: true, text: JSON.stringify(json) },
        });
      },
      close: () => Promise.resolve(),
    },
  });
  return { connection, requests };
}

const context = { clock: systemClock, logger: silentLogger, signal: undefined };

async function walk(pagination: object, answer: Answer, params = {}) {
  const { connection, requests } = source(pagination, answer);
  const pages: Page[] = [];
  for await (const page of pagesOf(connection, connection.endpoint('x'), params, context)) {
    pages.push(page);
  }
  return { pages, requests, items: pages.flatMap(({ data }) => data as unknown[]) };
}

const PAGES = fc.array(
  fc.array(
    fc.integer().map((id) => ({ id })),
    { minLength: 1 },
  ),
  {
    minLength: 1,
    maxLength: 8,
  },
);

test('whatever the pages, all items come once, in order, by each kind of pagination', async () => {
  await fc.assert(
    fc.asyncProperty(PAGES, fc.constantFrom('token', 'url', 'link'), async (lists, kind) => {
      const answer: Answer = ({ url }) => {
        const at = Number(url.searchParams.get('page') ?? 0);
        const next = at + 1 < lists.length ? at + 1 : null;
        const href = `/v1/x?page=${next}`;
        return {
          json: { data: lists[at], next: kind === 'url' && next !== null ? href : next },
          ...(kind === 'link' && next !== null
            ? { headers: { link: `<${href}>; rel="next"` } }
            : {}),
        };
      };
      const pagination = {
        kind: kind === 'link' ? 'link' : 'token',
        dataPath: 'data',
        nextPagePath: 'next',
      };
      const { items, requests, pages } = await walk(pagination, answer);
      assert.deepEqual(items, lists.flat());
      assert.equal(requests.length, lists.length);
      assert.ok(pages.every(({ truncated }) => !truncated));
    }),
    { numRuns: 60 },
  );
});

test('numbered pages end at an empty one, and where the last one is repeated', async () => {
  const numbered =
    (last: unknown): Answer =>
    ({ url }) => {
      const at = Number(url.searchParams.get('p') ?? 1);
      return { json: { data: at <= 3 ? [{ at }] : last } };
    };
  const pagination = { kind: 'page', dataPath: 'data', pageParam: 'p' };
  for (const last of [[], [{ at: 3 }]]) {
    const { items, requests } = await walk(pagination, numbered(last));
    assert.deepEqual(items, [{ at: 1 }, { at: 2 }, { at: 3 }]);
    assert.equal(requests.length, 4);
  }
  const { requests } = await walk(pagination, numbered([]), { p: 2 });
  assert.deepEqual(
    requests.map(({ searchParams }) => searchParams.get('p')),
    ['2', '3', '4'],
  );
});

test('a walk in a circle is an error, however large the circle', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), async (size) => {
      const answer: Answer = ({ url }) => {
        const at = Number(url.searchParams.get('page') ?? 1);
        return { json: { data: [at], next: (at % size) + 1 } };
      };
      const pagination = { kind: 'token', dataPath: 'data', nextPagePath: 'next', maxPages: 100 };
      await assert.rejects(walk(pagination, answer), { category: 'VALIDATION', permanent: true });
    }),
    { numRuns: 20 },
  );
});

/** Pages that lead to each other in any way: `next` of each, null for the last. */
const GRAPHS = fc.integer({ min: 1, max: 8 }).chain((size) =>
  fc.record({
    nexts: fc.array(fc.option(fc.nat(size - 1), { nil: null, freq: 6 }), {
      minLength: size,
      maxLength: size,
    }),
    failing: fc.option(fc.nat(size - 1), { nil: null }),
    maxPages: fc.integer({ min: 1, max: 10 }),
    kind: fc.constantFrom('token', 'url', 'link'),
  }),
);

/** What a walk over such pages must come to, told in the simplest way. */
function walked(nexts: readonly (number | null)[], failing: number | null, maxPages: number) {
  const pages: number[] = [];
  const named = new Set<number>();
  for (let at = 0, count = 1; ; count++) {
    if (at === failing) return { pages, requests: count, end: 'SERVER' };
    const next = nexts[at] ?? null;
    if (next !== null && named.has(next)) return { pages, requests: count, end: 'VALIDATION' };
    pages.push(at);
    if (next === null) return { pages, requests: count, end: 'whole' };
    if (count >= maxPages) return { pages, requests: count, end: 'truncated' };
    named.add(next);
    at = next;
  }
}

test('whatever way pages lead to each other: no loop, no page too many, and an error is an error', async () => {
  const ends = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(GRAPHS, async ({ nexts, failing, maxPages, kind }) => {
      const pagination = {
        ...{ kind: kind === 'link' ? 'link' : 'token', dataPath: 'data', nextPagePath: 'next' },
        maxPages,
      };
      const { connection, requests } = source(pagination, ({ url }) => {
        const at = Number(url.searchParams.get('page') ?? 0);
        if (at === failing) return { status: 500, json: {} };
        const next = nexts[at] ?? null;
        // 0 is no token: APIs say by it that there are no more pages.
        const token = next === null ? null : `${next}`;
        const link = `</v1/x?page=${next}>; rel="next"`;
        return {
          json: {
            data: [at],
            next: kind === 'url' && next !== null ? `/v1/x?page=${next}` : token,
          },
          headers: kind === 'link' && next !== null ? { link } : {},
        };
      });
      const pages: Page[] = [];
      let end = 'whole';
      try {
        for await (const page of pagesOf(connection, connection.endpoint('x'), {}, context)) {
          pages.push(page);
        }
        if (pages.at(-1)?.truncated === true) end = 'truncated';
      } catch (thrown) {
        end = (thrown as SyncError).category;
      }
      const expected = walked(nexts, failing, maxPages);
      const seen = pages.map(({ data }) => (data as { value: number }[])[0]?.value);
      assert.deepEqual({ pages: seen, requests: requests.length, end }, expected);
      assert.ok(pages.slice(0, -1).every(({ truncated }) => !truncated));
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }),
    { numRuns: 400 },
  );
  assert.deepEqual([...ends.keys()].sort(), ['SERVER', 'VALIDATION', 'truncated', 'whole']);
});

test('whatever an API names as its next page, no other server is asked', async () => {
  const hosts = fc.constantFrom(
    'evil.example',
    'api.example',
    'api.example.evil',
    'api.example:81',
  );
  const starts = fc.constantFrom(
    ...[
      'https://',
      'http://',
      '//',
      '/\\\\',
      '\\\\',
      'https:',
      'https:/',
      '\thttps://',
      'HTTPS://u:p@',
    ],
    ...['https://api.example@', 'https://api.example\\@', '?u=https://', '/', ''],
  );
  const urls = fc.oneof(
    fc
      .tuple(starts, hosts, fc.constantFrom('', '?', '/x?a=1', '/x?page=2#f'))
      .map((all) => all.join('')),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(urls, fc.boolean(), async (next, byLink) => {
      const { connection, requests } = source(
        { kind: byLink ? 'link' : 'token', nextPagePath: 'next', maxPages: 2 },
        () => ({ json: { next }, headers: byLink ? { link: `<${next}>; rel="next"` } : {} }),
      );
      const pages = pagesOf(connection, connection.endpoint('x'), {}, context);
      try {
        for (let page = await pages.next(); page.done !== true; page = await pages.next());
      } catch (thrown) {
        assert.equal((thrown as SyncError).category, 'VALIDATION');
      }
      for (const { origin, username, password } of requests) {
        assert.deepEqual([origin, username, password], ['https://api.example', '', '']);
      }
    }),
    { numRuns: 500 },
  );
});

test('no more pages are fetched than may be, and the last one says that there are more', async () => {
  const endless: Answer = ({ url }) => {
    const at = Number(url.searchParams.get('page') ?? 1);
    return { json: { data: [at], next: at + 1 } };
  };
  const { pages } = await walk(
    { kind: 'token', dataPath: 'data', nextPagePath: 'next', maxPages: 3 },
    endless,
  );
  assert.deepEqual(
    pages.map(({ truncated }) => truncated),
    [false, false, true],
  );
});

test('a page is fetched when the one before has been dealt with', async () => {
  const { connection, requests } = source({ kind: 'page', dataPath: 'data' }, ({ url }) => ({
    json: { data: [url.search] },
  }));
  const pages = pagesOf(connection, connection.endpoint('x'), {}, context);
  await pages.next();
  assert.equal(requests.length, 1);
  await pages.next();
  assert.equal(requests.length, 2);
  await pages.return();
});

test('a next page on another server is never asked for', async () => {
  const links = [
    'https://evil.example/x?a',
    'http://api.example/v1/x?a',
    'https://u:p@api.example/?a',
  ];
  for (const link of links) {
    const byLink = walk({ kind: 'link' }, () => ({
      json: [1],
      headers: { link: `<${link}>; rel=next` },
    }));
    await assert.rejects(byLink, { category: 'VALIDATION' });
    const byUrl = walk({ kind: 'token', nextPagePath: 'n' }, () => ({ json: { n: link } }));
    await assert.rejects(byUrl, { category: 'VALIDATION' });
  }
});

test('Link headers are read as they are written', () => {
  const base = new URL('https://h/a/b');
  const next = (header: string) => {
    const found = nextByLink(header, base);
    return found !== null && 'url' in found ? found.url.href : null;
  };
  assert.equal(next('<?p=2>; rel="next", <?p=9>; rel="last"'), 'https://h/a/b?p=2');
  assert.equal(next('<c>;rel=prev,<d>; title="x, y"; rel="first next"'), 'https://h/a/d');
  assert.equal(next('<c>; REL=Next#f'), null);
  assert.equal(next('<c>; rel="nextish"'), null);
  assert.equal(next(`<c>${';'.repeat(20_000)}`), null);
});

test('a token that looks a bit like a path is a token', async () => {
  const { requests } = await walk({ kind: 'token', nextPagePath: 'n' }, ({ url }) => ({
    json: { n: url.searchParams.has('page') ? null : '/ab+c==' },
  }));
  assert.equal(requests[1]?.searchParams.get('page'), '/ab+c==');
});

test('without pagination the answer is one page', async () => {
  const { connection } = source({ kind: 'page' }, () => ({ json: 5 }), { pagination: null });
  assert.deepEqual(await fetchData(connection, 'x', {}, context), { value: 5 });
});
