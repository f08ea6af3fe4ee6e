import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, NodeStatus } from 'node-red';
import { showStatus } from '../../../nodes/shared/runtime/node-status';

test('what should merely be known does not hide how much waits; what is red hides all else', () => {
  let shown: NodeStatus | string | undefined;
  const node = { status: (status: NodeStatus) => (shown = status) } as unknown as Node;
  const unverified: NodeStatus = { fill: 'yellow', shape: 'ring', text: 'not verified' };
  const waiting: NodeStatus = { fill: 'yellow', shape: 'dot', text: '3 waiting, oldest 40 s' };
  const noHistory: NodeStatus = {
    fill: 'red',
    shape: 'ring',
    text: 'history: not available, see the log',
  };
  showStatus(node, 'endpoint', unverified);
  assert.deepEqual(shown, unverified);
  showStatus(node, 'jobs', waiting);
  assert.deepEqual(shown, { ...unverified, text: 'not verified · 3 waiting, oldest 40 s' });
  showStatus(node, 'store', noHistory);
  assert.deepEqual(shown, noHistory);
  showStatus(node, 'store', null);
  showStatus(node, 'endpoint', null);
  assert.deepEqual(shown, waiting);
  const heldUp: NodeStatus = { fill: 'red', shape: 'dot', text: '3 wait for a deleted node' };
  showStatus(node, 'endpoint', unverified);
  showStatus(node, 'jobs', heldUp);
  assert.deepEqual(shown, heldUp);
  showStatus(node, 'endpoint', null);
  showStatus(node, 'jobs', null);
  assert.deepEqual(shown, {});
});
