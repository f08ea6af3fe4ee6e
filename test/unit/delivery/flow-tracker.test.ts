import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, test } from 'node:test';
import type { AttemptOptions } from '../../../src/delivery/attempt';
import type { FlowMessage } from '../../../src/delivery/flow-hooks';
import { handMadeNode, turn } from '../../support/tracker/hand-made-flow';
import { clock, settle, setUp } from './tracker-bench';

describe('lineage', () => {
  test('gives each attempt a fresh message id and follows its clones', async () => {
    const { tracker, flow, wrapper, start } = setUp();
    const [a, b] = [handMadeNode('a'), handMadeNode('b')];
    const { seen, msg } = start((first) => flow.send(wrapper, first, a));
    assert.match(msg._msgid ?? '', /^id\d+$/);
    flow.receive(a, msg);
    const clone = { ...msg };
    flow.send(a, clone, b);
    flow.done(a, msg);
    await settle();
    assert.deepEqual(seen.calls, []);
    flow.receive(b, clone);
    flow.done(b, clone);
    await settle();
    assert.deepEqual(seen.calls, ['drained', 'success']);
    assert.deepEqual(
      seen.result?.trail.map(({ nodeId, count }) => [nodeId, count]),
      [
        ['a', 1],
        ['b', 1],
      ],
    );
    assert.equal(tracker.openAttempts, 0);
  });

  test('adopts a new message that a touched node sends in the context of the attempt', async () => {
    const { flow, wrapper, start } = setUp();
    const [a, b] = [handMadeNode('a'), handMadeNode('b')];
    const { seen, msg } = start((first) => flow.send(wrapper, first, a));
    const fresh: FlowMessage = { _msgid: 'new' };
    flow.receive(a, msg, () => {
      flow.send(a, fresh, b);
      flow.done(a, msg);
    });
    await settle();
    assert.deepEqual(seen.calls, []);
    flow.receive(b, fresh);
    flow.done(b, fresh);
    await settle();
    assert.deepEqual(seen.calls, ['drained', 'success']);
  });

  test('does not adopt what a node sends that the attempt never touched', () => {
    const { tracker, flow, wrapper, start } = setUp();
    const [a, stranger, b] = [handMadeNode('a'), handMadeNode('s'), handMadeNode('b')];
    const { msg } = start((first) => flow.send(wrapper, first, a));
    const fresh: FlowMessage = { _msgid: 'foreign' };
    flow.receive(a, msg, () => flow.send(stranger, fresh, b));
    assert.equal(tracker.attemptOf('b', fresh), undefined);
  });

  test('messages of an attempt that timed out do not count for the next one', async () => {
    const { tracker, flow, wrapper, start } = setUp();
    const [a, b] = [handMadeNode('a'), handMadeNode('b')];
    const late = start((first) => flow.send(wrapper, first, a));
    let inItsContext: (run: () => void) => void = (run) => run();
    AsyncLocalStorage.snapshot()(() =>
      flow.receive(a, late.msg, () => (inItsContext = AsyncLocalStorage.snapshot())),
    );
    clock.advance(1000);
    assert.deepEqual(late.seen.calls, ['failed']);
    const next = start((first) => flow.send(wrapper, first, a));
    tracker.onLoggedError({ nodeId: 'a', error: 'whose?' });
    inItsContext(() => {
      flow.send(a, late.msg, b);
      assert.equal(tracker.attemptOf('b', late.msg), late.attempt);
      flow.done(a, late.msg, new Error('too late'));
      tracker.onLoggedError({ nodeId: 'a', error: 'logged too late' });
    });
    flow.receive(a, next.msg);
    flow.done(a, next.msg);
    await settle();
    assert.deepEqual(next.seen.calls, ['drained', 'success']);
    flow.receive(b, late.msg);
    flow.done(b, late.msg);
    await turn();
    assert.equal(tracker.openAttempts, 0);
  });

  test('a message that belongs to nobody is left alone', () => {
    const { tracker, flow, wrapper, start } = setUp();
    start((first) => flow.send(wrapper, first, handMadeNode('a')));
    const foreign: FlowMessage = { _msgid: 'inject' };
    flow.pass(wrapper, foreign, handMadeNode('b'));
    assert.equal(tracker.attemptOf('b', foreign), undefined);
  });
});

