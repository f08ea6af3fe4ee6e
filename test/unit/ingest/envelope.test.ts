import assert from 'node:assert/strict';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { receive } from '../../../src/ingest/receive';
import type { IncomingRequest } from '../../../src/ingest/request';
import { findProvider } from '../../../src/signature/catalogue';
import { envelopeOpener } from '../../../src/signature/envelope';
import { setUp } from './endpoint-fixture';

const ENVELOPE = { json: 'encrypt', alg: 'aes-256-cbc', key: 'sha256' } as const;
const KEY = 'an encrypt key';
const TOKEN = 'a verification token';

/** As the documentation of Lark has it; not our own code. */
function sealed(message: unknown, key = KEY): Buffer {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', createHash('sha256').update(key).digest(), iv);
  const bytes = Buffer.concat([iv, cipher.update(JSON.stringify(message)), cipher.final()]);
  return Buffer.from(JSON.stringify({ encrypt: bytes.toString('base64') }));
}

function request(body: Buffer, signingKey: string | null): IncomingRequest {
  const [timestamp, nonce] = ['1700000000', 'n0nce'];
  const signature = createHash('sha256')
    .update(timestamp + nonce + (signingKey ?? ''))
    .update(body)
    .digest('hex');
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ...(signingKey !== null && {
      'x-lark-request-timestamp': timestamp,
      'x-lark-request-nonce': nonce,
      'x-lark-signature': signature,
    }),
  };
  const rawHeaders = Object.entries(headers).flat();
  const url = '/hooks/orders';
  return { method: 'POST', url, headers, rawHeaders, remoteAddress: '192.0.2.7', body };
}

function lark() {
  const { scheme, handshakes, envelope, deliveryId, eventType } = findProvider('lark')!;
  const secrets = { current: KEY, previous: 'the key before' };
  const settings = { verificationToken: TOKEN };
  return setUp({
    scheme,
    handshakes,
    envelope: envelope!,
    deliveryId,
    eventType,
    secrets,
    settings,
  });
}

const EVENT = {
  schema: '2.0',
  header: { event_id: 'e1', event_type: 'im.message' },
  event: { n: 1 },
};

describe('a body that is encrypted with the secret', () => {
  test('is opened: the example of the documentation', () => {
    const text = 'P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=';
    const open = envelopeOpener(ENVELOPE, { current: 'test key' });
    // It says "hello world": decrypted, and no message.
    assert.equal(open(Buffer.from(JSON.stringify({ encrypt: text }))), null);
    const message = { a: 'hello world' };
    assert.deepEqual(JSON.parse(open(sealed(message, 'test key'))!.toString()), message);
  });

  test('is verified as it came, and delivered as it was meant', async () => {
    for (const key of [KEY, 'the key before']) {
      const setup = lark();
      const answer = await receive(setup.endpoint, request(sealed(EVENT, key), key), {});
      assert.equal(answer?.status, 200);
      const { event } = setup.accepted[0]!;
      assert.deepEqual(JSON.parse(Buffer.from(event.body).toString()), EVENT);
      assert.deepEqual([event.deliveryId, event.eventType], ['e1', 'im.message']);
    }
  });

  test('is refused without a signature, with that of another key, and where it does not open', async () => {
    const damaged = Buffer.from(JSON.stringify({ encrypt: randomBytes(64).toString('base64') }));
    const odd = Buffer.from(JSON.stringify({ encrypt: 'no base64 at all!' }));
    const bad: [Buffer, string | null][] = [
      [sealed(EVENT), null],
      [sealed(EVENT), 'another key'],
      [sealed(EVENT, 'another key'), KEY],
      [damaged, KEY],
      [odd, KEY],
      [sealed('no object'), KEY],
    ];
    for (const [body, key] of bad) {
      const setup = lark();
      assert.equal((await receive(setup.endpoint, request(body, key), {}))?.status, 401);
      assert.deepEqual(setup.accepted, []);
    }
  });

  test('may be a handshake, which has the token and is not signed', async () => {
    const probe = { type: 'url_verification', challenge: 'c1', token: TOKEN };
    const setup = lark();
    const answer = await receive(setup.endpoint, request(sealed(probe), null), {});
    assert.deepEqual([answer?.status, JSON.parse(answer!.body)], [200, { challenge: 'c1' }]);
    const wrong = sealed({ ...probe, token: 'x' });
    assert.equal((await receive(setup.endpoint, request(wrong, null), {}))?.status, 403);
    assert.deepEqual(setup.accepted, []);
  });

  test('may also come as it is', async () => {
    const setup = lark();
    const body = Buffer.from(JSON.stringify(EVENT));
    assert.equal((await receive(setup.endpoint, request(body, KEY), {}))?.status, 200);
  });
});
