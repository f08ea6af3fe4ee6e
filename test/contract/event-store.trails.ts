import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StoreContext } from './event-store.context';
import { aFailure, anAttempt } from './event-store.fixtures';

const LATE = { nodeId: 'n9', type: 'function', name: '', atMs: 4000, count: 1, error: 'too late' };

/** Errors that come after the end of an attempt (rule 4). */
export function describeTrails(on: StoreContext): void {
  describe('addToTrail', () => {
    test('appends a step to the trail of an ended attempt, and changes nothing else', async () => {
      const id = await on.accepted();
      const attempt = anAttempt();
      await on.store.endAttempt({ eventId: id, attempt, outcome: 'success', reason: null });
      const before = (await on.store.get(id))!;
      await on.store.addToTrail({ eventId: id, jobId: null, number: 1, step: LATE });
      await on.store.addToTrail({ eventId: id, jobId: null, number: 1, step: LATE });
      const after = (await on.store.get(id))!;
      assert.deepEqual(after.event, before.event);
      assert.deepEqual(after.attempts, [
        { ...attempt, jobId: null, trail: [...attempt.trail, LATE, LATE] },
      ]);
    });

    test('finds the attempt among others: by its number, and by its job', async () => {
      const id = await on.accepted();
      await on.store.interrupt(id, anAttempt({ outcome: 'interrupted' }));
      await on.claim();
      const jobId = await on.parked(id, { eventAttempt: 2 });
      const end = { eventId: id, outcome: 'success', reason: null } as const;
      await on.store.endAttempt({ ...end, attempt: anAttempt({ number: 2 }) });
      await on.claimJobs();
      const retry = anAttempt({ kind: 'retry', number: 2 });
      await on.store.settleJob({ jobId, attempt: retry, state: 'done' });
      await on.store.addToTrail({ eventId: id, jobId: null, number: 2, step: LATE });
      await on.store.addToTrail({
        eventId: id,
        jobId,
        number: 2,
        step: { ...LATE, nodeId: 'job' },
      });
      const { attempts } = (await on.store.get(id))!;
      assert.deepEqual(
        attempts.map(({ kind, number, trail }) => [kind, number, trail.at(-1)?.nodeId]),
        [
          ['delivery', 1, anAttempt().trail.at(-1)?.nodeId],
          ['retry', 1, aFailure().trail.at(-1)?.nodeId],
          ['delivery', 2, 'n9'],
          ['retry', 2, 'job'],
        ],
      );
    });

    test('of an event or an attempt that is not kept does nothing', async () => {
      const id = await on.accepted();
      await on.store.addToTrail({ eventId: 'nobody', jobId: null, number: 1, step: LATE });
      await on.store.addToTrail({ eventId: id, jobId: null, number: 1, step: LATE });
      assert.deepEqual((await on.store.get(id))!.attempts, []);
    });
  });
}
