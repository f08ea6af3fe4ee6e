import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Channel } from '../../../src/events/sqlite/channel';
import type { Args, Batch } from '../../../src/events/sqlite/protocol';

const REJECTION: Args<'reject'> = [
  'r',
  1,
  '/a',
  401,
  'cause',
  'detail',
  'POST',
  '/a',
  '::1',
  '{}',
  7,
];
const nextTurn = (): Promise<void> => new Promise((done) => void setImmediate(done));

function aChannel(): { channel: Channel; batches: string[][] } {
  const batches: string[][] = [];
  const channel = new Channel({ maxQueued: 10_000, maxQueuedBytes: 1000 }, () => 1);
  channel.connect((batch: Batch) => void batches.push(batch.calls.map(([, name]) => name)));
  return { channel, batches };
}

test('a lazy call travels with the next urgent one, and makes no transaction of its own', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { channel, batches } = aChannel();
  for (let n = 0; n < 3; n++) void channel.call('reject', REJECTION, 'lazy');
  await nextTurn();
  await nextTurn();
  assert.equal(batches.length, 0);
  void channel.call('requeue', ['id']);
  await nextTurn();
  assert.deepEqual(batches, [['reject', 'reject', 'reject', 'requeue']]);
});

test('... or all that came within 50 ms leave together', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { channel, batches } = aChannel();
  for (let n = 0; n < 100; n++) void channel.call('reject', REJECTION, 'lazy');
  t.mock.timers.tick(49);
  await nextTurn();
  assert.equal(batches.length, 0);
  t.mock.timers.tick(1);
  assert.deepEqual(
    batches.map((calls) => calls.length),
    [100],
  );
});
