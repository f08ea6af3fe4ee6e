import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { ChangeFeed, type HistoryChanges } from '../../../src/history/change-feed';
import { createFakeClock, type FakeClock } from '../../support/fake-clock';

describe('the feed of changes', () => {
  let clock: FakeClock;
  let told: HistoryChanges[];
  let feed: ChangeFeed;
  beforeEach(() => {
    clock = createFakeClock();
    told = [];
    feed = new ChangeFeed(clock, (changes) => told.push(changes));
  });

  test('collects: each event once, and what else has changed', () => {
    for (const id of ['a', 'b', 'a']) feed.event(id);
    feed.jobs();
    assert.equal(told.length, 0, 'not at once');
    clock.advance(1000);
    assert.deepEqual(told, [
      { events: ['a', 'b'], more: false, jobs: true, rejections: false, endpoints: false },
    ]);
    feed.rejections();
    feed.endpoints();
    clock.advance(1000);
    assert.deepEqual(told.at(-1), {
      ...{ events: [], more: false, jobs: false, rejections: true, endpoints: true },
    });
    clock.advance(10_000);
    assert.equal(told.length, 2, 'nothing more to tell');
  });

  test('a flood is told twice a second, with a hundred ids at most', () => {
    for (let n = 0; n < 3000; n++) {
      feed.event(`event-${n}`);
      clock.advance(1);
    }
    clock.advance(1000);
    assert.ok(told.length >= 6 && told.length <= 8, `${told.length} times in 3 s`);
    assert.ok(told.every(({ events }) => events.length <= 100));
    assert.equal(told[1]!.more, true);
  });
});
