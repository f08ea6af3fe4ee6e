import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthOf } from '../../../nodes/webhooks-sidebar/editor/health';

/** Counts of so many minutes ago. */
const minutes = (ago: number, n: number): number[] =>
  Array.from({ length: 60 }, (_, at) => (at === 59 - ago ? n : 0));
const none = minutes(0, 0);
const activity = (change: object) => ({
  ...{ endpoint: '/a', received: none, failed: none, rejected: none },
  ...change,
});
const sound = { enabled: true, hasProblem: false };

test('the worst that is true of an endpoint', () => {
  const received = minutes(3, 5);
  assert.equal(healthOf({ ...sound, activity: activity({ received }) }), 'healthy');
  assert.equal(healthOf({ ...sound, activity: undefined }), 'quiet');
  const failed = minutes(3, 1);
  assert.equal(healthOf({ ...sound, activity: activity({ received, failed }) }), 'failing');
  const long = minutes(40, 1);
  assert.equal(healthOf({ ...sound, activity: activity({ received, failed: long }) }), 'healthy');
  const rejected = minutes(1, 6);
  assert.equal(healthOf({ ...sound, activity: activity({ received, rejected }) }), 'refusing');
  const few = minutes(1, 2);
  assert.equal(healthOf({ ...sound, activity: activity({ received, rejected: few }) }), 'healthy');
  assert.equal(healthOf({ ...sound, hasProblem: true, activity: activity({}) }), 'problem');
  assert.equal(healthOf({ enabled: false, hasProblem: true, activity: undefined }), 'disabled');
});
