import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventStore } from '../../../src/events/event-store';
import { patience, searchStore } from '../../../src/history/search';
import { createFakeClock } from '../../support/fake-clock';

test('a search rests between two steps, unless nobody else asks anything of the store', async () => {
  const clock = createFakeClock();
  const mayGoOn = patience(clock, 1_000);
  assert.equal(await mayGoOn(true), true);
  const rested = mayGoOn(false);
  assert.equal(clock.waiting, 1);
  clock.advance(30);
  assert.equal(await rested, true);
  clock.advance(500);
  const later = mayGoOn(true);
  assert.equal(clock.waiting, 1);
  clock.advance(500);
  assert.equal(await later, true);
  assert.equal(await mayGoOn(true), false);
});

test('the store says whether it is quiet, and the next step follows at once', async () => {
  const said: boolean[] = [];
  const pages = [{ isQuiet: true }, {}, { isQuiet: false }];
  const list = (): unknown => {
    const page = pages.shift();
    return Promise.resolve({ events: [], next: page === undefined ? null : 'more', ...page });
  };
  const store = { list } as unknown as EventStore;
  await searchStore(store, { limit: 5 }, async (isQuiet) => said.push(isQuiet) > 0);
  assert.deepEqual(said, [true, false, false]);
});
