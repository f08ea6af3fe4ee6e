import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NewEvent } from '../../src/events/event';
import type { EventFilter } from '../../src/events/event-query';
import { LATER, withKey } from './event-store.context';
import type { StoreContext } from './event-store.context';
import { aFailure, anAttempt, anEvent } from './event-store.fixtures';

export function describeRepeats(on: StoreContext): void {
  describe('events that were sent again', () => {
    const sent = async (key: string, change: Partial<NewEvent> = {}): Promise<string> => {
      const event = anEvent(change);
      const answer = await on.store.accept(event, withKey(key, true));
      return answer.kind === 'stored' ? event.id : answer.eventId;
    };
    const repeatsOf = async (id: string): Promise<unknown[]> => {
      const { repeats, repeatedAtMs } = (await on.store.get(id))!.event;
      const [summary] = await on.store.summaries([id]);
      assert.deepEqual([summary!.repeats, summary!.repeatedAtMs], [repeats, repeatedAtMs]);
      return [repeats, repeatedAtMs];
    };
    const found = async (filter: EventFilter): Promise<string[]> =>
      (await on.store.list({ limit: 10, ...filter })).events.map(({ id }) => id);

    test('none at first; each counts, and the time is that of the latest', async () => {
      const id = await sent('k');
      assert.deepEqual(await repeatsOf(id), [0, null]);
      await sent('k', { receivedAtMs: 3_000 });
      assert.deepEqual(await repeatsOf(id), [1, 3_000]);
      await sent('k', { receivedAtMs: 2_000 });
      assert.deepEqual(await repeatsOf(id), [2, 3_000]);
      await sent('k', { receivedAtMs: 4_000 });
      assert.deepEqual(await repeatsOf(id), [3, 4_000]);
    });

    test('many at once, of several events and beside new ones', async () => {
      const [a, b] = [await sent('a'), await sent('b')];
      const fresh = anEvent();
      await Promise.all([
        ...Array.from({ length: 40 }, (_, n) => sent('a', { receivedAtMs: 2_000 + n })),
        on.store.accept(fresh, LATER),
        ...Array.from({ length: 3 }, () => sent('b', { receivedAtMs: 5_000 })),
      ]);
      assert.deepEqual(await repeatsOf(a), [40, 2_039]);
      assert.deepEqual(await repeatsOf(b), [3, 5_000]);
      assert.deepEqual(await repeatsOf(fresh.id), [0, null]);
    });

    test('with the first one in the same moment', async () => {
      const [first, ...others] = [anEvent(), anEvent(), anEvent()];
      await Promise.all(
        [first, ...others].map((event) => on.store.accept(event, withKey('k', true))),
      );
      assert.deepEqual(await repeatsOf(first.id), [2, 1_000]);
    });

    test('what is delivered again is no repeat, nor is the same id with another body', async () => {
      const id = await sent('k');
      const end = { eventId: id, attempt: aFailure(), reason: 'no' } as const;
      await on.store.endAttempt({ ...end, outcome: 'failed' });
      assert.equal((await on.store.accept(anEvent(), withKey('k'))).kind, 'requeued');
      assert.deepEqual(await repeatsOf(id), [0, null]);
      await sent('k', { receivedAtMs: 3_000 });
      const other = await sent('k', { body: Buffer.from('other') });
      assert.notEqual(other, id);
      assert.deepEqual(await repeatsOf(id), [1, 3_000]);
      assert.deepEqual(await repeatsOf(other), [0, null]);
    });

    test('the count goes with the event, whatever becomes of it', async () => {
      const id = await sent('k');
      await sent('k', { receivedAtMs: 3_000 });
      const before = (await on.store.get(id))!.event.updatedAtMs;
      assert.equal(before, 1_000, 'a repeat does not keep an event from getting old');
      const end = { eventId: id, attempt: anAttempt(), reason: null } as const;
      await on.store.endAttempt({ ...end, outcome: 'success' });
      await sent('k', { receivedAtMs: 4_000 });
      assert.deepEqual(await repeatsOf(id), [2, 4_000]);
      const [, next] = [await on.store.remove([id]), await sent('other')];
      await sent('k', { receivedAtMs: 5_000 });
      assert.deepEqual(await repeatsOf(next), [0, null], 'of an event that is gone: nobody');
      assert.deepEqual(await found({ repeats: 1 }), []);
    });

    test('a claimed event knows of them', async () => {
      const event = anEvent();
      await on.store.accept(event, withKey('k'));
      await on.store.accept(anEvent({ receivedAtMs: 7_000 }), withKey('k'));
      await on.store.get(event.id);
      const [claimed] = await on.claim();
      assert.deepEqual([claimed!.repeats, claimed!.repeatedAtMs], [1, 7_000]);
    });

    test('they are found by how often', async () => {
      const [never, once, twice] = [await sent('a'), await sent('b'), await sent('c')];
      for (const key of ['b', 'c', 'c']) await sent(key);
      assert.deepEqual(await found({}), [twice, once, never]);
      assert.deepEqual(await found({ repeats: 1 }), [twice, once]);
      assert.deepEqual(await found({ repeats: 2 }), [twice]);
      assert.deepEqual(await found({ repeats: 2, endpoint: '/hooks/a', status: 'processing' }), [
        twice,
      ]);
      assert.deepEqual(await found({ repeats: 3 }), []);
      assert.deepEqual(await found({ repeats: 1, method: 'GET' }), []);
    });

    test('an orderly stop loses none', async () => {
      const id = await sent('k');
      const answers = [sent('k'), sent('k'), sent('k', { receivedAtMs: 9_000 })];
      await Promise.all(answers);
      await on.store.close();
      await on.crash();
      assert.deepEqual(await repeatsOf(id), [3, 9_000]);
    });
  });
}
