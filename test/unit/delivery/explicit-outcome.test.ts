import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AttemptOptions } from '../../../src/delivery/attempt';
import type { FlowMessage } from '../../../src/delivery/flow-hooks';
import { FlowTracker } from '../../../src/delivery/flow-tracker';
import { createFakeClock } from '../../support/fake-clock';
import {
  ATTEMPT_OPTIONS,
  HandMadeFlow,
  handMadeNode,
  recorder,
  turn,
} from '../../support/tracker/hand-made-flow';

const clock = createFakeClock();
let ids = 0;

function setUp() {
  const tracker = new FlowTracker({
    clock,
    newMessageId: () => `id${++ids}`,
    isCatchable: () => true,
  });
  const flow = new HandMadeFlow(tracker);
  const wrapper = handMadeNode('wrapper');
  const outcome = handMadeNode('o', { type: 'webhook-outcome' });
  const start = (
    send: (msg: FlowMessage) => void,
    options: Partial<AttemptOptions> = {},
    outer = null as ReturnType<FlowTracker['start']> | null,
  ) => {
    const seen = recorder();
    const msg: FlowMessage = { payload: 'hello' };
    const place = { owner: null, outer };
    const attempt = tracker.start({ ...ATTEMPT_OPTIONS, ...options }, seen, msg, send, place);
    return { attempt, seen, msg };
  };
  return { tracker, flow, wrapper, outcome, start };
}

async function settle(): Promise<void> {
  await turn();
  clock.advance(150);
  await turn();
}

