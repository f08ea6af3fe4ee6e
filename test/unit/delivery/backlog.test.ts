import assert from 'node:assert/strict';
import test from 'node:test';
import { Backlog } from '../../../src/delivery/backlog';

function emptyBacklog(): Backlog {
  const backlog = new Backlog();
  backlog.claiming(10)(0);
  assert.equal(backlog.isEmpty, true);
  return backlog;
}

test('what was not stored is not waited for', () => {
  const backlog = emptyBacklog();
  const removed = backlog.added();
  removed();
  assert.equal(backlog.isEmpty, true);
});

test('a duplicate that a claim has counted takes no other event with it', () => {
  const backlog = emptyBacklog();
  const duplicate = backlog.added();
  const claimed = backlog.claiming(10);
  backlog.added();
  duplicate();
  claimed(0);
  assert.equal(backlog.isEmpty, false);
});

test('... nor where the claim could not be sure to take all', () => {
  const backlog = emptyBacklog();
  backlog.isUnknown();
  const duplicate = backlog.added();
  const claimed = backlog.claiming(10);
  backlog.added();
  duplicate();
  claimed(0);
  assert.equal(backlog.isEmpty, false);
});
