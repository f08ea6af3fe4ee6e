import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { itemDigest } from '../../../src/sync/item-digest';
import { runGolden } from '../../support/run-golden';

interface Golden {
  id: string;
  group: string;
  payload: unknown;
  salt: string;
  key: string;
  js_key?: string;
}

const { cases } = JSON.parse(readFileSync('test/fixtures/sync/idempotency.json', 'utf8')) as {
  cases: Golden[];
};

test('digests are those of the reference', async (t) => {
  assert.equal(cases.length, 26);
  await runGolden(t, cases, ({ payload, salt, key, js_key: jsKey }) =>
    assert.equal(itemDigest(payload, salt), jsKey ?? key),
  );
});

test('the order of keys does not matter, anything else does', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (item) => {
      const reversed = Object.fromEntries(Object.entries(item).reverse());
      assert.equal(itemDigest(reversed, 's'), itemDigest(item, 's'));
      assert.notEqual(
        itemDigest({ ...item, extra: 1 }, 's'),
        itemDigest({ ...item, extra: 2 }, 's'),
      );
      assert.notEqual(itemDigest(item, 's'), itemDigest(item, 't'));
    }),
  );
});