describe('errors', () => {
  test('done(err) fails the attempt after the quiet period where a Catch may see it', async () => {
    const { flow, wrapper, start } = setUp();
    const a = handMadeNode('a', { name: 'A' });
    const { seen, msg } = start((first) => flow.send(wrapper, first, a));
    flow.receive(a, msg);
    flow.done(a, msg, new Error('boom'));
    await turn();
    assert.deepEqual(seen.calls, ['drained']);
    clock.advance(150);
    assert.deepEqual(seen.calls, ['drained', 'failed']);
    assert.deepEqual(seen.result?.error, {
      message: 'boom',
      nodeId: 'a',
      category: null,
      permanent: false,
      retryAfterMs: null,
    });
    assert.equal(seen.result.trail[0]?.error, 'boom');
  });

  test('... and at once where none can', async () => {
    const { flow, wrapper, start } = setUp({ catchable: false });
    const a = handMadeNode('a');
    const { seen, msg } = start((first) => flow.send(wrapper, first, a));
    flow.receive(a, msg);
    flow.done(a, msg, new Error('boom'));
    await turn();
    assert.deepEqual(seen.calls, ['drained', 'failed']);
  });

  test('a throwing send fails it', async () => {
    const { start } = setUp();
    const { seen } = start(() => {
      throw new Error('no node');
    });
    await turn();
    assert.equal(seen.result?.error?.message, 'no node');
  });

  test('node.error with the message ends the work on it; a done after that is no second end', async () => {
    const { flow, wrapper, start } = setUp();
    const [a, b] = [handMadeNode('a'), handMadeNode('b')];
    const { seen, msg } = start((first) => {
      flow.send(wrapper, first, a);
      flow.send(wrapper, { ...first }, b);
    });
    flow.receive(a, msg);
    a.error(new Error('boom'), msg);
    flow.done(a, msg);
    await settle();
    assert.deepEqual(seen.calls, [], 'b has not received its message yet');
    clock.advance(1000);
    assert.equal(seen.result?.error?.message, 'boom');
  });

  test('node.error still reaches the node itself, with its arguments', () => {
    const { flow, wrapper, start } = setUp();
    const a = handMadeNode('a');
    const reported: unknown[] = [];
    a.error = (...args) => void reported.push(args);
    const { msg } = start((first) => flow.send(wrapper, first, a));
    flow.receive(a, msg);
    a.error('boom', msg);
    assert.deepEqual(reported, [['boom', msg]]);
  });

  test('an error by message is not counted again, for another one, when it is logged', async () => {
    const { tracker, flow, wrapper, start } = setUp();
    const pool = handMadeNode('pool');
    pool.error = (error) => tracker.onLoggedError({ nodeId: 'pool', error });
    const good = start((first) => flow.send(wrapper, first, pool));
    const bad = start((first) => flow.send(wrapper, first, pool));
    flow.receive(pool, bad.msg);
    flow.receive(pool, good.msg, () => pool.error('boom', bad.msg));
    flow.done(pool, good.msg);
    await settle();
    assert.deepEqual([good.seen.result?.outcome, bad.seen.result?.outcome], ['success', 'failed']);
  });

  test('a logged error without a message is that of the context, if its node was touched', async () => {
    const { tracker, flow, wrapper, start } = setUp();
    const a = handMadeNode('a');
    const { seen, msg } = start((first) => flow.send(wrapper, first, a));
    flow.receive(a, msg, () => tracker.onLoggedError({ nodeId: 'a', error: 'boom' }));
    flow.done(a, msg);
    await settle();
    assert.deepEqual(seen.calls, ['drained', 'failed']);
  });

  test('a Catch node that is reached fails it, though the error was handled', async () => {
    const { flow, wrapper, start } = setUp();
    const [a, caught] = [handMadeNode('a'), handMadeNode('c', { type: 'catch' })];
    const { seen, msg } = start((first) => flow.send(wrapper, first, a));
    flow.receive(a, msg);
    const report = { ...msg, error: { message: 'boom', source: { id: 'a' } } };
    flow.receive(caught, report);
    flow.done(caught, report);
    flow.done(a, msg);
    await settle();
    assert.equal(seen.result?.outcome, 'failed');
    assert.equal(seen.result.error?.message, 'boom');
    assert.equal(seen.result.error.nodeId, 'a');
  });

  test('an error after success changes nothing', async () => {
    const { flow, wrapper, start } = setUp();
    const a = handMadeNode('a');
    const { seen, msg } = start((first) => flow.pass(wrapper, first, a));
    await settle();
    a.error('late', msg);
    await settle();
    assert.deepEqual(seen.calls, ['drained', 'success']);
  });
});

