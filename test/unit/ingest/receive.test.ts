import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { fixedAck } from '../../../src/ingest/acknowledgement';
import type { EndpointSettings } from '../../../src/ingest/endpoint';
import { receive } from '../../../src/ingest/receive';
import type { IncomingRequest } from '../../../src/ingest/request';
import { WebhookError } from '../../../src/shared/errors';
import { genericScheme } from '../../../src/signature/generic';
import { SIGNATURE_DEFAULTS } from '../../../src/signature/options';
import { SECRET, setUp, validRequest, type Setup } from './endpoint-fixture';

async function answerOf(setup: Setup, request: IncomingRequest = validRequest()) {
  const answer = await receive(setup.endpoint, request, {});
  assert.ok(answer !== null);
  return { ...answer, json: answer.body === '' ? null : JSON.parse(answer.body) };
}

describe('a request that is in order', () => {
  test('is stored as what arrived and answered with its id', async () => {
    const setup = setUp();
    const { status, json } = await answerOf(setup, {
      ...validRequest(),
      url: '/hooks/orders?a=1&b=2&b=3',
    });
    const [stored] = setup.accepted;
    assert.equal(status, 200);
    assert.deepEqual(json, {
      status: 'received',
      event_id: stored?.event.id,
      timestamp: new Date(setup.clock.now()).toISOString(),
    });
    const options = { dedup: null, parsed: null, sender: null };
    assert.deepEqual(stored?.options, options, 'parsed when it is delivered');
    assert.equal(Buffer.from(stored?.event.body ?? []).toString(), '{"order":7}');
    assert.deepEqual(stored?.event.request.query, { a: '1', b: ['2', '3'] });
    assert.equal(stored?.event.request.path, '/hooks/orders');
    assert.deepEqual(stored?.event.verification, { scheme: 'hmac', secret: 'current' });
    assert.equal(setup.budget.takenBytes, 0);
    assert.deepEqual(setup.rejected, []);
  });

  test('never carries a secret into the store', async () => {
    const setup = setUp({ redactHeaders: ['X-Internal'] });
    const headers = { cookie: 'a', authorization: 'b', 'x-internal': 'c', 'x-other': 'd' };
    await answerOf(setup, validRequest('{}', headers));
    const stored = setup.accepted[0]!.event.request.headers;
    assert.deepEqual(
      Object.entries(stored)
        .filter(([, value]) => value === '[redacted]')
        .map(([name]) => name),
      ['x-hub-signature-256', 'cookie', 'authorization', 'x-internal'],
    );
    assert.equal(stored['x-other'], 'd');
  });

  test('tells which of two secrets it was signed with', async () => {
    const setup = setUp({ secrets: { current: 'the new one', previous: SECRET } });
    await answerOf(setup);
    assert.equal(setup.accepted[0]?.event.verification?.secret, 'previous');
  });

  test('that was there before is a duplicate', async () => {
    const setup = setUp({ dedup: { json: 'order' } });
    setup.sink = () => Promise.resolve({ kind: 'duplicate', eventId: 'the-first' });
    const { status, json } = await answerOf(setup);
    assert.deepEqual([status, json], [200, { status: 'duplicate', event_id: 'the-first' }]);
    assert.deepEqual(setup.accepted[0]?.options.dedup, { key: '7', windowMs: 1000 });
  });

  test('is answered as configured, else as the provider wants it', async () => {
    const provider = { status: 204, body: '', contentType: '' };
    const accepted = { status: 202, body: '[accepted]', contentType: 'text/plain' };
    const cases = [
      [fixedAck({ status: null, body: '' }, provider), 204, ''],
      [fixedAck({ status: 201, body: '' }, accepted), 201, '[accepted]'],
      [fixedAck({ status: null, body: '{"ok":true}' }, accepted), 202, '{"ok":true}'],
    ] as const;
    for (const [ack, status, body] of cases) {
      const answer = await receive(setUp({ ack }).endpoint, validRequest(), {});
      assert.deepEqual([answer?.status, answer?.body], [status, body]);
    }
    assert.equal((await answerOf(setUp({ ackStatus: 202 }))).status, 202);
  });

  const encoded = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const;
  for (const [coding, encode] of [
    ...Object.entries(encoded),
    ['deflate', deflateRawSync] as const,
  ]) {
    test(`in ${coding} (${encode.name}) is decoded after its bytes were verified`, async () => {
      const setup = setUp();
      const bytes = encode('{"packed":1}');
      await answerOf(setup, validRequest(bytes, { 'content-encoding': coding }));
      assert.deepEqual(setup.accepted[0]?.options.parsed, { payload: { packed: 1 } });
      assert.deepEqual(setup.accepted[0]?.event.body, bytes);
    });
  }
});

interface Broken {
  readonly name: string;
  readonly settings?: Partial<EndpointSettings>;
  readonly request?: IncomingRequest;
  readonly status: number;
  readonly cause: string;
  readonly detail: string;
  readonly retryAfter?: string;
}

