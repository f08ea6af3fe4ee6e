import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter } from '../../../src/metrics/counter';
import { EventLoopDelay } from '../../../src/metrics/event-loop-delay';
import { GoneSeries } from '../../../src/metrics/gone-series';
import { Histogram, summed } from '../../../src/metrics/histogram';
import { BoundedLabels } from '../../../src/metrics/label-values';
import { RunningTotals } from '../../../src/metrics/running-totals';
import { createFakeClock } from '../../support/fake-clock';

test('a value equal to a bound is below it; what is above all of them is counted', () => {
  const histogram = new Histogram([1, 2]);
  for (const value of [1, 1.5, 2, 99]) histogram.observe(value);
  assert.deepEqual(histogram.read(), { cumulative: [1, 3], count: 4, sum: 103.5 });
});

test('a label has no more values than its bound: what comes later shares one', () => {
  const labels = new BoundedLabels(2);
  const of = (endpoint: string): string => labels.of({ endpoint })['endpoint'] ?? '';
  assert.deepEqual([of('/a'), of('/b'), of('/c'), of('/d')], ['/a', '/b', 'other', 'other']);
  assert.deepEqual([of('/a'), of('')], ['/a', ''], 'who came first keeps its place');
  assert.equal(labels.of({ node: '/c' })['node'], '/c', 'each label has its own');
});

test('a label is of bounded length, and can be written as UTF-8', () => {
  const labels = new BoundedLabels(2);
  assert.equal(labels.of({ endpoint: `/${'x'.repeat(999)}` })['endpoint']?.length, 200);
  assert.equal(labels.of({ endpoint: '/\ud800' })['endpoint'], '/\ufffd');
});

test('a counter has a bound of series', () => {
  const counter = new Counter(['a']);
  for (let n = 0; n < 6000; n++) counter.add([String(n)]);
  counter.add(['1']);
  assert.equal(counter.read().length, 5000);
  assert.deepEqual(counter.read()[1], { labels: { a: '1' }, value: 2 });
});

test('the sum of the stores goes on when one of them counts from nothing again, or is gone', () => {
  const totals = new RunningTotals();
  const stored = (count: number) => [
    { endpoint: '/a', total: 'stored:sender', count } as const,
    { endpoint: '/a', total: 'duplicate', count: 1 } as const,
  ];
  const sum = (): (number | undefined)[] =>
    ['stored:sender', 'duplicate'].map(
      (what) => totals.read().find(({ total }) => total === what)?.count,
    );
  const one = { id: '1', history: 'h' };
  totals.update(one, stored(5));
  totals.update({ id: '2', history: 'h' }, stored(2));
  assert.deepEqual(sum(), [7, 2]);
  totals.update(one, stored(6));
  assert.deepEqual(sum(), [8, 2]);
  totals.update(one, [{ endpoint: '/a', total: 'stored:sender', count: 1 }]);
  assert.deepEqual(sum(), [9, 2], 'opened anew: 6 + 1, and 2 of the other');
  totals.update(one, []);
  assert.deepEqual(sum(), [9, 2]);
  totals.update(one, stored(1));
  totals.keepOnly(new Set(['1']));
  totals.keepOnly(new Set(['1']));
  assert.deepEqual(sum(), [10, 3], 'the other one is closed');
  totals.update({ id: '3', history: 'h' }, stored(9));
  assert.deepEqual(sum(), [19, 4], 'and there is a new one, which counts more');
});

test('each history has totals of its own', () => {
  const totals = new RunningTotals();
  const of = (count: number) => [{ endpoint: '', total: 'evicted:failed', count } as const];
  totals.update({ id: '1', history: 'a' }, of(3));
  totals.update({ id: '2', history: 'b' }, of(4));
  totals.keepOnly(new Set());
  assert.deepEqual(
    totals.read().map(({ history, count }) => [history, count]),
    [
      ['a', 3],
      ['b', 4],
    ],
  );
});

test('what is gone is shown for an hour after its last change, and again when it is back', () => {
  const gone = new GoneSeries();
  const hour = 3_600_000;
  const isShown = (value: number, isThere: boolean, atMs: number): boolean =>
    gone.isShown('x', { endpoint: '/a' }, value, isThere, atMs);
  assert.equal(isShown(1, true, 0), true);
  assert.equal(isShown(1, true, hour), true, 'silent, and there');
  assert.equal(isShown(1, false, hour), false);
  assert.equal(isShown(2, false, hour + 1), true, 'something of it ended');
  assert.equal(isShown(2, false, 2 * hour), true);
  assert.equal(isShown(2, false, 2 * hour + 1), false);
  assert.equal(isShown(2, true, 2 * hour + 2), true);
  assert.equal(
    gone.isShown('x', { endpoint: '/b' }, 1, false, hour),
    true,
    'seen for the first time',
  );
});

test('two histograms are one', () => {
  const [a, b] = [new Histogram([1, 2]), new Histogram([1, 2])];
  for (const value of [1, 3]) a.observe(value);
  for (const value of [2, 2]) b.observe(value);
  assert.deepEqual(summed(a.read(), b.read()), { cumulative: [1, 3], count: 4, sum: 8 });
});

test('how late timers are, from when somebody wants to know', () => {
  const clock = createFakeClock();
  let lateMs = 0;
  const delay = new EventLoopDelay(clock, () => clock.now() + lateMs);
  clock.advance(500);
  assert.equal(delay.histogram.read().count, 0);
  delay.start();
  delay.start();
  clock.advance(100);
  assert.deepEqual(
    [delay.histogram.read().count, delay.histogram.read().sum],
    [2, 0],
    'begun once, on time',
  );
  lateMs = 200;
  clock.advance(50);
  assert.equal(delay.histogram.read().sum, 0.2);
});
