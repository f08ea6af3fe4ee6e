import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LATER, DAY, refusedAs, withKey } from './event-store.context';
import type { StoreContext } from './event-store.context';
import { aFailure, anAttempt, anEvent } from './event-store.fixtures';

export function describeAccepting(on: StoreContext): void {
  describe('accept', () => {
    test('gives back what was stored, to the byte', async () => {
      const event = anEvent({
        body: Buffer.from([0, 255, 1, 254]),
        replayOf: 'x',
        edited: true,
        test: true,
        deliveryId: 'd1',
      });
      await on.store.accept(event, LATER);
      const stored = (await on.store.get(event.id))!.event;
      const { body, ...rest } = stored;
      assert.deepEqual(Buffer.from(body), event.body);
      assert.deepEqual(rest, {
        ...Object.fromEntries(Object.entries(event).filter(([key]) => key !== 'body')),
        status: 'pending',
        reason: null,
        attempt: 0,
        redelivered: false,
        conflict: false,
        repeats: 0,
        repeatedAtMs: null,
        updatedAtMs: 1_000,
      });
    });

    for (const [what, body] of [
      ['an empty body', Buffer.alloc(0)],
      ['a body that compresses well', Buffer.from('webhook '.repeat(5_000))],
      [
        'a body that does not',
        Buffer.from(Array.from({ length: 9_000 }, (_, n) => (n * n * 31) >> 3)),
      ],
    ] as const) {
      test(`keeps ${what}`, async () => {
        const id = await on.accepted({ body });
        assert.deepEqual(Buffer.from((await on.store.get(id))!.event.body), body);
      });
    }

    test('keeps the bodies of calls made at once apart', async () => {
      const events = Array.from({ length: 200 }, (_, n) =>
        anEvent({ body: Buffer.from(`${n} `.repeat(n)) }),
      );
      await Promise.all(events.map((event) => on.store.accept(event, LATER)));
      for (const { id, body } of events) {
        assert.deepEqual(Buffer.from((await on.store.get(id))!.event.body), body);
      }
    });

    test('counts the first hand-over in the same commit', async () => {
      const id = await on.accepted();
      const { status, attempt, redelivered } = (await on.store.get(id))!.event;
      assert.deepEqual(
        { status, attempt, redelivered },
        {
          status: 'processing',
          attempt: 1,
          redelivered: false,
        },
      );
      assert.deepEqual(await on.claim(), []);
    });

    test('refuses an id that is taken and keeps the others of the same moment', async () => {
      const event = anEvent();
      await on.store.accept(event, LATER);
      const others = [anEvent(), anEvent()];
      const results = await Promise.allSettled([
        on.store.accept(others[0]!, LATER),
        on.store.accept(event, LATER),
        on.store.accept(others[1]!, LATER),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      assert.equal((await on.store.stats()).byStatus.pending, 3);
    });
  });

  describe('duplicates (rule 7)', () => {
    test('an event without key is never one', async () => {
      for (const event of [anEvent(), anEvent()]) {
        assert.deepEqual(await on.store.accept(event, LATER), { kind: 'stored', conflict: false });
      }
    });

    test('of two at the same moment one is stored', async () => {
      const [one, two] = [anEvent(), anEvent()];
      const answers = await Promise.all([
        on.store.accept(one, withKey('k')),
        on.store.accept(two, withKey('k')),
      ]);
      assert.deepEqual(answers, [
        { kind: 'stored', conflict: false },
        { kind: 'duplicate', eventId: one.id },
      ]);
      assert.equal(await on.store.get(two.id), undefined);
    });

    for (const outcome of ['success', 'ignored'] as const) {
      test(`of an event that ended as ${outcome} is a duplicate`, async () => {
        const event = anEvent();
        await on.store.accept(event, withKey('k', true));
        await on.store.endAttempt({
          eventId: event.id,
          attempt: anAttempt(),
          outcome,
          reason: null,
        });
        const answer = await on.store.accept(anEvent(), withKey('k'));
        assert.deepEqual(answer, { kind: 'duplicate', eventId: event.id });
        assert.equal(await on.statusOf(event.id), outcome);
      });
    }

    test('of an event that is retried is a duplicate', async () => {
      const event = anEvent();
      await on.store.accept(event, withKey('k', true));
      await on.parked(event.id);
      const answer = await on.store.accept(anEvent(), withKey('k'));
      assert.deepEqual(answer, { kind: 'duplicate', eventId: event.id });
    });

    test('of a failed event puts that event back', async () => {
      const event = anEvent();
      await on.store.accept(event, withKey('k', true));
      const end = { eventId: event.id, attempt: aFailure(), reason: 'no' } as const;
      await on.store.endAttempt({ ...end, outcome: 'failed' });
      const answer = await on.store.accept(anEvent(), withKey('k', true));
      assert.deepEqual(answer, { kind: 'requeued', eventId: event.id });
      const [again] = await on.claim();
      assert.equal(again!.id, event.id);
      assert.equal(again!.attempt, 2);
      assert.equal(again!.redelivered, true);
      assert.equal(again!.reason, null);
    });

    test('the same key with another body is delivered and marked', async () => {
      await on.store.accept(anEvent(), withKey('k'));
      const other = anEvent({ body: Buffer.from('other') });
      assert.deepEqual(await on.store.accept(other, withKey('k')), {
        kind: 'stored',
        conflict: true,
      });
      assert.equal((await on.store.get(other.id))!.event.conflict, true);
      const again = await on.store.accept(anEvent({ body: other.body }), withKey('k'));
      assert.deepEqual(again, { kind: 'duplicate', eventId: other.id });
    });

    test('the same key at another endpoint is another key', async () => {
      await on.store.accept(anEvent(), withKey('k'));
      const answer = await on.store.accept(anEvent({ endpoint: '/hooks/b' }), withKey('k'));
      assert.deepEqual(answer, { kind: 'stored', conflict: false });
    });

    test('a key is forgotten when its window ends', async () => {
      await on.store.accept(anEvent({ receivedAtMs: 1_000 }), withKey('k'));
      const within = anEvent({ receivedAtMs: 1_000 + DAY - 1 });
      assert.equal((await on.store.accept(within, withKey('k'))).kind, 'duplicate');
      const after = anEvent({ receivedAtMs: 1_000 + DAY });
      assert.deepEqual(await on.store.accept(after, withKey('k')), {
        kind: 'stored',
        conflict: false,
      });
      const again = anEvent({ receivedAtMs: 1_001 + DAY });
      assert.deepEqual(await on.store.accept(again, withKey('k')), {
        kind: 'duplicate',
        eventId: after.id,
      });
    });
  });

  describe('durability', () => {
    test('what was acknowledged is there after a crash', async () => {
      const events = Array.from({ length: 100 }, () => anEvent());
      await Promise.all(events.map((event) => on.store.accept(event, LATER)));
      await on.crash();
      assert.deepEqual(
        (await on.claim(200)).map(({ id }) => id),
        events.map(({ id }) => id),
      );
    });

    test('close writes what was called before it, and ends the store', async () => {
      const event = anEvent();
      const last = on.store.accept(event, LATER);
      await on.store.close();
      assert.equal((await last).kind, 'stored');
      await assert.rejects(on.store.accept(anEvent(), LATER), refusedAs('store-unavailable'));
      await assert.rejects(on.store.list({ limit: 1 }), refusedAs('store-unavailable'));
      await on.store.close();
      await on.crash();
      assert.equal(await on.statusOf(event.id), 'pending');
    });
  });
}