describe('http request with an error status', () => {
  const check = async (
    answer: { statusCode: number; headers?: Record<string, string> },
    options: Partial<AttemptOptions>,
  ) => {
    const { flow, wrapper, start } = setUp();
    const http = handMadeNode('h', { type: 'http request' });
    const { seen, msg } = start((first) => flow.send(wrapper, first, http), options);
    flow.receive(http, msg);
    Object.assign(msg, answer);
    flow.done(http, msg);
    await settle();
    return seen.result;
  };

  test('is a success unless it is asked for', async () => {
    assert.equal((await check({ statusCode: 500 }, {}))?.outcome, 'success');
  });

  test("fails: permanently for the client's fault, not for the server's", async () => {
    const bad = await check({ statusCode: 422 }, { failOnHttpStatus: true });
    assert.deepEqual([bad?.outcome, bad?.error?.permanent], ['failed', true]);
    const down = await check({ statusCode: 503 }, { failOnHttpStatus: true });
    assert.deepEqual([down?.outcome, down?.error?.permanent], ['failed', false]);
  });

  test('takes Retry-After along', async () => {
    const answer = { statusCode: 429, headers: { 'retry-after': '7' } };
    const busy = await check(answer, { failOnHttpStatus: true });
    assert.deepEqual([busy?.error?.permanent, busy?.error?.retryAfterMs], [false, 7000]);
  });

  test('is accepted where it is on the list', async () => {
    const options = { failOnHttpStatus: true, acceptStatus: [404] };
    assert.equal((await check({ statusCode: 404 }, options))?.outcome, 'success');
    assert.equal((await check({ statusCode: 410 }, options))?.outcome, 'failed');
  });
});

describe('filters that drop (rule 8)', () => {
  const drop = async (beside: boolean) => {
    const { tracker, flow, wrapper, start } = setUp();
    const [filter, debug] = [handMadeNode('f', { name: 'Only pushes' }), handMadeNode('d')];
    const { seen } = start((first) => {
      const copy = { ...first };
      flow.send(wrapper, first, filter);
      if (beside) flow.pass(wrapper, copy, debug);
      flow.receive(filter, first);
      tracker.dropped('f', first, 'eventType eq push');
      flow.done(filter, first);
    });
    await settle();
    return seen.result;
  };

  test('make it ignored when every path ended there', async () => {
    const result = await drop(false);
    assert.equal(result?.outcome, 'ignored');
    assert.equal(result.reason, 'eventType eq push');
    assert.equal(result.trail[0]?.dropped, 'eventType eq push');
  });

  test('make it a success when a debug node beside it got the message', async () => {
    assert.equal((await drop(true))?.outcome, 'success');
  });
});
