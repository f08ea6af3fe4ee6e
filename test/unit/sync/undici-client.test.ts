import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { systemClock, type Clock } from '../../../src/shared/clock';
import type { HttpRequest } from '../../../src/sync/http-client';
import { createHttpClient, type HttpClientOptions } from '../../../src/sync/undici-client';
import { createFakeClock } from '../../support/fake-clock';
import { HeldApi } from '../../support/held-api';
import { MockApi, type MockResponse } from '../../support/mock-api';

let api: MockApi;
before(async () => {
  api = await MockApi.start();
});
after(() => api.stop());

function client(options: Partial<HttpClientOptions> = {}) {
  const defaults = { origin: api.url, allowPrivateNetwork: true, clock: systemClock };
  return createHttpClient({ ...defaults, ...options });
}

function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'GET',
    url: new URL(url),
    headers: {},
    body: null,
    timeoutMs: 10_000,
    signal: undefined,
    ...more,
  };
}

function answers(...responses: MockResponse[]): void {
  api.requests.length = 0;
  api.routes = [{ path: '/x', responses }];
}

/** Time that only a test moves. */
function manualClock(): Clock & { fire(): void } {
  const callbacks = new Set<() => void>();
  return {
    now: () => 0,
    after: (_ms, callback) => {
      callbacks.add(callback);
      return { cancel: () => void callbacks.delete(callback) };
    },
    fire: () => callbacks.forEach((callback) => callback()),
  };
}

test('answers with status, headers in lower case and the text', async () => {
  answers({ status: 418, headers: { 'X-A': '1' }, text: 'é' });
  const http = client();
  const answer = await http.request(get(`${api.url}/x?q=1`, { method: 'POST', body: '{}' }));
  assert.equal(answer.status, 418);
  assert.equal(answer.headers.get('x-a'), '1');
  assert.deepEqual(answer.body, { complete: true, text: 'é' });
  assert.equal(api.requests[0]?.target, '/x?q=1');
  await http.close();
});

test('does not follow redirects', async () => {
  answers({ status: 302, headers: { Location: '/y' } });
  const http = client();
  assert.equal((await http.request(get(`${api.url}/x`))).status, 302);
  assert.equal(api.requests.length, 1);
  await http.close();
});

test('ends an attempt at its time-out, and one that was ended from outside', async () => {
  answers({ hang: true });
  const clock = manualClock();
  const http = client({ clock });
  const late = http.request(get(`${api.url}/x`));
  await api.arrived(1);
  clock.fire();
  await assert.rejects(late, { category: 'TIMEOUT', message: 'no answer within 10 s' });

  const controller = new AbortController();
  const ended = http.request(get(`${api.url}/x`, { signal: controller.signal }));
  await api.arrived(2);
  controller.abort();
  await assert.rejects(ended, { category: 'UNKNOWN', permanent: false });
  await assert.rejects(http.request(get(`${api.url}/x`, { signal: controller.signal })));
  assert.equal(api.requests.length, 2, 'nothing is sent with a signal that has fired');
  await http.close();
});

test('an answer that stops after its head still tells the status', async () => {
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\nabc');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const http = client({ origin });
  const answer = await http.request(get(`${origin}/x`, { timeoutMs: 200 }));
  assert.deepEqual([answer.status, answer.body], [201, { complete: false, reason: 'timeout' }]);
  await http.close();
  server.close();
});

test('reads no more of an answer than the limit', async () => {
  answers({ text: 'x'.repeat(1001) });
  const http = client({ maxAnswerBytes: 1000 });
  const { body } = await http.request(get(`${api.url}/x`));
  assert.deepEqual(body, { complete: false, reason: 'too-large' });
  await http.close();
});

test('a refused connection is a network error', async () => {
  const http = client({ origin: 'http://127.0.0.1:9' });
  await assert.rejects(http.request(get('http://127.0.0.1:9/')), {
    category: 'NETWORK',
    message: 'the connection failed (ECONNREFUSED)',
    permanent: false,
  });
  await http.close();
});

test('private addresses are refused, with the box to tick', async () => {
  answers({ json: 1 });
  const { port } = new URL(api.url);
  for (const host of ['127.0.0.1', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost']) {
    const { origin } = new URL(`http://${host}:${port}`);
    const http = client({ origin, allowPrivateNetwork: false });
    await assert.rejects(http.request(get(`${origin}/x`)), {
      category: 'VALIDATION',
      permanent: true,
      message: /tick "Allow private network addresses"/,
    });
    await http.close();
  }
  assert.equal(api.requests.length, 0);
});

test('a name is resolved once: the address that was checked is connected to', async () => {
  answers({ json: 1 });
  const resolved: LookupAddress[][] = [
    [
      { address: '10.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ],
  ];
  const http = client({
    origin: 'http://api.example',
    allowPrivateNetwork: false,
    resolve: (_host, callback) => callback(null, resolved.shift()!),
  });
  await assert.rejects(http.request(get('http://api.example/')), { category: 'VALIDATION' });
  assert.equal(resolved.length, 0, 'one look-up for one connection');
  await http.close();
});

test('a name that does not resolve is a network error', async () => {
  const http = client({
    origin: 'http://api.example',
    allowPrivateNetwork: false,
    resolve: (_host, callback) => {
      callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    },
  });
  await assert.rejects(http.request(get('http://api.example/')), {
    category: 'NETWORK',
    message: /ENOTFOUND/,
  });
  await http.close();
});

test('refuses another server than its own', async () => {
  const http = client();
  await assert.rejects(async () => http.request(get('http://api.example/')), {
    category: 'VALIDATION',
  });
  await http.close();
});

test('closing lets running requests end, and takes no more of them', async (t) => {
  const held = await HeldApi.start();
  t.after(() => held.stop());
  const http = client({ origin: held.url });
  const running = http.request(get(`${held.url}/x`));
  await held.arrived('/x');
  const closed = http.close();
  await assert.rejects(http.request(get(`${held.url}/x`)), { category: 'NETWORK' });
  held.answer('/x');
  assert.equal((await running).status, 200);
  await closed;
});

test('closing cuts what is still running after 10 s', async () => {
  answers({ hang: true });
  const clock = createFakeClock();
  const http = client({ clock });
  const request = get(`${api.url}/x`, { timeoutMs: 60_000 });
  const running = assert.rejects(http.request(request), { category: 'NETWORK' });
  await api.arrived(1);
  const closed = http.close();
  clock.advance(10_000);
  await Promise.all([running, closed]);
});