describe('a webhook-outcome node', () => {
  test('ends the attempt at once, though a node never reports done', async () => {
    const { tracker, flow, wrapper, outcome, start } = setUp();
    const silent = handMadeNode('silent');
    const { seen, msg } = start((first) => flow.send(wrapper, first, silent));
    flow.receive(silent, msg, () => flow.send(silent, msg, outcome));
    flow.receive(outcome, msg);
    assert.equal(tracker.end('o', msg, { kind: 'success' }), 'ended');
    flow.done(outcome, msg);
    await turn();
    assert.deepEqual(seen.calls, ['success']);
    assert.equal(tracker.openAttempts, 1, 'its messages still live');
    clock.advance(1000);
    assert.equal(tracker.openAttempts, 0, 'bounded');
    assert.deepEqual(seen.calls, ['success']);
  });

  test('overrules an error, below a Catch node', async () => {
    const { tracker, flow, wrapper, outcome, start } = setUp();
    const [a, caught] = [handMadeNode('a'), handMadeNode('c', { type: 'catch' })];
    const { seen, msg } = start((first) => flow.send(wrapper, first, a));
    flow.receive(a, msg);
    const report = { ...msg, error: { message: 'boom', source: { id: 'a' } } };
    flow.receive(caught, report, () => flow.send(caught, report, outcome));
    flow.done(caught, report);
    flow.done(a, msg, new Error('boom'));
    flow.receive(outcome, report);
    assert.equal(tracker.end('o', report, { kind: 'success' }), 'ended');
    flow.done(outcome, report);
    await settle();
    assert.deepEqual(seen.calls, ['success', 'drained']);
    assert.equal(seen.result?.error, null);
    assert.equal(seen.result.trail[0]?.error, 'boom', 'the trail still says what happened');
  });

  const failing = async (
    say: (tracker: FlowTracker, msg: FlowMessage) => void,
    error?: unknown,
  ) => {
    const { tracker, flow, wrapper, outcome, start } = setUp();
    const a = handMadeNode('a', { name: 'A' });
    const { seen, msg } = start((first) => flow.send(wrapper, first, a));
    flow.receive(a, msg, () => flow.send(a, msg, outcome));
    flow.done(a, msg, error);
    flow.receive(outcome, msg);
    say(tracker, msg);
    await turn();
    return seen.result;
  };

  test('may say so while the message is still being sent: where delivery is synchronous', async () => {
    const { tracker, flow, wrapper, outcome, start } = setUp();
    const { seen } = start((first) => {
      flow.send(wrapper, first, outcome);
      flow.receive(outcome, first, () => tracker.end('o', first, { kind: 'success' }));
      flow.done(outcome, first);
    });
    await turn();
    assert.deepEqual(seen.calls, ['success', 'drained']);
  });

  test('fails it with a reason', async () => {
    const result = await failing((tracker, msg) =>
      tracker.end('o', msg, { kind: 'failure', reason: 'out of stock', permanent: false }),
    );
    assert.equal(result?.outcome, 'failed');
    assert.deepEqual(result.error, {
      message: 'out of stock',
      nodeId: 'o',
      category: null,
      permanent: false,
      retryAfterMs: null,
    });
    assert.equal(result.reason, 'out of stock');
    assert.equal(result.trail.at(-1)?.error, 'out of stock');
  });

  test('fails it for good', async () => {
    const result = await failing((tracker, msg) =>
      tracker.end('o', msg, { kind: 'failure', reason: 'no such customer', permanent: true }),
    );
    assert.equal(result?.error?.permanent, true);
  });

  test('without a reason of its own keeps the error that came before', async () => {
    const gone = Object.assign(new Error('gone'), { category: 'CLIENT', retryAfterMs: 7000 });
    const result = await failing(
      (tracker, msg) => tracker.end('o', msg, { kind: 'failure', reason: '', permanent: true }),
      gone,
    );
    assert.deepEqual(result?.error, {
      message: 'gone',
      nodeId: 'a',
      category: 'CLIENT',
      permanent: true,
      retryAfterMs: 7000,
    });
  });

  test('without any reason says at least that it was this node', async () => {
    const result = await failing((tracker, msg) =>
      tracker.end('o', msg, { kind: 'failure', reason: '', permanent: false }),
    );
    assert.equal(result?.error?.message, 'A webhook-outcome node ended the attempt as a failure');
  });

  test('ends the innermost attempt only', async () => {
    const { tracker, flow, wrapper, outcome, start } = setUp();
    const retry = handMadeNode('retry', { type: 'webhook-retry' });
    const outer = start((first) => flow.send(wrapper, first, retry));
    flow.receive(retry, outer.msg);
    const inner = start((first) => flow.send(retry, first, outcome), {}, outer.attempt);
    flow.receive(outcome, inner.msg);
    tracker.end('o', inner.msg, { kind: 'failure', reason: 'again', permanent: false });
    flow.done(outcome, inner.msg);
    await settle();
    assert.deepEqual(inner.seen.calls, ['failed', 'drained']);
    assert.deepEqual(outer.seen.calls, []);
    flow.done(retry, outer.msg);
    await settle();
    assert.deepEqual(outer.seen.calls, ['drained', 'success']);
  });

  test('comes too late for an attempt that has ended, and knows of no attempt for other messages', async () => {
    const { tracker, flow, wrapper, outcome, start } = setUp();
    const first = start((msg) => flow.pass(wrapper, msg, handMadeNode('a')));
    await settle();
    assert.equal(tracker.end('o', { _msgid: 'inject' }, { kind: 'success' }), 'no attempt');
    const slow = start((msg) => flow.send(wrapper, msg, outcome));
    flow.receive(outcome, slow.msg);
    clock.advance(1000);
    assert.equal(tracker.end('o', slow.msg, { kind: 'success' }), 'too late');
    assert.deepEqual(slow.seen.calls, ['failed']);
    assert.deepEqual(first.seen.calls, ['drained', 'success']);
  });

  test('the second one comes too late', async () => {
    const { tracker, flow, wrapper, outcome, start } = setUp();
    const { seen, msg } = start((first) => flow.send(wrapper, first, outcome));
    flow.receive(outcome, msg);
    assert.equal(tracker.end('o', msg, { kind: 'success' }), 'ended');
    const again = { kind: 'failure', reason: 'no', permanent: false } as const;
    assert.equal(tracker.end('o', msg, again), 'too late');
    await turn();
    assert.deepEqual(seen.calls, ['success']);
  });

  for (const lost of [true, false]) {
    test(`says so during a deploy that ${lost ? 'takes' : 'leaves'} the nodes: it counts after it`, async () => {
      const { tracker, flow, wrapper, outcome, start } = setUp();
      const { seen, msg } = start((first) => flow.send(wrapper, first, outcome));
      flow.receive(outcome, msg);
      tracker.freeze();
      assert.equal(tracker.end('o', msg, { kind: 'success' }), 'ended');
      assert.deepEqual(seen.calls, [], 'no verdict while it goes on');
      if (lost) outcome.close();
      tracker.thaw();
      await turn();
      assert.equal(seen.result?.outcome, 'success');
    });
  }
});

