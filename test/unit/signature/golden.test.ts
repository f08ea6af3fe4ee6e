import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findProvider } from '../../../src/signature/catalogue';
import { genericScheme } from '../../../src/signature/generic';
import { SIGNATURE_DEFAULTS, type SignatureType } from '../../../src/signature/options';
import { createVerifier } from '../../../src/signature/verify';
import { at, fixture, signedRequest, sync } from './requests';

interface GoldenCase {
  readonly id: string;
  readonly signature_type: SignatureType;
  readonly secret: string;
  readonly body_base64: string;
  readonly signature: string;
  /** The answer of a secure receiver. */
  readonly secure: boolean;
  readonly policy?: 'deviate-ok';
  readonly stripe?: { readonly timestamp: number; readonly valid: boolean };
}

const NOW = at(Date.UTC(2026, 0, 1) / 1000);

/** Cases whose recorded answer we do not share; each is marked there as open to the better answer. */
const EXCEPTIONS: Record<string, { accepted: boolean; because: string }> = {
  'jwt-bearer-case-02': bearerInAnyCase(),
  'jwt-bearer-case-06': bearerInAnyCase(),
  'jwt-bearer-case-07': bearerInAnyCase(),
};

function bearerInAnyCase() {
  return { accepted: true, because: 'RFC 9110, section 11.1: the scheme is case-insensitive' };
}

const cases = fixture<GoldenCase>('golden');

describe('golden cases of APILinker, generic schemes', () => {
  it('are all there, and only open ones are answered otherwise', () => {
    console.log(`golden signatures.json: ${cases.length} cases`);
    assert.equal(cases.length, 131);
    const open = cases.filter(({ policy }) => policy === 'deviate-ok').map(({ id }) => id);
    assert.deepEqual(
      Object.keys(EXCEPTIONS).filter((id) => !open.includes(id)),
      [],
    );
  });
  for (const golden of cases) {
    it(golden.id, async () => {
      const scheme = genericScheme({ ...SIGNATURE_DEFAULTS, signatureType: golden.signature_type });
      const header = golden.signature_type === 'jwt' ? 'authorization' : 'x-hub-signature-256';
      const verdict = await createVerifier(scheme, { current: golden.secret }, NOW).verify(
        signedRequest({ [header]: golden.signature }, Buffer.from(golden.body_base64, 'base64')),
      );
      assert.equal(verdict.ok, EXCEPTIONS[golden.id]?.accepted ?? golden.secure);
    });
  }
});

describe('golden cases that hold a signature of another scheme', () => {
  for (const { id, secret, body_base64, signature, stripe } of cases) {
    if (stripe === undefined) continue;
    it(id, () => {
      const verdict = createVerifier(
        findProvider('stripe')!.scheme,
        { current: secret },
        at(stripe.timestamp),
      ).verify(
        signedRequest({ 'stripe-signature': signature }, Buffer.from(body_base64, 'base64')),
      );
      assert.equal(sync(verdict).ok, stripe.valid);
    });
  }
});
