import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Attempt, type AttemptOptions } from '../../../src/delivery/attempt';
import { attemptError } from '../../../src/delivery/attempt-error';
import { createFakeClock } from '../../support/fake-clock';
import {
  ATTEMPT_OPTIONS,
  handMadeNode,
  recorder,
  turn,
} from '../../support/tracker/hand-made-flow';

const clock = createFakeClock();
const node = handMadeNode('n1', { name: 'slow one' });
const boom = attemptError(new Error('boom'), 'n1');

interface Setup {
  readonly options?: Partial<AttemptOptions>;
  readonly outer?: Attempt;
}

function begin({ options, outer }: Setup = {}) {
  const seen = recorder();
  let finished = 0;
  const attempt = new Attempt({ ...ATTEMPT_OPTIONS, ...options }, clock, seen, () => finished++, {
    owner: null,
    outer: outer ?? null,
  });
  return { attempt, seen, finished: () => finished };
}

describe('an attempt that goes well', () => {
  test('drains when no node works on it, and is a success after the quiet period', async () => {
    const { attempt, seen } = begin();
    const work = attempt.nodeStarted(node);
    attempt.sent();
    await turn();
    assert.deepEqual(seen.calls, []);
    attempt.nodeFinished(work);
    assert.deepEqual(seen.calls, [], 'not at once: a node may send after it reported done');
    await turn();
    assert.deepEqual(seen.calls, ['drained']);
    clock.advance(149);
    assert.deepEqual(seen.calls, ['drained']);
    clock.advance(1);
    assert.deepEqual(seen.calls, ['drained', 'success']);
  });

  test('goes on when a node sends in the quiet period, which then starts again', async () => {
    const { attempt, seen } = begin();
    attempt.sent();
    await turn();
    clock.advance(100);
    const work = attempt.nodeStarted(node);
    clock.advance(20);
    attempt.nodeFinished(work);
    await turn();
    clock.advance(149);
    assert.deepEqual(seen.calls, ['drained'], 'drained is said once');
    clock.advance(1);
    assert.deepEqual(seen.calls, ['drained', 'success']);
  });

  test('leaves a legacy node 30 ms even where no quiet period is wanted', async () => {
    const { attempt, seen } = begin({ options: { quietMs: 0 } });
    attempt.legacyNode();
    attempt.sent();
    await turn();
    clock.advance(29);
    assert.deepEqual(seen.calls, ['drained']);
    clock.advance(1);
    assert.deepEqual(seen.calls, ['drained', 'success']);
  });

  test('leaves no timer behind', async () => {
    const before = clock.waiting;
    const { attempt, finished } = begin();
    attempt.sent();
    await turn();
    clock.advance(150);
    assert.equal(clock.waiting, before);
    assert.equal(finished(), 1);
  });

  test('is not changed by an error after its success', async () => {
    const { attempt, seen } = begin();
    attempt.sent();
    await turn();
    clock.advance(150);
    attempt.fail(boom, true);
    await turn();
    clock.advance(10_000);
    assert.deepEqual(seen.calls, ['drained', 'success']);
  });
});

describe('an attempt with an error', () => {
  test('fails late: when everything has drained and is quiet, with the first error', async () => {
    const { attempt, seen } = begin();
    const work = attempt.nodeStarted(node);
    attempt.sent();
    attempt.fail(boom, true);
    attempt.fail(attemptError(new Error('second'), 'n2'), true);
    await turn();
    clock.advance(500);
    assert.deepEqual(seen.calls, []);
    attempt.nodeFinished(work);
    await turn();
    clock.advance(149);
    assert.deepEqual(seen.calls, ['drained']);
    clock.advance(1);
    assert.deepEqual(seen.calls, ['drained', 'failed']);
    assert.equal(seen.result?.error?.message, 'boom');
    assert.equal(seen.result.reason, 'boom');
  });

  test('fails as soon as it has drained where no Catch node can see the error', async () => {
    const { attempt, seen } = begin();
    attempt.sent();
    attempt.fail(boom, false);
    await turn();
    assert.deepEqual(seen.calls, ['drained', 'failed']);
  });

  for (const type of ['join', 'link call']) {
    test(`does not wait for a ${type} whose other messages will never come`, async () => {
      const { attempt, seen, finished } = begin();
      const waiting = handMadeNode('w', { type });
      attempt.nodeStarted(waiting);
      const work = attempt.nodeStarted(node);
      attempt.sent();
      attempt.fail(boom, true);
      await turn();
      clock.advance(200);
      assert.deepEqual(seen.calls, [], 'another node still works');
      attempt.nodeFinished(work);
      await turn();
      clock.advance(150);
      assert.deepEqual(seen.calls, ['drained', 'failed']);
      assert.equal(finished(), 1);
    });
  }

  test('... nor for a join that gets its message only in the quiet period after the error', async () => {
    const { attempt, seen } = begin();
    attempt.sent();
    attempt.fail(boom, true);
    await turn();
    attempt.nodeStarted(handMadeNode('j', { type: 'join' }));
    await turn();
    clock.advance(150);
    assert.deepEqual(seen.calls, ['drained', 'failed']);
  });

  test('waits for a join as long as there is no error', async () => {
    const { attempt, seen } = begin();
    attempt.nodeStarted(handMadeNode('j', { type: 'join' }));
    attempt.sent();
    await turn();
    clock.advance(999);
    assert.deepEqual(seen.calls, []);
  });
});

