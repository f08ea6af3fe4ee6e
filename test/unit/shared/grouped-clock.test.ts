import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { groupedClock } from '../../../src/shared/grouped-clock';
import { createFakeClock } from '../../support/fake-clock';

test('timers that are set within 10 ms share one of the platform, and none is early', () => {
  const fake = createFakeClock();
  const clock = groupedClock(fake);
  const called: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    clock.after(150, () => called.push(name));
    fake.advance(3);
  }
  assert.equal(fake.waiting, 1);
  fake.advance(150);
  assert.deepEqual(called, [], 'the last was set 153 ms ago at the earliest');
  fake.advance(1);
  assert.deepEqual(called, ['a', 'b', 'c']);
  assert.equal(fake.waiting, 0);
});

test('the next ones, and those of another length, have their own', () => {
  const fake = createFakeClock();
  const clock = groupedClock(fake);
  const called: string[] = [];
  clock.after(150, () => called.push('first'));
  clock.after(30, () => called.push('short'));
  fake.advance(10);
  clock.after(150, () => called.push('second'));
  assert.equal(fake.waiting, 3);
  fake.advance(150);
  assert.deepEqual(called, ['short', 'first']);
  fake.advance(10);
  assert.deepEqual(called, ['short', 'first', 'second']);
});

test('a cancelled one is not called, whichever of a slot it is, nor one that another one cancels', () => {
  const fake = createFakeClock();
  const clock = groupedClock(fake);
  const called: number[] = [];
  const timers = Array.from({ length: 6 }, (_, n) =>
    clock.after(100, () => {
      called.push(n);
      if (n === 2) timers[4]!.cancel();
    }),
  );
  for (const n of [0, 3, 5, 5]) timers[n]!.cancel();
  fake.advance(200);
  assert.deepEqual(called, [1, 2]);
});

test('a clock that is set back does not delay what is set from then on', () => {
  const fake = createFakeClock();
  let backMs = 0;
  const clock = groupedClock({ ...fake, now: () => fake.now() - backMs });
  let called = 0;
  clock.after(100, () => called++);
  backMs = 3_600_000;
  clock.after(100, () => called++);
  fake.advance(110);
  assert.equal(called, 2);
});

test('callbacks run in the context in which the clock was made', async () => {
  const context = new AsyncLocalStorage<string>();
  const platform = {
    now: () => 0,
    after(ms: number, callback: () => void) {
      const timer = setTimeout(callback, ms);
      return { cancel: () => clearTimeout(timer) };
    },
  };
  const clock = context.run('made', () => groupedClock(platform));
  const seen = await context.run(
    'set',
    () =>
      new Promise<string | undefined>((resolve) => {
        clock.after(0, () => resolve(context.getStore()));
      }),
  );
  assert.equal(seen, 'made');
});
