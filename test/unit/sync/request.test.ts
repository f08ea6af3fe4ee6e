import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../../../src/shared/clock';
import { authParts, type Auth } from '../../../src/sync/auth';
import { Connection } from '../../../src/sync/connection';
import { readEndpoint } from '../../../src/sync/endpoint';
import type { ConnectionOptions } from '../../../src/sync/options';
import {
  fetchRequest,
  sendRequest,
  withCredentials,
  type RequestParts,
} from '../../../src/sync/request';

function parts(
  endpoint: Record<string, unknown>,
  options: Partial<ConnectionOptions> = {},
  auth: Auth = { type: 'none' },
): RequestParts {
  const connection = new Connection({
    clock: systemClock,
    options: {
      baseUrl: 'https://api.example/v1',
      defaultHeaders: [],
      timeoutSeconds: 30,
      retryCount: 1,
      retryDelaySeconds: 1,
      endpoints: [],
      maxResponseMb: 32,
      breakerThreshold: 100,
      breakerResetSeconds: 60,
      allowPrivateNetwork: false,
      ...options,
    },
    auth,
    http: { request: () => Promise.reject(new Error('not here')), close: async () => {} },
  });
  const read = readEndpoint({ name: 'ep', ...endpoint });
  assert.ok(read);
  return { connection, endpoint: read, params: {}, signal: undefined };
}

/** As it is sent: with the connection's credentials. */
async function signed(given: RequestParts) {
  return withCredentials(fetchRequest(given), await authParts(given.connection.auth));
}

function fetchUrl(endpoint: Record<string, unknown>, params = {}, baseUrl?: string): string {
  const given = parts(endpoint, baseUrl === undefined ? {} : { baseUrl });
  return fetchRequest({ ...given, params }).url.href;
}

test('joins base URL and path by one slash', () => {
  assert.equal(fetchUrl({ path: 'items' }), 'https://api.example/v1/items');
  assert.equal(fetchUrl({ path: '/items' }, {}, 'https://h/'), 'https://h/items');
  assert.equal(fetchUrl({ path: '' }), 'https://api.example/v1/');
  assert.equal(
    fetchUrl({ path: '/items?fixed=1' }, { q: 2 }),
    'https://api.example/v1/items?fixed=1&q=2',
  );
  assert.equal(fetchUrl({ path: 'https://api.example/v2/x' }), 'https://api.example/v2/x');
});

test('never leaves the server of the base URL', () => {
  const foreign = ['https://evil.example/', 'http://api.example/', 'https://u:p@api.example/'];
  for (const path of [...foreign, 'file:///etc/passwd', 'javascript:alert(1)']) {
    assert.throws(() => fetchUrl({ path }), { category: 'VALIDATION', permanent: true });
  }
  for (const path of [
    '//evil.example/x',
    '/\\evil.example',
    '@evil.example/',
    '\\\\evil.example',
  ]) {
    assert.equal(new URL(fetchUrl({ path })).host, 'api.example', path);
  }
});

test('fills placeholders, percent-encoded, and takes them out of the query', () => {
  assert.equal(
    fetchUrl({ path: '/u/{user.id}/f/{name}' }, { user: { id: 7 }, name: 'a/b ?#ü' }),
    'https://api.example/v1/u/7/f/a%2Fb%20%3F%23%C3%BC?user=%7B%22id%22%3A7%7D',
  );
  assert.equal(
    fetchUrl({ path: '/u/{id}' }, { id: 7, q: 'x y' }),
    'https://api.example/v1/u/7?q=x%20y',
  );
});

test('refuses placeholders that are missing or would lead elsewhere', () => {
  for (const id of [undefined, null, '', {}, [], '.', '..', '\ud800']) {
    assert.throws(() => fetchUrl({ path: '/u/{id}' }, { id }), { category: 'VALIDATION' });
  }
  assert.throws(() => fetchUrl({ path: '/u/{a}{b}/x' }, { a: '.', b: '.' }));
  assert.throws(() => fetchUrl({ path: '/{constructor}' }), { category: 'VALIDATION' });
});

test('whatever a value is, the path keeps its segments', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (id) => {
      fc.pre(!/^\.{1,2}$/.test(id));
      const url = new URL(fetchUrl({ path: '/u/{id}/x' }, { id }));
      const [, v1, u, value, x, ...rest] = url.pathname.split('/');
      assert.deepEqual([url.origin, v1, u, x, rest], ['https://api.example', 'v1', 'u', 'x', []]);
      assert.equal(decodeURIComponent(value ?? ''), id);
      assert.equal(url.search + url.hash, '');
    }),
  );
});

test('call parameters win over those of the endpoint', () => {
  const url = fetchUrl({ path: '/i', params: { limit: 5, tag: ['a', 'b'] } }, { limit: 9 });
  assert.equal(url, 'https://api.example/v1/i?limit=9&tag=a&tag=b');
});

test('headers are merged without case, and the credentials win', async () => {
  const given = parts(
    { path: '/', headers: { 'x-a': 'endpoint', authorization: 'Basic zzz' } },
    {
      defaultHeaders: [
        { name: 'X-A', value: 'default' },
        { name: 'X-B', value: 'b' },
      ],
    },
    { type: 'bearer', token: 't' },
  );
  const { headers } = await signed(given);
  assert.deepEqual(headers, {
    'User-Agent': 'node-red-webhooks',
    Accept: '*/*',
    'x-a': 'endpoint',
    'X-B': 'b',
    Authorization: 'Bearer t',
  });
});

test('an API key of the query replaces a parameter of that name', async () => {
  const auth: Auth = { type: 'apiKey', name: 'key', place: 'query', key: 'real' };
  const { url } = await signed({
    ...parts({ path: '/i?key=1' }, {}, auth),
    params: { key: 2, a: 1 },
  });
  assert.equal(url.search, '?a=1&key=real');
});

test('line breaks in a header are refused without showing its value', () => {
  const given = parts(
    { path: '/' },
    { defaultHeaders: [{ name: 'X-A', value: 's3cret\r\nX-B: 1' }] },
  );
  assert.throws(
    () => fetchRequest(given),
    (error: Error) => error.message.includes('X-A') && !error.message.includes('s3cret'),
  );
});

test('sends the item over the body template', () => {
  const endpoint = { path: '/i/{id}', bodyTemplate: { by: 'us', meta: { x: 1 } } };
  const request = sendRequest(parts(endpoint), { id: 1, by: 'them', meta: { y: 2 } });
  assert.equal(request.method, 'POST');
  assert.equal(request.url.href, 'https://api.example/v1/i/1');
  assert.deepEqual(JSON.parse(request.body ?? ''), { by: 'them', meta: { x: 1, y: 2 }, id: 1 });
  assert.equal(request.headers['Content-Type'], 'application/json');
});

test('an item that is no JSON is a mapping error', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  assert.throws(() => sendRequest(parts({ path: '/' }), cyclic), { category: 'MAPPING' });
  assert.throws(() => sendRequest(parts({ path: '/' }), { big: 1n }), { category: 'MAPPING' });
});

test('an item of null has no body', () => {
  const request = sendRequest(parts({ path: '/' }), null);
  assert.equal(request.body, null);
  assert.equal(request.headers['Content-Type'], undefined);
});