describe('outcome: explicit', () => {
  const explicit = { outcome: 'explicit' } as const;

  test('the attempt goes on, and keeps its place, though nothing works on it', async () => {
    const { tracker, flow, wrapper, outcome, start } = setUp();
    const queue = handMadeNode('queue');
    const { seen, msg } = start((first) => flow.pass(wrapper, first, queue), explicit);
    await settle();
    clock.advance(800);
    assert.deepEqual(seen.calls, []);
    flow.send(queue, msg, outcome);
    flow.receive(outcome, msg);
    tracker.end('o', msg, { kind: 'success' });
    flow.done(outcome, msg);
    await turn();
    assert.deepEqual(seen.calls, ['success', 'drained']);
    assert.equal(tracker.openAttempts, 0);
  });

  test('an error does not end it either', async () => {
    const { tracker, flow, wrapper, outcome, start } = setUp();
    const a = handMadeNode('a');
    const { seen, msg } = start((first) => flow.send(wrapper, first, a), explicit);
    flow.receive(a, msg);
    flow.done(a, msg, new Error('boom'));
    await settle();
    assert.deepEqual(seen.calls, []);
    flow.send(a, msg, outcome);
    flow.receive(outcome, msg);
    tracker.end('o', msg, { kind: 'success' });
    await turn();
    assert.deepEqual(seen.calls, ['success']);
  });

  test('without a webhook-outcome the time-out ends it, and says why', async () => {
    const { tracker, flow, wrapper, start } = setUp();
    const { seen } = start((first) => flow.pass(wrapper, first, handMadeNode('a')), explicit);
    await settle();
    clock.advance(850);
    assert.deepEqual(seen.calls, ['failed', 'drained']);
    assert.equal(
      seen.result?.error?.message,
      'No webhook-outcome node ended the attempt within 1 s',
    );
    assert.equal(seen.result.error.category, 'TIMEOUT');
    assert.equal(tracker.openAttempts, 0);
  });

  test('... or with the error that came before', async () => {
    const { flow, wrapper, start } = setUp();
    const a = handMadeNode('a');
    const { seen, msg } = start((first) => flow.send(wrapper, first, a), explicit);
    flow.receive(a, msg);
    flow.done(a, msg, new Error('boom'));
    await settle();
    clock.advance(1000);
    assert.equal(seen.result?.error?.message, 'boom');
  });
});

describe('below a Status node', () => {
  const status = (sourceId: string): FlowMessage => ({
    _msgid: `status${++ids}`,
    status: { text: 'ready', source: { id: sourceId } },
  });

  test('a message belongs to the attempt in which a touched node showed its status', async () => {
    const { tracker, flow, wrapper, outcome, start } = setUp();
    const [a, watcher] = [handMadeNode('a'), handMadeNode('s', { type: 'status' })];
    const { seen, msg } = start((first) => flow.send(wrapper, first, a));
    const shown = status('a');
    flow.receive(a, msg, () => flow.receive(watcher, shown));
    flow.done(a, msg);
    await settle();
    assert.deepEqual(seen.calls, [], 'the Status node still works');
    flow.send(watcher, shown, outcome);
    flow.done(watcher, shown);
    flow.receive(outcome, shown);
    tracker.end('o', shown, { kind: 'failure', reason: 'offline', permanent: false });
    await turn();
    assert.equal(seen.result?.error?.message, 'offline');
  });

  test('that of a node which it never touched does not', () => {
    const { tracker, flow, wrapper, start } = setUp();
    const [a, watcher] = [handMadeNode('a'), handMadeNode('s', { type: 'status' })];
    const { msg } = start((first) => flow.send(wrapper, first, a));
    const shown = status('stranger');
    flow.receive(a, msg, () => flow.receive(watcher, shown));
    assert.equal(tracker.attemptOf('s', shown), undefined);
  });
});
