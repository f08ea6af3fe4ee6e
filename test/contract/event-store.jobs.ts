import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refusedAs } from './event-store.context';
import type { StoreContext } from './event-store.context';
import { aFailure, aJob, anAttempt } from './event-store.fixtures';

export function describeJobs(on: StoreContext): void {
  describe('park', () => {
    test('stores the job and makes the event retrying', async () => {
      const id = await on.accepted();
      const job = aJob({ eventId: id });
      await on.store.park({ job, attempt: aFailure({ kind: 'retry' }) });
      const detail = (await on.store.get(id))!;
      assert.equal(detail.event.status, 'retrying');
      assert.deepEqual({ ...detail.jobs[0], message: null }, { ...job, message: null });
      assert.deepEqual(Buffer.from(detail.jobs[0]!.message), job.message);
      assert.deepEqual([detail.attempts[0]!.jobId, detail.attempts[0]!.kind], [job.id, 'retry']);
      assert.equal((await on.store.stats()).openJobs, 1);
    });

    test('the same arrival again changes nothing', async () => {
      const id = await on.accepted();
      await on.parked(id);
      await on.parked(id);
      await on.parked(id, { arrival: 2 });
      assert.equal((await on.store.jobs({ eventId: id, limit: 9 })).length, 2);
      assert.equal((await on.store.stats()).openJobs, 2);
    });

    test('of an unknown event is refused', async () => {
      await assert.rejects(on.parked('nobody'), refusedAs('not-found'));
      assert.deepEqual(await on.store.jobs({ limit: 9 }), []);
    });

    test('after the attempt is over stores a job that never runs', async () => {
      const id = await on.accepted();
      await on.store.endAttempt({
        eventId: id,
        attempt: aFailure(),
        outcome: 'failed',
        reason: 'time',
      });
      await on.parked(id);
      assert.equal(await on.statusOf(id), 'failed');
      assert.deepEqual(await on.claimJobs(), { jobs: [], nextDueAtMs: null, alone: false });
    });

    test('of an earlier attempt stores a job that never runs', async () => {
      const id = await on.accepted();
      await on.store.interrupt(id, anAttempt({ outcome: 'interrupted' }));
      await on.claim();
      await on.parked(id, { eventAttempt: 1 });
      assert.equal(await on.statusOf(id), 'processing');
      assert.deepEqual((await on.claimJobs()).jobs, []);
    });

    test('keeps a message that no webhook sent', async () => {
      const job = aJob();
      await on.store.park({ job, attempt: aFailure() });
      const { jobs } = await on.claimJobs();
      assert.deepEqual([jobs[0]!.id, jobs[0]!.eventId], [job.id, null]);
      const settlement = { jobId: job.id, attempt: anAttempt(), state: 'done' } as const;
      assert.equal(await on.store.settleJob(settlement), null);
    });
  });

  describe('claimJobs', () => {
    test('takes due ones, oldest due first, and says when the next is due', async () => {
      const id = await on.accepted();
      const later = await on.parked(id, { arrival: 1, dueAtMs: 3_000 });
      const first = await on.parked(id, { arrival: 2, dueAtMs: 2_000 });
      await on.parked(id, { arrival: 3, dueAtMs: 9_000 });
      await on.parked(id, { arrival: 4, dueAtMs: 1_000, nodeId: 'other' });
      const one = await on.claimJobs(5_000, 1);
      assert.deepEqual(
        one.jobs.map((job) => job.id),
        [first],
      );
      assert.equal(one.nextDueAtMs, 3_000);
      const two = await on.claimJobs(5_000);
      assert.deepEqual(
        two.jobs.map((job) => job.id),
        [later],
      );
      assert.deepEqual([two.jobs[0]!.state, two.jobs[0]!.attempts], ['running', 2]);
      assert.equal(two.nextDueAtMs, 9_000);
      assert.deepEqual(await on.claimJobs(5_000), { jobs: [], nextDueAtMs: 9_000, alone: false });
    });

    test('takes an exhausting job once, and again when its process has died', async () => {
      const id = await on.accepted();
      await on.parked(id, { state: 'exhausting', reason: 'permanent' });
      assert.deepEqual(
        (await on.claimJobs()).jobs.map(({ state }) => state),
        ['exhausting'],
      );
      assert.deepEqual(await on.claimJobs(), { jobs: [], nextDueAtMs: null, alone: false });
      await on.store.endAttempt({
        eventId: id,
        attempt: aFailure(),
        outcome: 'failed',
        reason: 'x',
      });
      await on.crash();
      assert.equal((await on.store.recover(2_000)).jobs, 1);
      const { jobs } = await on.claimJobs();
      assert.deepEqual([jobs[0]!.state, jobs[0]!.attempts], ['exhausting', 1]);
    });
  });

  describe('settleJob', () => {
    const running = async (): Promise<{ id: string; jobId: string }> => {
      const id = await on.accepted();
      const jobId = await on.parked(id);
      await on.store.endAttempt({
        eventId: id,
        attempt: anAttempt(),
        outcome: 'success',
        reason: null,
      });
      await on.claimJobs();
      return { id, jobId };
    };
    const retry = (change = {}) => anAttempt({ kind: 'retry', number: 2, ...change });

    test('done: the event is a success', async () => {
      const { id, jobId } = await running();
      assert.equal(await on.store.settleJob({ jobId, attempt: retry(), state: 'done' }), 'success');
      assert.equal(await on.statusOf(id), 'success');
      assert.equal((await on.store.stats()).openJobs, 0);
    });

    test('waiting: due again, with the error, the event still retrying', async () => {
      const { id, jobId } = await running();
      const attempt = aFailure({ kind: 'retry', number: 2 });
      const status = await on.store.settleJob({ jobId, attempt, state: 'waiting', dueAtMs: 8_000 });
      assert.equal(status, 'retrying');
      const { jobs, nextDueAtMs } = await on.claimJobs(7_000);
      assert.deepEqual([jobs.length, nextDueAtMs], [0, 8_000]);
      assert.equal((await on.claimJobs(8_000)).jobs[0]!.attempts, 3);
      assert.equal((await on.store.get(id))!.jobs[0]!.lastError!.message, 'HTTP 500');
    });

    test('uncounted: an interrupted attempt of a job is none', async () => {
      const { jobId } = await running();
      const attempt = retry({ outcome: 'interrupted' });
      await on.store.settleJob({
        jobId,
        attempt,
        state: 'waiting',
        dueAtMs: 3_000,
        uncounted: true,
      });
      assert.equal((await on.claimJobs()).jobs[0]!.attempts, 2);
    });

    test('exhausting, then exhausted: the event is failed, with the reason', async () => {
      const { id, jobId } = await running();
      const attempt = aFailure({ kind: 'retry', number: 2 });
      const exhausting = { jobId, attempt, state: 'exhausting', reason: 'attempts' } as const;
      assert.equal(await on.store.settleJob(exhausting), 'retrying');
      assert.deepEqual(
        (await on.claimJobs()).jobs.map(({ state }) => state),
        ['exhausting'],
      );
      const end = anAttempt({ kind: 'exhausted' });
      assert.equal(await on.store.settleJob({ jobId, attempt: end, state: 'exhausted' }), 'failed');
      const { event, jobs } = (await on.store.get(id))!;
      assert.equal(event.reason, 'retries ended (attempts): HTTP 500');
      assert.deepEqual([jobs[0]!.state, jobs[0]!.reason], ['exhausted', 'attempts']);
      assert.equal(String(Buffer.from(jobs[0]!.message)), 'a message', 'a dead letter is kept');
    });

    test('an exhausted branch that was interrupted is taken again', async () => {
      const id = await on.accepted();
      const jobId = await on.parked(id, { state: 'exhausting' });
      await on.claimJobs();
      const attempt = anAttempt({ kind: 'exhausted', outcome: 'interrupted' });
      await on.store.settleJob({ jobId, attempt, state: 'exhausting', uncounted: true });
      assert.equal((await on.claimJobs()).jobs[0]!.id, jobId);
    });

    test('one exhausted job of two: failed only when both have ended', async () => {
      const id = await on.accepted();
      const [a, b] = [await on.parked(id), await on.parked(id, { arrival: 2 })];
      await on.store.endAttempt({
        eventId: id,
        attempt: anAttempt(),
        outcome: 'success',
        reason: null,
      });
      await on.claimJobs();
      const attempt = retry();
      assert.equal(await on.store.settleJob({ jobId: a, attempt, state: 'exhausted' }), 'retrying');
      assert.equal(await on.store.settleJob({ jobId: b, attempt, state: 'done' }), 'failed');
      assert.equal(await on.statusOf(id), 'failed');
    });

    test('while the first attempt still runs, the event is in the flow', async () => {
      const id = await on.accepted();
      const jobId = await on.parked(id);
      await on.claimJobs();
      assert.equal(
        await on.store.settleJob({ jobId, attempt: retry(), state: 'done' }),
        'processing',
      );
      const end = { eventId: id, attempt: anAttempt({ outcome: 'ignored' }) } as const;
      const status = await on.store.endAttempt({ ...end, outcome: 'ignored', reason: 'filtered' });
      assert.equal(status, 'success', 'one path ended at a filter, one did its work');
    });

    test('repeated after its answer got lost does not end the attempt that runs by now', async () => {
      const id = await on.accepted();
      const jobId = await on.parked(id);
      await on.claimJobs();
      const settlement = { jobId, attempt: retry(), state: 'waiting', dueAtMs: 0 } as const;
      await on.store.settleJob(settlement);
      await on.claimJobs();
      await on.store.settleJob(settlement);
      assert.equal((await on.store.jobs({ eventId: id, limit: 5 }))[0]?.state, 'running');
      const late = { jobId, attempt: retry(), state: 'exhausting', reason: 'attempts' } as const;
      await on.store.settleJob(late);
      assert.equal((await on.store.jobs({ eventId: id, limit: 5 }))[0]?.state, 'running');
    });

    test('of a superseded job changes nothing', async () => {
      const id = await on.accepted();
      const jobId = await on.parked(id);
      await on.claimJobs();
      await on.store.interrupt(id, anAttempt({ outcome: 'interrupted' }));
      await on.claim();
      const before = await on.store.get(id);
      assert.equal(
        await on.store.settleJob({ jobId, attempt: retry(), state: 'done' }),
        'processing',
      );
      assert.deepEqual(await on.store.get(id), before);
    });

    test('of a job whose event waits for redelivery does not end the event', async () => {
      const id = await on.accepted();
      const jobId = await on.parked(id);
      await on.claimJobs();
      await on.store.interrupt(id, anAttempt({ outcome: 'interrupted' }));
      assert.equal(await on.store.settleJob({ jobId, attempt: retry(), state: 'done' }), 'pending');
    });

    test('of an unknown job is refused', async () => {
      const settlement = { jobId: 'nobody', attempt: retry(), state: 'done' } as const;
      await assert.rejects(on.store.settleJob(settlement), refusedAs('not-found'));
    });
  });
}
