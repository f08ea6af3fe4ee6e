import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../src/shared/clock';
import { silentLogger } from '../../../src/shared/logger';
import { checkConnection } from '../../../src/sync/check-connection';
import { Connection } from '../../../src/sync/connection';
import { openConnection } from '../../../src/sync/open-connection';
import { MockApi, type MockResponse } from '../../support/mock-api';
import { connectionSettings, type Settings } from './connection-settings';

let api: MockApi;
before(async () => {
  api = await MockApi.start();
});
after(() => api.stop());

async function check(change: Partial<Settings>, path: string, answer: MockResponse) {
  api.requests.length = 0;
  api.routes = [{ path, responses: [answer] }];
  const settings = connectionSettings({ baseUrl: `${api.url}/v1`, retryCount: 5, ...change });
  const { connection, close } = openConnection(
    settings,
    { token: 's3cret' },
    {
      clock: systemClock,
      environment: () => undefined,
      tls: {},
      onRefreshToken: () => undefined,
    },
  );
  try {
    const context = { clock: systemClock, logger: silentLogger, signal: undefined };
    const { durationMs, ...told } = await checkConnection(connection, context);
    assert.ok(durationMs >= 0 && durationMs < 10_000);
    return told;
  } finally {
    await close();
  }
}

const ENDPOINTS = [
  { name: 'create', path: '/items', method: 'POST' },
  { name: 'one', path: '/items/{id}' },
  { name: 'mine', path: '/users/{{payload.user}}' },
  { name: 'list', path: '/items', params: { since: '{{last_sync}}', limit: 1 } },
];

test('asks the first endpoint that can be fetched as it is, with the credentials, once', async () => {
  const told = await check({ endpoints: ENDPOINTS, auth: 'bearer' }, '/v1/items', { json: [] });
  assert.deepEqual(told, {
    ...{ result: 'ok', request: 'GET /items', status: 200, category: null, message: '' },
  });
  assert.deepEqual(
    api.requests.map(({ method, target, headers }) => [method, target, headers['authorization']]),
    [['GET', '/v1/items?limit=1', 'Bearer s3cret']],
  );
});

test('an endpoint whose method is GET is one that can be asked', async () => {
  const endpoints = [{ name: 'g', path: '/g', method: 'GET' }, ...ENDPOINTS];
  const { request } = await check({ endpoints }, '/v1/g', { json: {} });
  assert.equal(request, 'GET /g');
});

test('a person waits no longer than 15 s, and hears of what should not happen', async () => {
  const asked = async (timeoutSeconds: number) => {
    let timeoutMs = 0;
    const connection = new Connection({
      options: connectionSettings({ timeoutSeconds }),
      auth: { type: 'none' },
      clock: systemClock,
      http: {
        request: (request) => {
          timeoutMs = request.timeoutMs;
          return Promise.reject(new TypeError('unexpected'));
        },
        close: () => Promise.resolve(),
      },
    });
    const context = { clock: systemClock, logger: silentLogger, signal: undefined };
    const { result, category, message } = await checkConnection(connection, context);
    assert.deepEqual([result, category, message], ['failed', 'UNKNOWN', 'unexpected']);
    return timeoutMs;
  };
  assert.deepEqual([await asked(30), await asked(5)], [15_000, 5000]);
});

test('a failure is told once, without the secret and without another try', async () => {
  const told = await check({ endpoints: ENDPOINTS, auth: 'bearer' }, '/v1/items', {
    status: 503,
    text: 'no s3cret',
  });
  assert.deepEqual(told, {
    ...{ result: 'failed', request: 'GET /items', status: 503, category: 'SERVER' },
    message: 'GET /items answered 503: no ***',
  });
  assert.equal(api.requests.length, 1);
});

test('without such an endpoint an answer of the base URL shows that the server is there', async () => {
  const missing = await check({ auth: 'bearer' }, '/v1/', { status: 404 });
  assert.deepEqual([missing.result, missing.status, missing.request], ['reached', 404, 'GET /']);
  const refused = await check({ auth: 'bearer' }, '/v1/', { status: 401 });
  assert.deepEqual([refused.result, refused.category], ['failed', 'AUTH']);
  const broken = await check({ auth: 'bearer' }, '/v1/', { status: 500 });
  assert.deepEqual([broken.result, broken.category], ['failed', 'SERVER']);
  const dead = await check({ baseUrl: 'http://127.0.0.1:9' }, '/', {});
  assert.deepEqual([dead.result, dead.status, dead.category], ['failed', null, 'NETWORK']);
});
