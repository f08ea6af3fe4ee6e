import assert from 'node:assert/strict';
import test from 'node:test';
import { Backlog } from '../../../src/delivery/backlog';

const BOUNDS = { limit: 10, maxBytes: 1000 };
const NOTHING = { count: 0, bytes: 0, more: false };

function emptyBacklog(): Backlog {
  const backlog = new Backlog();
  backlog.claiming(BOUNDS)(NOTHING);
  assert.equal(backlog.isEmpty, true);
  return backlog;
}

test('what was not stored is not waited for', () => {
  const backlog = emptyBacklog();
  const removed = backlog.added(1);
  removed();
  assert.equal(backlog.isEmpty, true);
});

test('a duplicate that a claim has counted takes no other event with it', () => {
  const backlog = emptyBacklog();
  const duplicate = backlog.added(1);
  const claimed = backlog.claiming(BOUNDS);
  backlog.added(1);
  duplicate();
  claimed(NOTHING);
  assert.equal(backlog.isEmpty, false);
});

test('... nor where the claim could not be sure to take all', () => {
  const backlog = emptyBacklog();
  backlog.isUnknown();
  const duplicate = backlog.added(1);
  const claimed = backlog.claiming(BOUNDS);
  backlog.added(1);
  duplicate();
  claimed(NOTHING);
  assert.equal(backlog.isEmpty, false);
});

test('a claim that is large enough for all that wait leaves nothing, from the moment it is sent', () => {
  const backlog = emptyBacklog();
  for (let n = 0; n < 10; n++) backlog.added(100);
  const claimed = backlog.claiming(BOUNDS);
  assert.equal(backlog.isEmpty, true);
  claimed({ count: 10, bytes: 1000, more: false });
  assert.equal(backlog.isEmpty, true);
});

test('a claim that may stop at its bytes leaves something until it says otherwise', () => {
  const backlog = emptyBacklog();
  for (let n = 0; n < 3; n++) backlog.added(400);
  const first = backlog.claiming(BOUNDS);
  assert.equal(backlog.isEmpty, false);
  first({ count: 2, bytes: 800, more: true });
  assert.equal(backlog.isEmpty, false);
  const second = backlog.claiming(BOUNDS);
  assert.equal(backlog.isEmpty, true, 'one of 400 bytes waits: the claim takes it');
  second({ count: 1, bytes: 400, more: false });
  assert.equal(backlog.isEmpty, true);
});

test('a claim of fewer than it asked for proves nothing: what counts is whether more is left', () => {
  const backlog = new Backlog();
  backlog.claiming(BOUNDS)({ count: 1, bytes: 5000, more: true });
  assert.equal(backlog.isEmpty, false);
  backlog.claiming(BOUNDS)({ count: 1, bytes: 1, more: false });
  assert.equal(backlog.isEmpty, true);
});

test('a claim that keeps the order is sure of nothing until it is answered', () => {
  const backlog = emptyBacklog();
  backlog.added(1);
  const claimed = backlog.claiming({ ...BOUNDS, limit: 1, ordered: true });
  assert.equal(backlog.isEmpty, false);
  claimed({ count: 0, bytes: 0, more: true });
  assert.equal(backlog.isEmpty, false);
});
