import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pulse } from '../../../src/events/postgres/pulse';
import type { Clock } from '../../../src/shared/clock';
import { createFakeClock } from '../../support/fake-clock';

test('a process that runs is known by its ticks, one that was stopped by those that came late', () => {
  const time = createFakeClock();
  let stoppedMs = 0;
  const clock: Clock = { now: () => time.now() + stoppedMs, after: time.after };
  const pulse = new Pulse(clock, 100);
  pulse.begin();
  time.advance(950);
  assert.equal(pulse.longestPauseMs, 100);
  stoppedMs = 3000;
  assert.equal(pulse.longestPauseMs, 3050, 'it goes on, and nothing ticked yet');
  time.advance(500);
  assert.equal(pulse.longestPauseMs, 3100);
  pulse.begin();
  time.advance(500);
  assert.equal(pulse.longestPauseMs, 100, 'what was before does not matter');
  pulse.stop();
  assert.equal(time.waiting, 0);
});
