import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PROVIDERS, findProvider } from '../../../src/signature/catalogue';
import { fixture, outcome, sync, verifyVector, type Vector } from './requests';

const schemeOf = (id: string) => findProvider(id.split('/')[0]!)!.scheme;

for (const { id, scheme } of PROVIDERS) {
  describe(`vectors of ${id}`, () => {
    for (const vector of fixture<Vector>(id)) {
      it(vector.id, () => {
        assert.equal(sync(verifyVector(scheme, vector)).ok, vector.expected === 'valid');
      });
    }
  });
}

it('reports that the previous secret matched', () => {
  const vector = fixture<Vector>('github').find(({ id }) => id.endsWith('rotation-old-secret'))!;
  assert.deepEqual(verifyVector(schemeOf(vector.id), vector), { ok: true, secret: 'previous' });
});

describe('our stance where verifiers differ', () => {
  const stance: Record<string, string> = {
    'github/ambiguous/uppercase-hex': 'ok',
    'github/ambiguous/surrounding-spaces': 'invalid-signature',
    'stripe/ambiguous/surrounding-spaces': 'ok',
    'github/ambiguous/uppercase-prefix': 'invalid-signature',
    'stripe/ambiguous/space-after-comma': 'ok',
    'stripe/ambiguous/fields-reordered': 'ok',
    'stripe/ambiguous/future-timestamp': 'ok',
    'github/ambiguous/empty-body': 'ok',
    'stripe/ambiguous/empty-body': 'ok',
    'github/ambiguous/identical-duplicate-header': 'invalid-signature',
    'stripe/ambiguous/identical-duplicate-header': 'invalid-signature',
  };
  const vectors = fixture<Vector>('ambiguous');

  it('is taken for each of them', () => {
    assert.deepEqual(vectors.map(({ id }) => id).sort(), Object.keys(stance).sort());
  });
  for (const vector of vectors) {
    it(vector.id, () => {
      assert.equal(outcome(sync(verifyVector(schemeOf(vector.id), vector))), stance[vector.id]);
    });
  }
});
