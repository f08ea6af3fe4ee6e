import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreHealth } from '../../nodes/shared/runtime/store-health';
import { createFakeClock } from '../support/fake-clock';

test('a write that failed is remembered for 30 s, unless one succeeds', async () => {
  const clock = createFakeClock();
  const health = new StoreHealth(clock);
  assert.equal(health.isFailing, false);
  const failed = (): Promise<void> =>
    assert.rejects(health.watch(Promise.reject(new Error('no'))), { message: 'no' });
  await failed();
  clock.advance(29_999);
  assert.equal(health.isFailing, true);
  clock.advance(1);
  assert.equal(health.isFailing, false);
  await failed();
  assert.equal(health.isFailing, true);
  assert.equal(await health.watch(Promise.resolve(7)), 7);
  assert.equal(health.isFailing, false);
});
