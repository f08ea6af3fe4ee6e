import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { buildMessage } from '../../../src/events/message';
import { parsePayload } from '../../../src/events/payload';

const LIMITS = { maxDecodedBytes: 1000 };

function parse(body: string | Buffer, contentType?: string, coding?: string): unknown {
  const headers = {
    ...(contentType !== undefined && { 'content-type': contentType }),
    ...(coding !== undefined && { 'content-encoding': coding }),
  };
  return parsePayload(Buffer.from(body), headers, LIMITS);
}

describe('the payload of a body', () => {
  const cases: [name: string, body: string | Buffer, contentType: string | undefined, unknown][] = [
    ['JSON', '{"a":[1]}', 'application/json', { a: [1] }],
    ['JSON of a vendor, in any case', '[1]', 'Application/VND.x+JSON; charset=UTF-8', [1]],
    ['JSON with a byte order mark', '\ufeff{"a":1}', 'application/json', { a: 1 }],
    ['JSON in UTF-16', Buffer.from('[1]', 'utf16le'), 'application/json; charset="utf-16le"', [1]],
    ['what is no JSON', '{"a":', 'application/json', '{"a":'],
    ['text', 'a=b', 'text/plain', 'a=b'],
    ['text in Latin 1', Buffer.from([0xe9]), 'text/plain; charset=iso-8859-1', '\u00e9'],
    ['text in an unknown charset', '\u00e9', 'text/plain; charset=klingon', '\u00e9'],
    ['bytes that are no text', Buffer.from([0xff]), 'text/plain', '\ufffd'],
    ['XML', '<a/>', 'application/soap+xml', '<a/>'],
    [
      'a form',
      'a=1&b=x+%C3%A9&a=2',
      'application/x-www-form-urlencoded',
      { a: ['1', '2'], b: 'x \u00e9' },
    ],
    ['anything else', 'x', 'image/png', Buffer.from('x')],
    ['a body without a type', 'x', undefined, Buffer.from('x')],
    ['nothing', '', 'application/json', null],
  ];
  for (const [name, body, contentType, expected] of cases) {
    test(name, () => assert.deepEqual(parse(body, contentType), expected));
  }

  test('multipart: fields and files; what is none stays bytes', async () => {
    const body = [
      '--B',
      'Content-Disposition: form-data; name="a"',
      '',
      '1',
      '--B',
      'Content-Disposition: form-data; name="f"; filename="x.bin"',
      'Content-Type: application/x-thing',
      '',
      '\u0001',
      '--B--',
      '',
    ].join('\r\n');
    assert.deepEqual(await parse(body, 'multipart/form-data; boundary=B'), {
      a: '1',
      f: { filename: 'x.bin', contentType: 'application/x-thing', data: Buffer.from([1]) },
    });
    assert.deepEqual(await parse('x', 'multipart/form-data; boundary=B'), Buffer.from('x'));
  });

  test('hostile keys stay properties of their own', () => {
    const type = 'application/x-www-form-urlencoded';
    for (const payload of [
      parse('{"__proto__":{"a":1}}', 'application/json'),
      parse('__proto__=1', type),
    ]) {
      assert.equal(Object.getPrototypeOf(payload), Object.prototype);
      assert.deepEqual(Object.keys(payload as object), ['__proto__']);
    }
  });

  test('content codings are undone in their order, and no further than the limit', async () => {
    const twice = gzipSync(gzipSync('[1]'));
    assert.deepEqual(await parse(twice, 'application/json', 'gzip, GZIP'), [1]);
    await assert.rejects(async () => parse(gzipSync('x'.repeat(1001)), 'text/plain', 'gzip'), {
      problem: 'too-large',
    });
    await assert.rejects(async () => parse('x', 'text/plain', 'gzip'), { problem: 'corrupt' });
    await assert.rejects(async () => parse('x', 'text/plain', 'constructor'), {
      problem: 'unsupported',
    });
    await assert.rejects(async () => parse('x', 'text/plain', 'br,br,br'), {
      problem: 'unsupported',
    });
  });
});

test('a message has headers in req only, and the raw bytes only where they are asked for', () => {
  const event = {
    id: 'id',
    endpoint: '/x',
    name: 'x',
    provider: 'none',
    eventType: null,
    deliveryId: null,
    receivedAtMs: 0,
    verification: null,
    request: {
      method: 'POST',
      url: '/x?a=1',
      path: '/x',
      params: {},
      query: { a: '1' },
      headers: { h: 'v' },
      ip: '::1',
    },
    body: Buffer.from([0xff]),
    replayOf: null,
    edited: false,
    test: false,
    attempt: 2,
    redelivered: true,
  };
  const { body, request, receivedAtMs, ...rest } = event;
  const webhook = { ...rest, receivedAt: '1970-01-01T00:00:00.000Z' };
  assert.equal(receivedAtMs, 0);
  assert.deepEqual(buildMessage(event, 7, { includeRawBody: false }), {
    payload: 7,
    req: request,
    webhook,
  });
  assert.deepEqual(buildMessage(event, 7, { includeRawBody: true }).webhook.rawBody, body);
});
