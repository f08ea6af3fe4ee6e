import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';
import { PROVIDERS } from '../../src/signature/catalogue';
import { needsSecret } from '../../src/signature/verify';

it('has the typed catalogue and the table in the docs as the source says', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['scripts/generate-catalogue.mjs', '--check'],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
});

it('links to a page of each sender and says what to paste', () => {
  for (const { id, docs, secretHint } of PROVIDERS) {
    assert.match(docs, /^https:\/\//, id);
    assert.match(secretHint, /\.$/, id);
  }
});

it('asks for a secret exactly where a scheme has one', () => {
  for (const provider of PROVIDERS) {
    const asks = provider.needsSecret !== false && provider.unsigned !== true;
    assert.equal(asks, needsSecret(provider.scheme, {}), provider.id);
  }
});

it('names a delivery only by an id that the sender has', () => {
  for (const { id, deliveryId, namesDelivery } of PROVIDERS) {
    assert.ok(!namesDelivery || deliveryId !== null, id);
    // One element of a batch is not the delivery of the batch.
    const isPart = deliveryId !== null && 'json' in deliveryId && /\.?0\./.test(deliveryId.json);
    assert.ok(!(namesDelivery && isPart), id);
  }
});