const withoutSignature = validRequest('{}', { 'x-hub-signature-256': ' ' });
const oneThingBroken: readonly Broken[] = [
  {
    name: 'a disabled endpoint',
    settings: { enabled: false },
    status: 503,
    cause: 'disabled',
    detail: 'Endpoint disabled',
  },
  {
    name: 'an address that is not allowed',
    settings: { allowedIps: ['198.51.100.0/24', '2001:db8::/32'] },
    status: 403,
    cause: 'address',
    detail: 'Forbidden',
  },
  {
    name: 'a body over the limit',
    request: validRequest('x'.repeat(1001)),
    status: 413,
    cause: 'body-too-large',
    detail: 'Request body too large',
  },
  {
    name: 'no signature',
    request: withoutSignature,
    status: 401,
    cause: 'missing-signature',
    detail: 'Missing signature header: X-Hub-Signature-256',
  },
  {
    name: 'the signature of another body',
    request: { ...validRequest('{}'), body: Buffer.from('{"a":1}') },
    status: 401,
    cause: 'invalid-signature',
    detail: 'Invalid signature',
  },
  {
    name: 'no secret',
    settings: { secrets: null },
    status: 401,
    cause: 'no-secret',
    detail: 'Invalid signature',
  },
  {
    name: 'an empty secret',
    settings: { secrets: { current: '' } },
    status: 401,
    cause: 'no-secret',
    detail: 'Invalid signature',
  },
  {
    name: 'a secret that is a variable that nobody set',
    settings: { secrets: { current: '${NAME}' } },
    status: 401,
    cause: 'no-secret',
    detail: 'Invalid signature',
  },
  {
    name: 'a content-encoding that is not known',
    request: validRequest('{}', { 'content-encoding': 'compress' }),
    status: 415,
    cause: 'content-encoding-unsupported',
    detail: 'Unsupported content encoding',
  },
  {
    name: 'a body that is not what its encoding says',
    request: validRequest('{}', { 'content-encoding': 'gzip' }),
    status: 400,
    cause: 'content-encoding-corrupt',
    detail: 'Invalid content encoding',
  },
  {
    name: 'a small body that becomes a large one',
    request: validRequest(gzipSync('x'.repeat(10_001)), { 'content-encoding': 'gzip' }),
    status: 413,
    cause: 'content-encoding-too-large',
    detail: 'Request body too large',
  },
];

describe('one thing broken', () => {
  for (const { name, settings, request, status, cause, detail } of oneThingBroken) {
    test(`${name}: ${status}, nothing is stored`, async () => {
      const setup = setUp(settings);
      const answer = await answerOf(setup, request);
      assert.deepEqual([answer.status, answer.json], [status, { detail }]);
      assert.deepEqual(setup.accepted, []);
      assert.deepEqual(
        setup.rejected.map((rejection) => [rejection.status, rejection.cause]),
        [[status, cause]],
      );
      assert.equal(setup.budget.takenBytes, 0);
      assert.ok(!setup.logged.some((line) => line.startsWith('error') || line.includes(SECRET)));
    });
  }

  test('the checks come in their order', async () => {
    const settings = { enabled: false, allowedIps: ['198.51.100.1'], secrets: null };
    const request = { ...validRequest('x'.repeat(1001)), remoteAddress: '203.0.113.1' };
    const steps: [Partial<EndpointSettings>, IncomingRequest][] = [
      [settings, request],
      [{ ...settings, enabled: true }, request],
      [{ secrets: null }, request],
      [{ secrets: null }, validRequest()],
      [{}, validRequest()],
    ];
    const statuses = [];
    for (const [changes, sent] of steps)
      statuses.push((await answerOf(setUp(changes), sent)).status);
    assert.deepEqual(statuses, [503, 403, 413, 401, 200]);
  });

  test('a store that cannot store: 503 with Retry-After, so that the sender tries again', async () => {
    for (const [code, level] of [
      ['store-busy', 'debug'],
      ['store-unavailable', 'error'],
    ] as const) {
      const setup = setUp();
      setup.sink = () => Promise.reject(new WebhookError(code, 'no room'));
      const { status, headers, json } = await answerOf(setup);
      assert.deepEqual([status, json], [503, { detail: 'Service Unavailable' }]);
      assert.ok(Number(headers['retry-after']) > 0);
      assert.ok(setup.logged[0]?.startsWith(level), setup.logged[0]);
    }
  });

  test('too many bytes in memory at once: 503', async () => {
    const setup = setUp({}, 5);
    const { status } = await answerOf(setup);
    assert.equal(status, 503);
    assert.equal(setup.rejected[0]?.cause, 'overloaded');
  });

  test('the rate limit counts verified requests only, and says when to come back', async () => {
    const setup = setUp({ rateLimit: 2 });
    const statuses = [];
    for (const request of [withoutSignature, validRequest(), validRequest(), validRequest()])
      statuses.push((await answerOf(setup, request)).status);
    assert.deepEqual(statuses, [401, 200, 200, 429]);
    setup.clock.advance(500);
    assert.equal((await answerOf(setup)).status, 200);
    assert.equal((await answerOf(setup)).headers['retry-after'], '1');
  });

  test('a token in two Authorization headers, of which Node.js shows one, is refused', async () => {
    const { createHmac } = await import('node:crypto');
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const head = `${part({ alg: 'HS256' })}.${part({ sub: 'x' })}`;
    const secret = 'a secret of more than 32 characters, for HS256';
    const token = `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
    const scheme = genericScheme({ ...SIGNATURE_DEFAULTS, signatureType: 'jwt' });
    const request = validRequest('{}', { authorization: `Bearer ${token}` });
    const twice = { ...request, rawHeaders: [...request.rawHeaders, 'Authorization', 'Bearer x'] };
    const settings = { scheme, secrets: { current: secret } };
    assert.equal((await answerOf(setUp(settings), request)).status, 200);
    assert.equal((await answerOf(setUp(settings), twice)).status, 401);
  });

  test('a flood of refused requests is counted, not kept', async () => {
    const setup = setUp();
    for (let sent = 0; sent < 100; sent++) await answerOf(setup, withoutSignature);
    assert.equal(setup.rejected.length, 20);
    assert.equal(setup.logged.length, 1);
    setup.clock.advance(1000);
    await answerOf(setup, withoutSignature);
    assert.match(setup.rejected.at(-1)?.detail ?? '', /80 more/);
  });
});
