import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreHealth } from '../../nodes/shared/runtime/store-health';
import { createFakeClock } from '../support/fake-clock';

test('a write that failed is remembered for 30 s, unless one succeeds', () => {
  const clock = createFakeClock();
  const health = new StoreHealth(clock);
  assert.equal(health.isFailing, false);
  health.failed();
  clock.advance(29_999);
  assert.equal(health.isFailing, true);
  clock.advance(1);
  assert.equal(health.isFailing, false);
  health.failed();
  health.succeeded();
  assert.equal(health.isFailing, false);
});
