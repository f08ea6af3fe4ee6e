import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { NodeAPI } from 'node-red';
import { FlowPhases } from '../../nodes/shared/runtime/http/flow-phase';
import { createFakeClock } from '../support/fake-clock';

/** What Node-RED emits, in its order (nodes/flows/index.js of the runtime). */
function runtime() {
  const events = new EventEmitter();
  const clock = createFakeClock();
  let starts = 0;
  const phases = new FlowPhases({ events } as unknown as NodeAPI, clock, () => {
    starts++;
  });
  const state = (payload: object): boolean =>
    events.emit('runtime-event', { id: 'runtime-state', payload });
  return {
    clock,
    phases,
    starts: () => starts,
    start: () => events.emit('flows:started') && state({ state: 'start', deploy: true }),
    stop(deploy?: boolean) {
      events.emit('flows:stopping');
      events.emit('flows:stopped');
      state({ state: 'stop', deploy });
    },
    state,
  };
}

test('before the first start: not ready, whatever stops or is missing', () => {
  const { phases, state, stop } = runtime();
  assert.equal(phases.phase, 'starting');
  state({ state: 'stop', error: 'missing-types' });
  stop();
  assert.equal(phases.phase, 'starting');
});

test('a deploy is open all through', () => {
  const { clock, phases, start, starts, stop } = runtime();
  start();
  stop(true);
  assert.equal(phases.phase, 'open');
  clock.advance(59_999);
  start();
  clock.advance(60_000);
  assert.equal(phases.phase, 'open');
  assert.equal(starts(), 2);
});

test('flows that somebody stopped are closed at once, and open again at the next start', () => {
  const { phases, start, stop } = runtime();
  start();
  stop(undefined);
  assert.equal(phases.phase, 'stopped');
  start();
  assert.equal(phases.phase, 'open');
});

test('no start within 60 seconds: closed, until there is one', () => {
  const { clock, phases, start, stop } = runtime();
  start();
  stop(true);
  clock.advance(60_000);
  assert.equal(phases.phase, 'stopped');
  start();
  assert.equal(phases.phase, 'open');
});

test('a missing type or module does not close: the flows start when it is installed', () => {
  for (const error of ['missing-types', 'missing-modules']) {
    const { clock, phases, start, state, stop } = runtime();
    start();
    stop(true);
    state({ state: 'stop', error });
    clock.advance(59_999);
    assert.equal(phases.phase, 'open', error);
    clock.advance(1);
    assert.equal(phases.phase, 'stopped', error);
  }
});

test('a process that ends is closed, whatever its flows do then', () => {
  const { phases, start, stop } = runtime();
  start();
  phases.end();
  stop(undefined);
  start();
  assert.equal(phases.phase, 'ending');
});
