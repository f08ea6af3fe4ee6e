import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tryOnHistory } from '../../../src/history/rule-trial';
import { anEvent } from '../../contract/event-store.fixtures';
import { Histories } from '../events/sqlite-harness';

const LATER = { handOver: false, dedup: null } as const;

test('the newest events of an endpoint, each judged; an error is one event’s own', async (t) => {
  const histories = new Histories();
  t.after(() => histories.end());
  const store = await histories.open();
  const events = [
    anEvent({ endpoint: '/a' }),
    anEvent({ endpoint: '/b' }),
    anEvent({ endpoint: '/a' }),
  ];
  for (const event of events) await store.accept(event, LATER);
  const [first, , third] = events;
  const judge = (event: { id: string }) =>
    event.id === first?.id
      ? Promise.reject(new Error('too deep'))
      : Promise.resolve({ matched: [1], why: null });
  const query = { endpoint: '/a', limit: 10 };
  const { events: tried, cutShort } = await tryOnHistory([store], query, judge, () =>
    Promise.resolve(true),
  );
  assert.equal(cutShort, false);
  assert.deepEqual(
    tried.map(({ id, matched, problem }) => [id, matched, problem]),
    [
      [third?.id, [1], null],
      [first?.id, [], 'too deep'],
    ],
  );
});

test('it ends when the time is over, after one event at the least', async (t) => {
  const histories = new Histories();
  t.after(() => histories.end());
  const store = await histories.open();
  for (let n = 0; n < 3; n++) await store.accept(anEvent({ endpoint: '/a' }), LATER);
  const judge = () => Promise.resolve({ matched: [], why: 'no' });
  const over = () => Promise.resolve(false);
  const { events, cutShort } = await tryOnHistory([store], { limit: 10 }, judge, over);
  assert.deepEqual([events.length, events[0]?.why, cutShort], [1, 'no', true]);
});