describe('the time-out of an attempt', () => {
  test('fails it and names where it still works', async () => {
    const { attempt, seen, finished } = begin();
    attempt.nodeStarted(node);
    attempt.nodeStarted(handMadeNode('n2', { type: 'delay' }));
    attempt.sent();
    await turn();
    clock.advance(999);
    assert.deepEqual(seen.calls, []);
    clock.advance(1);
    assert.deepEqual(seen.calls, ['failed'], 'it has not drained');
    assert.equal(
      seen.result?.error?.message,
      'The flow did not finish within 1 s; still working: slow one, delay n2',
    );
    assert.equal(seen.result.error.category, 'TIMEOUT');
    assert.equal(finished(), 0, 'its messages still live');
    clock.advance(1000);
    assert.equal(finished(), 1, 'bounded');
  });

  test('says what is known when an error came before', async () => {
    const { attempt, seen } = begin();
    attempt.nodeStarted(node);
    attempt.sent();
    attempt.fail(boom, true);
    clock.advance(1000);
    await turn();
    assert.equal(seen.result?.error?.message, 'boom');
  });

  test('drains later, and is forgotten then', async () => {
    const { attempt, seen, finished } = begin();
    const work = attempt.nodeStarted(node);
    attempt.sent();
    clock.advance(1000);
    let idle = 0;
    attempt.whenIdle(5000, () => idle++);
    attempt.nodeFinished(work);
    await turn();
    assert.deepEqual(seen.calls, ['failed', 'drained']);
    assert.equal(finished(), 1);
    assert.equal(idle, 1);
  });

  test('aborts the signal that our own nodes listen to', () => {
    const { attempt } = begin();
    const { signal } = attempt;
    clock.advance(999);
    assert.equal(signal.aborted, false);
    clock.advance(1);
    assert.equal(signal.aborted, true);
  });

  test('stands still while an inner attempt runs', async () => {
    const outer = begin();
    outer.attempt.nodeStarted(node);
    outer.attempt.sent();
    clock.advance(600);
    const inner = begin({ outer: outer.attempt, options: { timeoutMs: 20_000 } });
    const innerWork = inner.attempt.nodeStarted(node);
    inner.attempt.sent();
    clock.advance(10_000);
    inner.attempt.nodeFinished(innerWork);
    await turn();
    clock.advance(150);
    assert.deepEqual(inner.seen.calls, ['drained', 'success']);
    clock.advance(399);
    assert.deepEqual(outer.seen.calls, []);
    clock.advance(1);
    assert.deepEqual(outer.seen.calls, ['failed']);
  });
});

describe('an attempt within another', () => {
  test('does not hold the place of the outer one in its quiet period, but its verdict', async () => {
    const outer = begin();
    const outerWork = outer.attempt.nodeStarted(node);
    outer.attempt.sent();
    const inner = begin({ outer: outer.attempt });
    inner.attempt.sent();
    await turn();
    await turn();
    assert.deepEqual([inner.seen.calls, outer.seen.calls], [['drained'], ['drained']]);
    clock.advance(150);
    assert.deepEqual([inner.seen.calls, outer.seen.calls], [['drained', 'success'], ['drained']]);
    await turn();
    clock.advance(500);
    assert.deepEqual(outer.seen.calls, ['drained'], 'its retry node has not reported done');
    outer.attempt.nodeFinished(outerWork);
    await turn();
    clock.advance(150);
    assert.deepEqual(outer.seen.calls, ['drained', 'success']);
  });
});

describe('a deploy', () => {
  test('freezes every verdict, and thawing lets it go on', async () => {
    const { attempt, seen } = begin();
    const work = attempt.nodeStarted(node);
    attempt.sent();
    clock.advance(400);
    attempt.freeze();
    attempt.nodeFinished(work);
    await turn();
    clock.advance(60_000);
    assert.deepEqual(seen.calls, []);
    attempt.thaw();
    await turn();
    clock.advance(150);
    assert.deepEqual(seen.calls, ['drained', 'success']);
  });

  test('stops the quiet period and the time-out, which go on with what was left', async () => {
    const { attempt, seen } = begin();
    attempt.nodeStarted(node);
    attempt.sent();
    clock.advance(400);
    attempt.freeze();
    clock.advance(60_000);
    attempt.thaw();
    clock.advance(599);
    await turn();
    assert.deepEqual(seen.calls, []);
    clock.advance(1);
    assert.deepEqual(seen.calls, ['failed']);
  });

  test('does not hide an error of an attempt that goes on', async () => {
    const { attempt, seen } = begin();
    attempt.sent();
    attempt.freeze();
    attempt.fail(boom, true);
    attempt.thaw();
    await turn();
    clock.advance(150);
    assert.deepEqual(seen.calls, ['drained', 'failed']);
  });

  test('interrupts: no error, no success, whatever was reported before', async () => {
    const { attempt, seen, finished } = begin();
    attempt.nodeStarted(node);
    attempt.sent();
    attempt.freeze();
    attempt.fail(boom, true);
    attempt.interrupt();
    await turn();
    clock.advance(10_000);
    assert.deepEqual(seen.calls, ['interrupted', 'drained']);
    assert.equal(seen.result?.error, null);
    assert.equal(finished(), 1);
  });
});
