import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LATER } from './event-store.context';
import type { StoreContext } from './event-store.context';
import { anAttempt, anEvent } from './event-store.fixtures';

/** How what the process died with is handed over again. */
export function describeSuspects(on: StoreContext): void {
  async function die(): Promise<void> {
    await on.crash();
    await on.store.recover(2_000);
  }

  async function claimed(
    change: Parameters<StoreContext['claimOf']>[0],
  ): Promise<{ ids: string[]; next: string; more: boolean }> {
    const { events, next, more } = await on.claimOf(change);
    return { ids: events.map(({ id }) => id), next, more };
  }

  describe('events that the process died with', () => {
    test('once: they are not claimed together with others', async () => {
      const [a, b, c] = [await on.accepted(), await on.accepted(), await on.accepted()];
      const fresh = anEvent();
      await on.store.accept(fresh, LATER);
      await die();
      const first = await claimed({ limit: 2 });
      assert.deepEqual(first, { ids: [a, b], next: 'suspect', more: true });
      const second = await claimed({ limit: 5 });
      assert.deepEqual(second, { ids: [c], next: 'fresh', more: true });
      const third = await claimed({ limit: 5 });
      assert.deepEqual(third, { ids: [fresh.id], next: 'fresh', more: false });
    });

    test('twice: each is claimed by itself, when that is asked for', async () => {
      const [a, b] = [await on.accepted(), await on.accepted()];
      await die();
      await on.claim();
      await die();
      assert.deepEqual(await claimed({}), { ids: [], next: 'alone', more: true });
      const alone = { alone: true, limit: 1 };
      assert.deepEqual(await claimed(alone), { ids: [a], next: 'alone', more: true });
      const end = { eventId: a, attempt: anAttempt({ number: 3 }), reason: null } as const;
      await on.store.endAttempt({ ...end, outcome: 'success' });
      assert.deepEqual(await claimed(alone), { ids: [b], next: 'fresh', more: false });
      await die();
      assert.deepEqual([await on.statusOf(a), await on.statusOf(b)], ['success', 'failed']);
    });

    test('a claim for one alone takes no other', async () => {
      const id = await on.accepted();
      await die();
      const none = await claimed({ alone: true, limit: 1 });
      assert.deepEqual(none, { ids: [], next: 'suspect', more: true });
      assert.deepEqual((await claimed({})).ids, [id]);
    });

    test('a deploy does not add to the suspicion', async () => {
      const id = await on.accepted();
      await die();
      for (const number of [2, 3, 4]) {
        assert.deepEqual((await claimed({})).ids, [id]);
        await on.store.interrupt(id, anAttempt({ outcome: 'interrupted', number }));
      }
    });
  });

  describe('jobs that the process died with', () => {
    test('twice: each is claimed by itself, when that is asked for', async () => {
      const ids = [await on.parked(null), await on.parked(null)];
      for (let deaths = 0; deaths < 2; deaths++) {
        const { jobs, alone } = await on.claimJobs();
        assert.deepEqual([jobs.length, alone], [2, false]);
        await die();
      }
      const fresh = await on.parked(null);
      const others = await on.claimJobs();
      assert.deepEqual([others.jobs.map(({ id }) => id), others.alone], [[fresh], true]);
      const seen: string[] = [];
      for (const left of [true, false]) {
        const { jobs, alone } = await on.claimJobs(5_000, 1, true);
        seen.push(...jobs.map(({ id }) => id));
        assert.equal(alone, left);
        const settlement = {
          attempt: anAttempt({ kind: 'retry', number: 4 }),
          state: 'done',
        } as const;
        await on.store.settleJob({ jobId: seen.at(-1)!, ...settlement });
      }
      assert.deepEqual(seen, ids);
      await die();
      assert.equal((await on.claimJobs()).alone, false);
    });
  });
}
