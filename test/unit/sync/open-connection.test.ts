import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../src/shared/clock';
import { silentLogger } from '../../../src/shared/logger';
import { fetchData } from '../../../src/sync/pages';
import { openConnection, type ConnectionHost } from '../../../src/sync/open-connection';
import { MockApi } from '../../support/mock-api';
import { connectionSettings, type Settings } from './connection-settings';

const cert = readFileSync('test/fixtures/sync/tls/cert.pem', 'utf8');
const key = readFileSync('test/fixtures/sync/tls/key.pem', 'utf8');

let api: MockApi;
before(async () => {
  api = await MockApi.start([{ path: '/x', responses: [{ json: { ok: 1 } }] }]);
});
after(() => api.stop());

async function get(change: Partial<Settings>, host: Partial<ConnectionHost> = {}, secrets = {}) {
  const settings = connectionSettings({ endpoints: [{ name: 'x', path: '/x' }], ...change });
  const { connection, close } = openConnection(settings, secrets, {
    clock: systemClock,
    environment: () => undefined,
    tls: {},
    onRefreshToken: () => undefined,
    ...host,
  });
  try {
    const context = { clock: systemClock, logger: silentLogger, signal: undefined };
    return await fetchData(connection, 'x', {}, context);
  } finally {
    await close();
  }
}

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

const variables = (values: Record<string, string>) => ({
  environment: (name: string) => values[name],
});

test('variables are replaced in the URL, headers, parameters, paths and secrets', async () => {
  api.requests.length = 0;
  const { port } = new URL(api.url);
  await get(
    {
      baseUrl: 'http://${HOST}/',
      auth: 'bearer',
      defaultHeaders: [{ name: 'X-Team', value: 'team-${TEAM}' }],
      endpoints: [{ name: 'x', path: '/${PATH_X}', params: { q: ['${TEAM}', 1] } }],
    },
    variables({ HOST: `127.0.0.1:${port}`, TEAM: 'blue', PATH_X: 'x', TOKEN: 't0ken' }),
    { token: 'pre-${TOKEN}' },
  );
  const [request] = api.requests;
  assert.deepEqual(request?.query, [
    ['q', 'blue'],
    ['q', '1'],
  ]);
  assert.equal(request?.headers['x-team'], 'team-blue');
  assert.equal(request?.headers.authorization, 'Bearer pre-t0ken');
});

test('a variable that is not set fails closed, in settings and in secrets', async () => {
  api.requests.length = 0;
  await assert.rejects(get({ baseUrl: 'http://${NOPE}/' }), {
    category: 'VALIDATION',
    permanent: true,
    message: /`NOPE`/,
  });
  await assert.rejects(get({ baseUrl: api.url, auth: 'bearer' }, {}, { token: 'a${NOPE}' }), {
    category: 'AUTH',
    permanent: true,
    message: /`NOPE`/,
  });
  await assert.rejects(get({ baseUrl: '${URL}' }, variables({ URL: 'javascript:1' })), {
    category: 'VALIDATION',
  });
  assert.equal(api.requests.length, 0);
});

test('certificates of the TLS configuration are used, and nothing less', async () => {
  const server = createTlsServer(
    { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      const authorized = 'authorized' in request.socket && request.socket.authorized;
      response.end(JSON.stringify({ authorized }));
    },
  );
  const baseUrl = `https://localhost:${await listening(server)}`;
  try {
    assert.deepEqual(await get({ baseUrl }, { tls: { ca: cert, cert, key } }), {
      authorized: true,
    });
    await assert.rejects(get({ baseUrl }), { category: 'NETWORK' });
    await assert.rejects(get({ baseUrl }, { tls: { cert, key } }), { category: 'NETWORK' });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

/** Forwards plain requests, and tunnels to wherever it is asked to: names lead to loopback. */
async function startProxy(port: string) {
  const seen: string[] = [];
  const proxy = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
    const { pathname } = new URL(request.url ?? '');
    httpRequest({ host: '127.0.0.1', port, path: pathname }, (answer) => {
      answer.pipe(response);
    }).end();
  });
  proxy.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url}`);
    const target = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  return { seen, proxy, url: `127.0.0.1:${await listening(proxy)}` };
}

test('requests go through the proxy of the environment', async () => {
  const { seen, proxy, url } = await startProxy(new URL(api.url).port);
  const environment = variables({ HTTP_PROXY: `http://us%40er:pw@${url}` });
  const allowPrivateNetwork = false;
  assert.deepEqual(await get({ baseUrl: 'http://api.example', allowPrivateNetwork }, environment), {
    ok: 1,
  });
  const basic = Buffer.from('us@er:pw').toString('base64');
  assert.deepEqual(seen, [`GET http://api.example/x Basic ${basic}`]);
  for (const host of ['127.0.0.1', 'localhost', 'nas.local', '[::1]']) {
    await assert.rejects(get({ baseUrl: `http://${host}`, allowPrivateNetwork }, environment), {
      category: 'VALIDATION',
      message: /Allow private network/,
    });
  }
  assert.equal(seen.length, 1);
  proxy.closeAllConnections();
  proxy.close();
});

test('encrypted requests are tunnelled', async () => {
  const server = createTlsServer({ cert, key }, (_, response) => response.end('{"tls":1}'));
  const { seen, proxy, url } = await startProxy(String(await listening(server)));
  const answer = await get(
    { baseUrl: 'https://api.example' },
    { ...variables({ https_proxy: url }), tls: { ca: cert, servername: 'localhost' } },
  );
  assert.deepEqual([answer, seen], [{ tls: 1 }, ['CONNECT api.example:443']]);
  for (const each of [proxy, server]) {
    each.closeAllConnections();
    each.close();
  }
});

test('an answer beyond the limit is not read', async () => {
  api.routes = [{ path: '/x', responses: [{ text: JSON.stringify('x'.repeat(2_000_000)) }] }];
  await assert.rejects(get({ baseUrl: api.url, maxResponseMb: 1 }), {
    category: 'VALIDATION',
    message: /too large/,
  });
});

test('a JSON Schema that is none is told when the connection is opened', async () => {
  const endpoints = [{ name: 'x', path: '/x', responseSchema: { type: 'nope' } }];
  await assert.rejects(get({ baseUrl: api.url, endpoints }), {
    category: 'VALIDATION',
    message: /^Endpoint `x`: the JSON Schema/,
  });
});
