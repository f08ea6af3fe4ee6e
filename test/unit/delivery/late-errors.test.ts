import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import type { FlowMessage } from '../../../src/delivery/flow-hooks';
import { FlowTracker } from '../../../src/delivery/flow-tracker';
import type { TrailStep } from '../../../src/events/event';
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
  const [wrapper, a, b] = [
    handMadeNode('wrapper'),
    handMadeNode('a', { name: 'A' }),
    handMadeNode('b'),
  ];
  const late: TrailStep[] = [];
  const seen = { ...recorder(), onLateError: (step: TrailStep) => void late.push(step) };
  const start = (send: (msg: FlowMessage) => void): FlowMessage => {
    const msg: FlowMessage = { payload: 'hello' };
    tracker.start(ATTEMPT_OPTIONS, seen, msg, send);
    return msg;
  };
  /** The asynchronous context of the handler of `a`, in which its timers run. */
  const contextOf = (msg: FlowMessage): ((run: () => void) => void) => {
    let context: (run: () => void) => void = (run) => run();
    AsyncLocalStorage.snapshot()(() =>
      flow.receive(a, msg, () => (context = AsyncLocalStorage.snapshot())),
    );
    return context;
  };
  return { tracker, flow, wrapper, a, b, late, seen, start, contextOf };
}

async function settle(): Promise<void> {
  await turn();
  clock.advance(150);
  await turn();
}

test('an error of another branch after an explicit success is kept, once, and changes nothing', async () => {
  const { tracker, flow, wrapper, a, b, late, seen, start } = setUp();
  const msg = start((first) => flow.send(wrapper, first, a, b));
  flow.receive(b, msg);
  tracker.end('b', msg, { kind: 'success' });
  flow.done(b, msg);
  await turn();
  flow.receive(a, msg);
  clock.advance(70);
  a.error(new Error('boom'), msg);
  flow.done(a, msg, new Error('boom'));
  await settle();
  assert.deepEqual(seen.calls, ['success', 'drained']);
  assert.deepEqual(late, [
    { nodeId: 'a', type: 'test', name: 'A', atMs: 70, count: 1, error: 'boom' },
  ]);
});

test('an error from a timer, long after the success, about its message', async () => {
  const { tracker, flow, wrapper, a, late, start, contextOf } = setUp();
  const msg = start((first) => flow.send(wrapper, first, a));
  const inItsContext = contextOf(msg);
  flow.done(a, msg);
  await settle();
  assert.equal(tracker.openAttempts, 0);
  clock.advance(60_000);
  inItsContext(() => a.error(new Error('too late'), msg));
  assert.deepEqual(
    late.map(({ nodeId, error }) => [nodeId, error]),
    [['a', 'too late']],
  );
});

test('... without its message', async () => {
  const { tracker, flow, wrapper, a, late, start, contextOf } = setUp();
  const msg = start((first) => flow.send(wrapper, first, a));
  const inItsContext = contextOf(msg);
  flow.done(a, msg);
  await settle();
  inItsContext(() => tracker.onLoggedError({ nodeId: 'a', error: 'too late' }));
  assert.equal(late.length, 1);
});

test('... below a node that sent late, while other attempts run', async () => {
  const { flow, wrapper, a, b, late, start, contextOf } = setUp();
  const msg = start((first) => flow.send(wrapper, first, a));
  const inItsContext = contextOf(msg);
  flow.done(a, msg);
  await settle();
  start((first) => flow.send(wrapper, first, b));
  inItsContext(() => {
    flow.send(a, msg, b);
    flow.receive(b, msg, () => b.error(new Error('too late'), msg));
  });
  assert.deepEqual(
    late.map(({ nodeId, error }) => [nodeId, error]),
    [['b', 'too late']],
  );
});

test('that of a foreign message in the context of the attempt is not its own', async () => {
  const { flow, wrapper, a, late, start, contextOf } = setUp();
  const msg = start((first) => flow.send(wrapper, first, a));
  const inItsContext = contextOf(msg);
  flow.done(a, msg);
  await settle();
  inItsContext(() => a.error(new Error('not ours'), { _msgid: 'foreign' }));
  assert.deepEqual(late, []);
});

test('after a failure nothing more is kept', async () => {
  const { flow, wrapper, a, late, seen, start, contextOf } = setUp();
  const msg = start((first) => flow.send(wrapper, first, a));
  const inItsContext = contextOf(msg);
  flow.done(a, msg, new Error('boom'));
  await settle();
  inItsContext(() => a.error(new Error('again'), msg));
  assert.deepEqual(seen.calls, ['drained', 'failed']);
  assert.deepEqual(late, []);
});
