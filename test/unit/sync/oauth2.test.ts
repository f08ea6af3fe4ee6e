import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock, type Clock } from '../../../src/shared/clock';
import { silentLogger } from '../../../src/shared/logger';
import { fetchData } from '../../../src/sync/pages';
import { openConnection, type ConnectionSecrets } from '../../../src/sync/open-connection';
import { MockApi, type MockResponse } from '../../support/mock-api';
import { connectionSettings, type Settings } from './connection-settings';

let api: MockApi;
before(async () => {
  api = await MockApi.start();
});
after(() => api.stop());

const SECRETS: ConnectionSecrets = { clientId: 'cid', clientSecret: 's e&c' };

interface Opened {
  readonly get: (signal?: AbortSignal) => Promise<unknown>;
  readonly close: () => Promise<void>;
  readonly advance: (seconds: number) => void;
  readonly refreshTokens: string[];
}

function open(settings: Partial<Settings> = {}, secrets = SECRETS): Opened {
  let offsetMs = 0;
  const refreshTokens: string[] = [];
  const clock: Clock = { now: () => 1_700_000_000_000 + offsetMs, after: systemClock.after };
  const { connection, close } = openConnection(
    connectionSettings({
      baseUrl: api.url,
      auth: 'oauth2',
      tokenUrl: `${api.url}/token`,
      endpoints: [{ name: 'x', path: '/x' }],
      ...settings,
    }),
    secrets,
    {
      clock,
      environment: () => undefined,
      tls: {},
      onRefreshToken: (token) => refreshTokens.push(token),
    },
  );
  return {
    get: (signal) => fetchData(connection, 'x', {}, { clock, logger: silentLogger, signal }),
    close,
    advance: (seconds) => (offsetMs += seconds * 1000),
    refreshTokens,
  };
}

function serve(tokens: MockResponse[], answers: MockResponse[] = [{ json: { ok: 1 } }]): void {
  api.requests.length = 0;
  api.routes = [
    { path: '/token', responses: tokens },
    { path: '/x', responses: answers },
  ];
}

const token = (name: string, more = {}): MockResponse => ({
  json: { access_token: name, ...more },
});
const seen = (): string[] =>
  api.requests.map(({ path, headers }) => `${path} ${headers.authorization ?? '-'}`);
const forms = (): string[] =>
  api.requests.filter(({ path }) => path === '/token').map(({ body }) => String(body));

test('a token is fetched when it is needed, kept, and renewed before its end', async () => {
  serve([token('A', { expires_in: 600 }), token('B', { expires_in: '600' })]);
  const { get, close, advance } = open({ scope: 'read write' });
  await get();
  await get();
  advance(539);
  await get();
  advance(2);
  await get();
  assert.deepEqual(seen(), [
    '/token -',
    ...['/x Bearer A', '/x Bearer A', '/x Bearer A'],
    '/token -',
    '/x Bearer B',
  ]);
  assert.equal(
    forms()[0],
    'grant_type=client_credentials&client_id=cid&client_secret=s+e%26c&scope=read+write',
  );
  await close();
});

test('all who wait share one request for a token', async () => {
  serve([token('A')]);
  const { get, close } = open();
  await Promise.all(Array.from({ length: 20 }, () => get()));
  assert.equal(forms().length, 1);
  await close();
});

test('who gives up while waiting does not take the token from others', async () => {
  serve([token('A')]);
  const { get, close } = open();
  const controller = new AbortController();
  const given = assert.rejects(get(controller.signal), { category: 'UNKNOWN' });
  const other = get();
  controller.abort();
  await given;
  assert.deepEqual(await other, { ok: 1 });
  await close();
});

test('a 401 renews the token once, and a second 401 is the answer', async () => {
  serve([token('A'), token('B')], [{ status: 401 }, { json: { ok: 2 } }, { status: 401 }]);
  const { get, close } = open();
  assert.deepEqual(await get(), { ok: 2 });
  assert.deepEqual(seen(), ['/token -', '/x Bearer A', '/token -', '/x Bearer B']);
  await assert.rejects(get(), { category: 'AUTH', statusCode: 401, permanent: true });
  assert.equal(seen().length, 7, 'one more request, one more token, no third try');
  await close();
});

test('a refresh token is used instead, and its successor reported and used', async () => {
  serve([
    token('A', { refresh_token: 'R2', expires_in: 100 }),
    token('B', { refresh_token: 'R2' }),
  ]);
  const { get, close, advance, refreshTokens } = open({}, { clientId: 'cid', refreshToken: 'R1' });
  await get();
  advance(60);
  await get();
  assert.deepEqual(forms(), [
    'grant_type=refresh_token&refresh_token=R1&client_id=cid',
    'grant_type=refresh_token&refresh_token=R2&client_id=cid',
  ]);
  assert.deepEqual(refreshTokens, ['R2']);
  await close();
});

test('the client may show itself by a header', async () => {
  serve([token('A')]);
  const { get, close } = open({ clientAuth: 'basic', audience: 'https://api.example' });
  await get();
  const basic = Buffer.from('cid:s+e%26c').toString('base64');
  assert.equal(seen()[0], `/token Basic ${basic}`);
  assert.equal(forms()[0], 'grant_type=client_credentials&audience=https%3A%2F%2Fapi.example');
  await close();
});

test("a refusal has the server's code, no secret, and is not asked for again and again", async () => {
  serve([{ status: 401, json: { error: 'invalid_client', error_description: 's e&c' } }]);
  const { get, close, advance } = open();
  const expected = {
    category: 'AUTH',
    permanent: true,
    message: 'GET /x: No access token: the authorization server answered 401 (invalid_client)',
  };
  await assert.rejects(get(), expected);
  await assert.rejects(get(), expected);
  assert.equal(forms().length, 1);
  advance(31);
  await assert.rejects(get(), expected);
  assert.equal(forms().length, 2);
  await close();
});

test('an authorization server that is down is a failure that may pass', async () => {
  serve([{ status: 503, headers: { 'Retry-After': '120' } }]);
  const { get, close } = open();
  await assert.rejects(get(), { category: 'SERVER', permanent: false, retryAfterMs: 120_000 });
  await close();
});

test('what is no token is refused', async () => {
  for (const answer of [
    { text: 'nope' },
    { json: { token_type: 'bearer' } },
    token('A', { token_type: 'mac' }),
    token('a\nb'),
    { status: 302, headers: { Location: '/x' } },
  ]) {
    serve([answer]);
    const { get, close } = open();
    await assert.rejects(get(), { category: 'AUTH', permanent: true });
    assert.ok(!seen().some((request) => request.startsWith('/x')), 'nothing is sent without');
    await close();
  }
});

test('credentials go nowhere unencrypted, and missing ones fail closed', () => {
  assert.throws(() => open({ allowPrivateNetwork: false }), /must begin with https/);
  for (const tokenUrl of ['', 'x', 'ftp://h/', 'https://u:p@h/t']) {
    assert.throws(() => open({ tokenUrl }), { category: 'VALIDATION' });
  }
  for (const secrets of [{}, { clientId: 'x' }, { clientId: 'x', clientSecret: '${NOT_SET}' }]) {
    assert.throws(() => open({}, secrets), { category: 'AUTH', permanent: true });
  }
});
