import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bodyRedaction } from '../../../src/ingest/redact-body';
import { rejectedHeaders } from '../../../src/ingest/rejected-headers';
import { findProvider, PROVIDERS } from '../../../src/signature/catalogue';
import { secretHeaders } from '../../../src/signature/locations';
import type { IncomingRequest } from '../../../src/ingest/request';
import { receive } from '../../../src/ingest/receive';
import { setUp, validRequest } from './endpoint-fixture';

const redacted = (id: string, body: string): string => {
  const redact = bodyRedaction(findProvider(id)!.scheme);
  assert.ok(redact !== null, id);
  return redact(Buffer.from(body)).toString();
};

describe('the body that is kept', () => {
  test('has neither the signature nor the secret of its scheme, wherever they are', () => {
    assert.equal(
      redacted('figma', '{"event_type": "PING", "passcode" : "hunter2","n":1e400}'),
      '{"event_type": "PING", "passcode" : "[redacted]","n":1e400}',
    );
    assert.equal(
      redacted('msgraph', '{"value":[{"clientState":"s","id":1},{"x":[],"clientState":"s"}]}'),
      '{"value":[{"clientState":"[redacted]","id":1},{"x":[],"clientState":"[redacted]"}]}',
    );
    assert.equal(
      redacted(
        'mailgun',
        '{"signature":{"token":"t","signature":"abc"},"event-data":{"signature":"x"}}',
      ),
      '{"signature":{"token":"t","signature":"[redacted]"},"event-data":{"signature":"x"}}',
    );
    assert.equal(
      redacted('paddle-classic', 'a=1&p_signature=QUJD%3D&b'),
      'a=1&p_signature=[redacted]&b',
    );
    assert.equal(redacted('paddle-classic', 'p%5Fsignature=QUJD'), 'p%5Fsignature=[redacted]');
    const item = (signature: string) =>
      `{"NotificationRequestItem":{"additionalData":{"hmacSignature":${signature}}}}`;
    assert.equal(
      redacted('adyen', `{"notificationItems":[${item('"a"')},${item('"b"')}]}`),
      `{"notificationItems":[${item('"[redacted]"')},${item('"[redacted]"')}]}`,
    );
  });

  test('is else the same to the byte, however its texts are written', () => {
    const odd =
      '{"\\u0070asscode":"a\\\\\\"","Zoë":"\\"passcode\\":\\"x\\"","passcode":["x"],"a":{"passcode":"x"}}';
    assert.equal(redacted('figma', odd), odd.replace('"a\\\\\\""', '"[redacted]"'));
    const binary = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    assert.deepEqual(bodyRedaction(findProvider('figma')!.scheme)!(binary), binary);
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    assert.equal(redacted('figma', deep), deep);
    const elsewhere = '{"signature":"x","a":{"signature":{"signature":1}}}';
    assert.equal(redacted('mailgun', elsewhere), elsewhere);
  });

  test('is not touched where the signature is in a header', () => {
    assert.equal(bodyRedaction(findProvider('github')!.scheme), null);
  });

  test('is what the flow gets and what is stored', async () => {
    const { scheme } = findProvider('figma')!;
    const setup = setUp({ scheme, secrets: { current: 'hunter2' }, eventType: { json: 'event' } });
    const answer = await receive(
      setup.endpoint,
      validRequest('{"event":"PING","passcode":"hunter2"}'),
      {},
    );
    assert.equal(answer?.status, 200);
    assert.equal(setup.accepted[0]!.event.eventType, 'PING');
    assert.ok(!Buffer.from(setup.accepted[0]!.event.body).includes('hunter2'));
    assert.ok(!JSON.stringify(setup.accepted[0]!.options.parsed).includes('hunter2'));
  });
});

describe('the headers of a refused request', () => {
  const none = { has: () => false };

  test('are kept, with its size, and show no credential', async () => {
    const setup = setUp();
    const request: IncomingRequest = validRequest('{"a":1}', {
      'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
      authorization: 'Bearer hunter2',
      'x-gitlab-token': 'hunter2',
      'user-agent': 'tests',
    });
    assert.equal((await receive(setup.endpoint, request, {}))?.status, 401);
    const [rejection] = setup.rejected;
    assert.deepEqual([rejection!.method, rejection!.bodyBytes], ['POST', 7]);
    assert.deepEqual(rejection!.headers, {
      'content-type': 'application/json',
      'content-length': '7',
      'x-hub-signature-256': '[redacted]',
      authorization: '[redacted]',
      'x-gitlab-token': '[redacted]',
      'user-agent': 'tests',
    });
  });

  test('of a body that was not read: the size that it declares', async () => {
    const setup = setUp({ allowedIps: ['198.51.100.1'] });
    await receive(setup.endpoint, validRequest('{"a":1}'), {});
    assert.equal(setup.rejected[0]!.bodyBytes, 7);
    const chunked = { ...validRequest(), headers: { 'transfer-encoding': 'chunked' } };
    await receive(setup.endpoint, chunked, {});
    assert.equal(setup.rejected[1]!.bodyBytes, null);
  });

  test('of every sender, at whatever endpoint they arrive, hide the signature', () => {
    for (const { id, scheme } of PROVIDERS) {
      const headers = Object.fromEntries(secretHeaders(scheme).map((name) => [name, 'hunter2']));
      assert.ok(!JSON.stringify(rejectedHeaders(headers, none)).includes('hunter2'), id);
    }
    for (const name of ['x-acme-webhook-secret', 'x-api-key', 'x-acme-signature-v2', 'x-sig']) {
      assert.deepEqual(rejectedHeaders({ [name]: 'hunter2' }, none), { [name]: '[redacted]' });
    }
  });

  test('are bounded in number and in length', () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`x-${n}`, 'v']));
    assert.equal(Object.keys(rejectedHeaders(many, none)).length, 60);
    const long = rejectedHeaders({ 'x-a': 'v'.repeat(9_000), ['x'.repeat(101)]: 'v' }, none);
    assert.deepEqual(long, { 'x-a': `${'v'.repeat(500)}\u2026` });
    const large = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`x-${n}`, 'v'.repeat(499)]),
    );
    assert.ok(JSON.stringify(rejectedHeaders(large, none)).length < 10_000);
  });
});
