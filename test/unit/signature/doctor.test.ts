import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { findProvider } from '../../../src/signature/catalogue';
import { diagnose } from '../../../src/signature/doctor';
import type { HmacScheme } from '../../../src/signature/scheme';
import { signedRequest } from './requests';

const SECRET = 'whsec_c2VjcmV0IGZvciB0ZXN0cw==';
const BODY = '{ "id": 7, "name": "Zo\u00eb" }';
const scheme: HmacScheme = {
  scheme: 'hmac',
  alg: 'sha256',
  sig: { header: 'X-Signature', prefix: 'sha256=', enc: 'hex' },
  msg: '{body}',
};
const mac = (body: string | Buffer, key: string | Buffer = SECRET, alg = 'sha256') =>
  createHmac(alg, key).update(body).digest();

function told(
  signature: string,
  { secret = SECRET, header = 'x-signature', of = scheme, body = BODY } = {},
): string | null {
  const request = signedRequest({ [header]: signature, 'x-other': 'text' }, body);
  return diagnose(of, { current: secret }, request, { now: () => 0 });
}

const hex = (bytes: Buffer) => `sha256=${bytes.toString('hex')}`;
const parsed = JSON.parse(BODY) as unknown;

describe('the doctor names the one change with which a signature would match', () => {
  const cases: readonly [string, string | null, RegExp | null][] = [
    ['body without spaces', told(hex(mac(JSON.stringify(parsed)))), /serialised again/],
    [
      'body as Python writes it',
      told(hex(mac('{"id": 7, "name": "Zo\u00eb"}'))),
      /serialised again/,
    ],
    ['body with escapes', told(hex(mac('{"id":7,"name":"Zo\\u00eb"}'))), /serialised again/],
    ['body with a line break', told(hex(mac(`${BODY}\n`))), /with a line break at its end/],
    ['no body', told(hex(mac(''))), /an empty body/],
    ['sha1', told(hex(mac(BODY, SECRET, 'sha1'))), /the algorithm sha1/],
    ['sha512', told(hex(mac(BODY, SECRET, 'sha512'))), /the algorithm sha512/],
    ['base64', told(`sha256=${mac(BODY).toString('base64')}`), /read as base64/],
    ['no prefix', told(mac(BODY).toString('hex')), /another prefix/],
    ['other header', told(hex(mac(BODY)), { header: 'x-hub-signature-256' }), /header x-hub-sig/],
    ['secret with spaces', told(hex(mac(BODY)), { secret: ` ${SECRET}\n` }), /white space/],
    ['secret in quotes', told(hex(mac(BODY)), { secret: `"${SECRET}"` }), /quotation marks/],
    ['secret without prefix', told(hex(mac(BODY, SECRET.slice(6)))), /without its prefix/],
    ['secret lacks prefix', told(hex(mac(BODY)), { secret: SECRET.slice(6) }), /with whsec_/],
    [
      'secret is base64',
      told(hex(mac(BODY, Buffer.from('secret for tests'))), { secret: SECRET.slice(6) }),
      /decoded from base64/,
    ],
    ['another secret', told(hex(mac(BODY, 'other'))), null],
    ['two changes', told(mac(BODY, ' other').toString('hex')), null],
  ];
  for (const [name, result, expected] of cases) {
    it(name, () => {
      if (expected === null) assert.equal(result, null);
      else assert.match(result ?? 'nothing', expected);
    });
  }

  it('of a URL that a proxy changed', () => {
    const request = signedRequest(
      {
        'x-square-hmacsha256-signature': createHmac('sha256', SECRET)
          .update(`https://hooks.example.com/in${BODY}`)
          .digest('base64'),
      },
      BODY,
    );
    const seen = { ...request, url: 'http://hooks.example.com/in' };
    const square = findProvider('square')!.scheme;
    const result = diagnose(square, { current: SECRET }, seen, { now: () => 0 });
    assert.match(result ?? '', /the public URL/);
  });

  it('whatever the time of signing', () => {
    const signed = createHmac('sha256', SECRET).update(`5.${BODY}`).digest('hex');
    const stripe = findProvider('stripe')!.scheme;
    const request = signedRequest({ 'stripe-signature': `t=5,v1=${signed}` }, BODY);
    const secrets = { current: ` ${SECRET}` };
    const now = () => 1_767_225_600_000;
    assert.match(diagnose(stripe, secrets, request, { now }) ?? '', /white space/);
  });
});

it('reveals neither the secret nor a signature, and looks at no large body', () => {
  const large = 'x'.repeat(262_145);
  assert.equal(told(hex(mac(large)), { body: large, secret: ` ${SECRET}` }), null);
  for (const secret of [` ${SECRET}`, `"${SECRET}"`, SECRET.slice(6)]) {
    const text = told(hex(mac(BODY)), { secret }) ?? '';
    assert.ok(text.length > 0 && !text.includes(SECRET.slice(6)), text);
    assert.ok(!text.includes(mac(BODY).toString('hex')));
  }
});
