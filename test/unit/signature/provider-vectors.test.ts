import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { findProvider, PROVIDERS } from '../../../src/signature/catalogue';
import { readVectors, verdictOf, type Vector } from './vectors';

const vectors = readVectors('vectors').filter(({ kind }) => kind === 'verify');
const byProvider = new Map<string, Vector[]>();
for (const vector of vectors) {
  byProvider.set(vector.provider, [...(byProvider.get(vector.provider) ?? []), vector]);
}

/** Ids of those that are judged wrongly. */
async function misjudged(provider: string, of: readonly Vector[]): Promise<string[]> {
  const { scheme } = findProvider(provider)!;
  const wrong: string[] = [];
  for (const vector of of) {
    const verdict = await verdictOf(scheme, vector);
    if (verdict.ok !== (vector.expected === 'valid')) {
      wrong.push(`${vector.id}: ${verdict.ok ? 'accepted' : verdict.detail}`);
    }
  }
  return wrong;
}

describe('the recorded requests of each provider', () => {
  const counts: string[] = [];
  for (const [provider, of] of byProvider) {
    it(`${provider}: ${of.length}`, async () => {
      assert.deepEqual(await misjudged(provider, of), []);
      const valid = of.filter(({ expected }) => expected === 'valid').length;
      assert.ok(valid > 0 && valid < of.length);
      counts.push(`${provider} ${valid}+${of.length - valid}`);
    });
  }
  after(() => console.log(`vectors (valid+invalid) by provider: ${counts.join(', ')}`));
});

it('has vectors of every provider that verifies anything', () => {
  const without = PROVIDERS.filter(({ id, unsigned }) => !unsigned && !byProvider.has(id));
  assert.deepEqual(
    without.map(({ id }) => id),
    [],
  );
  assert.equal(vectors.length, 4074);
  assert.equal(PROVIDERS.length, 128);
});

it('reports that the previous secret matched', async () => {
  const rotated = vectors.filter(({ name }) => name === 'valid-rotation-old-secret');
  assert.ok(rotated.length > 200);
  for (const vector of rotated) {
    const verdict = await verdictOf(findProvider(vector.provider)!.scheme, vector);
    assert.deepEqual(verdict, { ok: true, secret: 'previous' }, vector.id);
  }
});
