import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HAND_OVER, LATER, withKey, type StoreContext } from './event-store.context';
import { aFailure, anAttempt, anEvent } from './event-store.fixtures';

export function describeMeasures(on: StoreContext): void {
  describe('measures', () => {
    const totals = async (): Promise<Record<string, number>> =>
      Object.fromEntries(
        (await on.store.measures()).totals.map(({ endpoint, total, count }) => [
          `${endpoint} ${total}`,
          count,
        ]),
      );
    const end = (eventId: string, outcome: 'success' | 'failed' | 'ignored'): Promise<string> =>
      on.store.endAttempt({
        ...{ eventId, outcome, reason: null },
        attempt: outcome === 'failed' ? aFailure() : anAttempt({ outcome }),
      });

    test('counts what was stored, by who brought it, and how it ended', async () => {
      const [fine, dropped, lost] = [
        await on.accepted(),
        await on.accepted({ replayOf: 'another' }),
        await on.accepted({ test: true, endpoint: '/hooks/b' }),
      ];
      await end(fine, 'success');
      await end(dropped, 'ignored');
      await end(lost, 'failed');
      assert.deepEqual(await totals(), {
        '/hooks/a stored:sender': 1,
        '/hooks/a stored:replay': 1,
        '/hooks/a finished:success': 1,
        '/hooks/a finished:ignored': 1,
        '/hooks/a attempt:delivery:success': 1,
        '/hooks/a attempt:delivery:ignored': 1,
        '/hooks/b stored:test': 1,
        '/hooks/b finished:failed': 1,
        '/hooks/b attempt:delivery:failed': 1,
      });
    });

    test('counts repetitions apart: a duplicate, and one that is delivered again', async () => {
      const first = anEvent();
      await on.store.accept(first, withKey('k', true));
      await on.store.accept(anEvent(), withKey('k'));
      await end(first.id, 'failed');
      await on.store.accept(anEvent(), withKey('k'));
      const counted = await totals();
      assert.deepEqual([counted['/hooks/a stored:sender'], counted['/hooks/a duplicate']], [1, 1]);
      assert.equal(counted['/hooks/a requeued'], 1);
    });

    test('counts attempts of retry jobs at the endpoint of their event, others at none', async () => {
      const id = await on.accepted();
      const job = await on.parked(id);
      const loose = await on.parked(null);
      await on.claimJobs();
      for (const jobId of [job, loose]) {
        const attempt = anAttempt({ kind: 'retry', number: 2 });
        await on.store.settleJob({ jobId, attempt, state: 'done' });
      }
      await end(id, 'success');
      assert.deepEqual(await totals(), {
        '/hooks/a stored:sender': 1,
        '/hooks/a attempt:retry:failed': 1,
        '/hooks/a attempt:retry:success': 1,
        '/hooks/a attempt:delivery:success': 1,
        '/hooks/a finished:success': 1,
        ' attempt:retry:failed': 1,
        ' attempt:retry:success': 1,
      });
    });

    test('a process that takes over counts what it gives up', async () => {
      const [, parked] = [await on.accepted(), await on.accepted()];
      await on.parked(parked);
      await on.crash();
      await on.store.recover(2_000);
      const counted = await totals();
      assert.equal(counted['/hooks/a attempt:delivery:crashed'], 2);
      assert.equal(counted['/hooks/a stored:sender'], undefined, 'what another process stored');
    });

    test('tells what is stored in the statuses to look after, and how large all of it is', async () => {
      const ids = [await on.accepted(), await on.accepted(), await on.accepted()];
      await on.store.accept(anEvent(), LATER);
      await on.store.accept(anEvent({ endpoint: '/hooks/b' }), HAND_OVER);
      await on.parked(ids[0]!);
      await end(ids[1]!, 'failed');
      await end(ids[2]!, 'success');
      const { events, openJobs, bytes } = await on.store.measures();
      const { pending, processing, retrying, failed } = events;
      assert.deepEqual(
        { pending, processing, retrying, failed, openJobs },
        {
          ...{ pending: 1, processing: 1, retrying: 1, failed: 1, openJobs: 1 },
        },
      );
      assert.ok(bytes > 10_000, String(bytes));
    });
  });
}
