import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { it } from 'node:test';
import fc from 'fast-check';
import { decodeSignature } from '../../../src/signature/decode';
import { validateScheme } from '../../../src/signature/validate-scheme';
import { type HmacScheme, SIGNATURE_ENCODINGS } from '../../../src/signature/scheme';
import { createVerifier } from '../../../src/signature/verify';
import { at, outcome, signedRequest, sync } from './requests';

const encoding = fc.constantFrom(...SIGNATURE_ENCODINGS);
const bytes = (minLength: number) => fc.uint8Array({ minLength, maxLength: 200 });

const schemeOf = (enc: HmacScheme['sig']['enc']): HmacScheme => ({
  scheme: 'hmac',
  alg: 'sha256',
  sig: { header: 'X-Signature', enc },
  msg: '{body}',
});

function verdictOf(enc: HmacScheme['sig']['enc'], signature: string, body: Uint8Array): string {
  const verifier = createVerifier(schemeOf(enc), { current: 'secret' }, at(0));
  return outcome(sync(verifier.verify(signedRequest({ 'x-signature': signature }, body))));
}

it('refuses every change of one byte of the body', () => {
  fc.assert(
    fc.property(bytes(1), fc.nat(), fc.integer({ min: 1, max: 255 }), (body, at, flip) => {
      const signature = createHmac('sha256', 'secret').update(body).digest('hex');
      assert.equal(verdictOf('hex', signature, body), 'ok');
      const changed = Uint8Array.from(body);
      changed[at % body.length]! ^= flip;
      assert.equal(verdictOf('hex', signature, changed), 'invalid-signature');
    }),
  );
});

it('refuses every change of one character of the signature, but for the case of hex', () => {
  const character = fc.string({ minLength: 0, maxLength: 1, unit: 'binary' });
  fc.assert(
    fc.property(encoding, bytes(0), fc.nat(), character, (enc, body, at, other) => {
      const signature = createHmac('sha256', 'secret').update(body).digest(enc);
      const where = at % signature.length;
      const old = signature[where]!;
      fc.pre(enc === 'hex' ? other.toLowerCase() !== old : other !== old);
      const changed = signature.slice(0, where) + other + signature.slice(where + 1);
      assert.equal(verdictOf(enc, signature, body), 'ok');
      assert.equal(verdictOf(enc, changed, body), 'invalid-signature');
    }),
    { numRuns: 500 },
  );
});

it('decodes what it encodes', () => {
  fc.assert(
    fc.property(encoding, bytes(1), (enc, data) => {
      const text = Buffer.from(data).toString(enc);
      assert.deepEqual(decodeSignature(text, enc), Buffer.from(data));
      if (enc === 'hex') {
        assert.deepEqual(decodeSignature(text.toUpperCase(), enc), Buffer.from(data));
      }
    }),
  );
});

it('decodes nothing but the one encoding of the bytes', () => {
  const nearly = fc.stringMatching(/^[A-Za-z0-9+/=_\-. \uff41]{0,12}$/);
  fc.assert(
    fc.property(encoding, nearly, (enc, text) => {
      const decoded = decodeSignature(text, enc);
      if (decoded === null) return;
      const canonical = enc === 'hex' ? text.toLowerCase() : text;
      assert.equal(decoded.toString(enc), canonical);
      assert.ok(decoded.length > 0);
    }),
    { numRuns: 2000 },
  );
});

for (const [enc, text] of [
  ['hex', ''],
  ['hex', 'abc'],
  ['hex', '0xab'],
  ['hex', 'ab '],
  ['hex', '\uff41b'],
  ['base64', ''],
  ['base64', 'YQ'],
  ['base64', 'YR=='],
  ['base64', 'YQ=='.repeat(2)],
  ['base64', 'YQ==\n'],
  ['base64', '-_-_'],
  ['base64url', 'YQ=='],
  ['base64url', 'YR'],
  ['base64url', '+/+/'],
] as const) {
  it(`decodes no ${enc} from ${JSON.stringify(text)}`, () => {
    assert.equal(decodeSignature(text, enc), null);
  });
}

it('answers any scheme with words, or with a scheme that verifies without failing', () => {
  fc.assert(
    fc.property(fc.object({ withNullPrototype: true }), fc.anything(), (scheme, anything) => {
      for (const value of [scheme, anything, { ...schemeOf('hex'), ...scheme }]) {
        const result = validateScheme(value);
        if (!result.ok) assert.match(result.problem, /^[^\n]{5,300}$/);
      }
    }),
  );
});
