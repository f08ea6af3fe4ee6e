import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findProvider } from '../../../src/signature/catalogue';
import { outcome } from './requests';
import { readVectors, verdictOf } from './vectors';

/** What docs/VERIFICATION.md says about each, by the name of the case; where senders differ, by both. */
const STANCE: Readonly<Record<string, string>> = {
  'uppercase-hex': 'ok',
  'unpadded-base64': 'invalid-signature',
  'urlsafe-base64': 'invalid-signature',
  'surrounding-spaces': 'invalid-signature',
  'stripe/surrounding-spaces': 'ok',
  'uppercase-prefix': 'invalid-signature',
  'space-after-comma': 'ok',
  'fields-reordered': 'ok',
  'future-timestamp': 'ok',
  'empty-body': 'ok',
  'identical-duplicate-header': 'invalid-signature',
  'timestamp-leading-plus': 'invalid-signature',
  'fractional-timestamp': 'invalid-signature',
  'explicit-port': 'ok',
};

describe('our stance where verifiers differ', () => {
  const vectors = readVectors('vectors-ambiguous');
  for (const vector of vectors) {
    it(vector.id, async () => {
      const { scheme } = findProvider(vector.provider)!;
      const expected = STANCE[`${vector.provider}/${vector.name}`] ?? STANCE[vector.name];
      assert.equal(outcome(await verdictOf(scheme, vector)), expected);
    });
  }

  it('is taken for each of them', () => {
    console.log(`vectors on which verifiers differ: ${vectors.length}`);
    assert.equal(vectors.length, 37);
    const names = new Set(vectors.map(({ name }) => name));
    assert.deepEqual(
      [...names].filter((name) => STANCE[name] === undefined),
      [],
    );
  });
});
