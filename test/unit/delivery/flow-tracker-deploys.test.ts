import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { handMadeNode, turn } from '../../support/tracker/hand-made-flow';
import { settle, setUp } from './tracker-bench';

describe('a deploy', () => {
  const hold = (legacy = false) => {
    const all = setUp();
    const node = handMadeNode('delay', { type: 'delay', legacy });
    const held = all.start((first) => all.flow.send(all.wrapper, first, node));
    return { ...all, ...held, node };
  };

  test('interrupts what lies with a node that it closed, though that reports done', async () => {
    const { tracker, flow, node, msg, seen } = hold();
    flow.receive(node, msg);
    tracker.freeze();
    flow.done(node, msg);
    node.close();
    tracker.thaw();
    await settle();
    assert.deepEqual(seen.calls, ['interrupted', 'drained']);
    assert.equal(tracker.openAttempts, 0);
  });

  test('interrupts what was on its way to a node that it closed', async () => {
    const { tracker, node, seen } = hold();
    tracker.freeze();
    node.close();
    tracker.thaw();
    await turn();
    assert.equal(seen.result?.outcome, 'interrupted');
  });

  test('interrupts what a legacy node may still have owed', async () => {
    const { tracker, flow, node, msg, seen } = hold(true);
    flow.receive(node, msg);
    tracker.freeze();
    node.close();
    tracker.thaw();
    await turn();
    assert.equal(seen.result?.outcome, 'interrupted');
  });

  test('interrupts what a node sent to one that was being rebuilt: the router drops that silently', async () => {
    const { tracker, flow, node, msg, seen } = hold();
    flow.receive(node, msg);
    tracker.freeze();
    tracker.thaw();
    flow.sendNowhere(node, msg, 'rebuilt');
    flow.done(node, msg);
    await settle();
    assert.deepEqual(seen.calls, ['interrupted', 'drained']);
  });

  test('interrupts nothing for a wire to a node that is switched off, or once the flows are started', async () => {
    for (const [destination, isStarted] of [
      ['off', false],
      ['any', true],
    ] as const) {
      const { tracker, flow, node, msg, seen } = hold();
      flow.receive(node, msg);
      tracker.freeze();
      tracker.thaw();
      if (isStarted) tracker.restarted();
      flow.sendNowhere(node, msg, destination);
      flow.done(node, msg);
      await settle();
      assert.deepEqual(seen.calls, ['drained', 'success']);
    }
  });

  test('ends the quiet period of what has ended, if none of its nodes sends later', async () => {
    for (const [type, calls] of [
      ['change', ['drained', 'success']],
      ['function', ['drained']],
    ] as const) {
      const { tracker, flow, wrapper, start } = setUp();
      const { seen } = start((first) => flow.pass(wrapper, first, handMadeNode('a', { type })));
      await turn();
      tracker.freeze();
      tracker.interruptLost();
      assert.deepEqual(seen.calls, calls, type);
    }
  });

  test('lets an attempt go on whose nodes it left alone', async () => {
    const { tracker, flow, node, msg, seen } = hold();
    flow.receive(node, msg);
    tracker.freeze();
    tracker.thaw();
    await settle();
    assert.deepEqual(seen.calls, []);
    flow.done(node, msg);
    await settle();
    assert.deepEqual(seen.calls, ['drained', 'success']);
  });

  test('holds an attempt that starts while it goes on', async () => {
    const { tracker, flow, wrapper, start } = setUp();
    tracker.freeze();
    const { seen } = start((first) => flow.pass(wrapper, first, handMadeNode('a')));
    await settle();
    assert.deepEqual(seen.calls, []);
    tracker.thaw();
    await settle();
    assert.deepEqual(seen.calls, ['drained', 'success']);
  });
});
