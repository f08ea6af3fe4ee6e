import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MinuteCounts } from '../../../src/events/minute-counts';

const MINUTE = 60_000;
/** The minutes, counted back from the current one, in which something was counted, and how much. */
const counted = (numbers: readonly number[]): [number, number][] =>
  numbers.flatMap((n, at) => (n === 0 ? [] : [[numbers.length - 1 - at, n] as [number, number]]));

test('counts by minute, and moves on with the clock', () => {
  const counts = new MinuteCounts();
  counts.add('/a', 'received', 100 * MINUTE);
  counts.add('/a', 'received', 100 * MINUTE + 59_999);
  counts.add('/a', 'received', 101 * MINUTE);
  counts.add('/a', 'failed', 103 * MINUTE);
  const [one] = counts.read(104 * MINUTE);
  assert.deepEqual(counted(one!.received), [
    [4, 2],
    [3, 1],
  ]);
  assert.deepEqual(counted(one!.failed), [[1, 1]]);
  assert.deepEqual(counted(counts.read(160 * MINUTE)[0]!.received), [[59, 1]]);
  assert.deepEqual(counts.read(163 * MINUTE), []);
});

test('a late count goes to its own minute, one that is too late nowhere', () => {
  const counts = new MinuteCounts();
  counts.add('/a', 'received', 200 * MINUTE);
  counts.add('/a', 'received', 190 * MINUTE);
  counts.add('/a', 'received', 100 * MINUTE);
  assert.deepEqual(counted(counts.read(200 * MINUTE)[0]!.received), [
    [10, 1],
    [0, 1],
  ]);
});

test('what a rolled back transaction counted is not counted', () => {
  const counts = new MinuteCounts();
  counts.mark();
  counts.add('/a', 'received', MINUTE);
  counts.mark();
  counts.add('/a', 'failed', MINUTE);
  counts.revert();
  const [one] = counts.read(MINUTE);
  assert.deepEqual([counted(one!.received), counted(one!.failed)], [[[0, 1]], []]);
});

test('memory is bounded: 500 endpoints, those without anything new give way', () => {
  const counts = new MinuteCounts();
  for (let n = 0; n < 600; n++) counts.add(`/old/${n}`, 'received', 0);
  assert.equal(counts.read(0).length, 500);
  counts.add('/new', 'received', 61 * MINUTE);
  assert.deepEqual(
    counts.read(61 * MINUTE).map(({ endpoint }) => endpoint),
    ['/new'],
  );
});
