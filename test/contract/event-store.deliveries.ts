import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HAND_OVER, LATER, refusedAs } from './event-store.context';
import type { StoreContext } from './event-store.context';
import { aFailure, anAttempt, anEvent } from './event-store.fixtures';

export function describeDeliveries(on: StoreContext): void {
  describe('claim', () => {
    test('takes the oldest pending events of the endpoint and its methods', async () => {
      const [a, b, c] = [anEvent(), anEvent(), anEvent()];
      const put = anEvent({ request: { ...a.request, method: 'PUT' } });
      const elsewhere = anEvent({ endpoint: '/hooks/b' });
      for (const event of [put, elsewhere, a, b, c]) await on.store.accept(event, LATER);
      assert.deepEqual(
        (await on.claim(2)).map(({ id }) => id),
        [a.id, b.id],
      );
      assert.deepEqual(
        (await on.claim(2)).map(({ id }) => id),
        [c.id],
      );
      assert.deepEqual(await on.claim(2), []);
      const both = await on.claimOf({ methods: ['POST', 'PUT'] });
      assert.deepEqual(
        both.events.map(({ id }) => id),
        [put.id],
      );
    });

    test('two at once never get the same event', async () => {
      for (let n = 0; n < 10; n++) await on.store.accept(anEvent(), LATER);
      const claimed = (await Promise.all([on.claim(6), on.claim(6)])).flat().map(({ id }) => id);
      assert.equal(claimed.length, 10);
      assert.equal(new Set(claimed).size, 10);
    });

    test('hands over with body, request and the count of attempts', async () => {
      const event = anEvent();
      await on.store.accept(event, LATER);
      const [claimed] = await on.claim();
      assert.deepEqual(Buffer.from(claimed!.body), event.body);
      assert.deepEqual(claimed!.request, event.request);
      assert.deepEqual(
        [claimed!.status, claimed!.attempt, claimed!.redelivered],
        ['processing', 1, false],
      );
    });

    test('of an endpoint that is not known finds nothing', async () => {
      assert.deepEqual(await on.claim(5, '/nowhere'), []);
    });

    test('supersedes the open jobs of the earlier attempt (rule 2)', async () => {
      const id = await on.accepted();
      const jobId = await on.parked(id);
      await on.store.interrupt(id, anAttempt({ outcome: 'interrupted' }));
      assert.deepEqual((await on.claimJobs()).jobs, [], 'not beside the redelivery to come');
      assert.equal((await on.claim())[0]!.id, id);
      const [job] = await on.store.jobs({ eventId: id, limit: 5 });
      assert.deepEqual([job!.id, job!.state], [jobId, 'superseded']);
      assert.deepEqual(await on.claimJobs(), { jobs: [], nextDueAtMs: null, alone: false });
      assert.equal(await on.statusOf(id), 'processing');
    });
  });

  describe('endAttempt', () => {
    for (const [outcome, reason] of [
      ['success', null],
      ['failed', 'HTTP 500'],
      ['ignored', 'filtered'],
    ] as const) {
      test(`as ${outcome}`, async () => {
        const id = await on.accepted();
        const attempt = outcome === 'failed' ? aFailure() : anAttempt({ outcome });
        assert.equal(await on.store.endAttempt({ eventId: id, attempt, outcome, reason }), outcome);
        const detail = (await on.store.get(id))!;
        assert.deepEqual([detail.event.status, detail.event.reason], [outcome, reason]);
        assert.deepEqual(detail.attempts, [{ ...attempt, jobId: null }]);
      });
    }

    test('of an unknown event is refused and harms no other call of the same moment', async () => {
      const id = await on.accepted();
      const end = { attempt: anAttempt(), outcome: 'success', reason: null } as const;
      const [bad, good] = await Promise.allSettled([
        on.store.endAttempt({ ...end, eventId: 'nobody' }),
        on.store.endAttempt({ ...end, eventId: id }),
      ]);
      assert.equal(bad.status, 'rejected');
      assert.ok(refusedAs('not-found')(bad.reason));
      assert.equal(good.status, 'fulfilled');
      assert.equal(await on.statusOf(id), 'success');
    });

    test('comes too late for an earlier attempt: kept, and changes nothing', async () => {
      const id = await on.accepted();
      await on.store.interrupt(id, anAttempt({ outcome: 'interrupted' }));
      await on.claim();
      const late = { eventId: id, attempt: aFailure({ number: 1 }), reason: 'late' } as const;
      assert.equal(await on.store.endAttempt({ ...late, outcome: 'failed' }), 'processing');
      const detail = (await on.store.get(id))!;
      assert.equal(detail.event.status, 'processing');
      assert.equal(detail.attempts.length, 2);
    });

    test('comes too late after an interruption that was not followed by a hand-over yet', async () => {
      const id = await on.accepted();
      await on.store.interrupt(id, anAttempt({ outcome: 'interrupted' }));
      await on.store.endAttempt({
        eventId: id,
        attempt: anAttempt(),
        outcome: 'success',
        reason: null,
      });
      assert.equal(await on.statusOf(id), 'pending');
    });

    test('never changes a final success', async () => {
      const id = await on.accepted();
      const end = { eventId: id, attempt: anAttempt(), reason: null } as const;
      await on.store.endAttempt({ ...end, outcome: 'success' });
      await on.store.endAttempt({ ...end, attempt: aFailure(), outcome: 'failed', reason: 'no' });
      await on.store.interrupt(id, anAttempt({ outcome: 'interrupted' }));
      assert.equal(await on.statusOf(id), 'success');
    });

    test('a second end of an attempt whose retries are open changes nothing', async () => {
      const id = await on.accepted();
      const jobId = await on.parked(id);
      const end = { eventId: id, attempt: anAttempt(), reason: null } as const;
      await on.store.endAttempt({ ...end, outcome: 'success' });
      const again = { ...end, attempt: aFailure(), outcome: 'failed' } as const;
      assert.equal(await on.store.endAttempt(again), 'retrying');
      await on.claimJobs();
      const attempt = anAttempt({ kind: 'retry', number: 2 });
      assert.equal(await on.store.settleJob({ jobId, attempt, state: 'done' }), 'success');
    });

    test('repeated after a lost answer is kept once', async () => {
      const id = await on.accepted();
      const end = {
        eventId: id,
        attempt: anAttempt(),
        outcome: 'success',
        reason: null,
      } as const;
      await on.store.endAttempt(end);
      assert.equal(await on.store.endAttempt(end), 'success');
      assert.equal((await on.store.get(id))!.attempts.length, 1);
    });
  });

  describe('interrupt and poison (rule 3)', () => {
    test('an interrupted event is pending again and redelivered', async () => {
      const id = await on.accepted();
      await on.store.interrupt(id, anAttempt({ outcome: 'interrupted' }));
      assert.equal(await on.statusOf(id), 'pending');
      const [again] = await on.claim();
      assert.deepEqual([again!.id, again!.attempt, again!.redelivered], [id, 2, true]);
      assert.equal((await on.store.get(id))!.attempts[0]!.outcome, 'interrupted');
    });

    test('interruptions are not counted as crashes', async () => {
      const id = await on.accepted();
      for (let number = 1; number <= 5; number++) {
        await on.store.interrupt(id, anAttempt({ outcome: 'interrupted', number }));
        assert.equal((await on.claim()).length, 1);
      }
    });

    test('an event that three processes died with is failed, not delivered', async () => {
      const id = await on.accepted();
      for (const attempt of [2, 3]) {
        await on.crash();
        const report = await on.store.recover(2_000);
        assert.deepEqual(report, {
          redelivered: 1,
          poisoned: 0,
          jobs: 0,
          pendingEndpoints: ['/hooks/a'],
        });
        assert.equal((await on.claimSuspect())!.attempt, attempt);
      }
      await on.crash();
      const report = await on.store.recover(2_000);
      assert.deepEqual([report.redelivered, report.poisoned], [0, 1]);
      assert.deepEqual(await on.claim(), []);
      const { event, attempts } = (await on.store.get(id))!;
      assert.deepEqual([event.status, event.reason], ['failed', 'crashed the runtime']);
      assert.deepEqual(
        attempts.map(({ outcome }) => outcome),
        ['crashed', 'crashed', 'crashed'],
      );
    });

    test('an attempt that ended clears the count', async () => {
      const event = anEvent();
      await on.store.accept(event, HAND_OVER);
      for (const number of [2, 3]) {
        await on.crash();
        await on.store.recover(2_000);
        await on.claimSuspect();
        assert.equal(number, (await on.store.get(event.id))!.event.attempt);
      }
      const end = { eventId: event.id, outcome: 'failed', reason: 'no' } as const;
      await on.store.endAttempt({ ...end, attempt: aFailure({ number: 3 }) });
      await on.store.requeue(event.id);
      await on.claim();
      await on.crash();
      assert.equal((await on.store.recover(2_000)).redelivered, 1);
      assert.equal((await on.claim())[0]!.id, event.id);
    });

    test('a poisoned event may be tried again when somebody asks for it', async () => {
      const id = await on.accepted();
      for (let n = 0; n < 3; n++) {
        await on.crash();
        await on.store.recover(2_000);
        await on.claimSuspect();
      }
      assert.equal(await on.statusOf(id), 'failed');
      await on.store.requeue(id);
      assert.equal((await on.claim())[0]!.id, id);
    });
  });

  describe('recover', () => {
    test('finds nothing in a new store', async () => {
      const report = { redelivered: 0, poisoned: 0, jobs: 0, pendingEndpoints: [] };
      assert.deepEqual(await on.store.recover(1), report);
    });

    test('leaves alone what had ended', async () => {
      const [done, retried] = [await on.accepted(), await on.accepted()];
      await on.store.endAttempt({
        eventId: done,
        attempt: anAttempt(),
        outcome: 'success',
        reason: null,
      });
      await on.parked(retried);
      await on.store.endAttempt({
        eventId: retried,
        attempt: aFailure(),
        outcome: 'failed',
        reason: 'x',
      });
      await on.crash();
      const report = { redelivered: 0, poisoned: 0, jobs: 0, pendingEndpoints: [] };
      assert.deepEqual(await on.store.recover(2_000), report);
      assert.equal(await on.statusOf(done), 'success');
      assert.equal(await on.statusOf(retried), 'retrying');
      assert.equal((await on.claimJobs()).jobs.length, 1);
    });

    test('redelivers an event that had parked one branch while another one ran', async () => {
      const id = await on.accepted();
      await on.parked(id);
      await on.crash();
      assert.equal((await on.store.recover(2_000)).redelivered, 1);
      assert.equal(await on.statusOf(id), 'pending');
      assert.deepEqual(await on.claimJobs(), { jobs: [], nextDueAtMs: null, alone: false });
      await on.claim();
      assert.equal((await on.store.jobs({ eventId: id, limit: 5 }))[0]!.state, 'superseded');
    });

    test('puts running jobs back, due now', async () => {
      const id = await on.accepted();
      await on.parked(id);
      await on.store.endAttempt({
        eventId: id,
        attempt: anAttempt(),
        outcome: 'success',
        reason: null,
      });
      await on.claimJobs();
      await on.crash();
      assert.equal((await on.store.recover(7_000)).jobs, 1);
      const { jobs } = await on.claimJobs(7_000);
      assert.deepEqual([jobs[0]!.attempts, jobs[0]!.dueAtMs], [3, 7_000]);
    });

    test('gives up a job that three processes died with', async () => {
      const id = await on.accepted();
      await on.parked(id);
      await on.store.endAttempt({
        eventId: id,
        attempt: anAttempt(),
        outcome: 'success',
        reason: null,
      });
      for (let n = 0; n < 3; n++) {
        assert.equal((await on.claimJobs(9_000, 10, n === 2)).jobs.length, 1);
        await on.crash();
        assert.equal((await on.store.recover(9_000)).poisoned, n === 2 ? 1 : 0);
      }
      const [job] = await on.store.jobs({ eventId: id, limit: 5 });
      assert.deepEqual([job!.state, job!.reason], ['exhausted', 'crashed']);
      assert.equal(await on.statusOf(id), 'failed');
    });
  });

  describe('requeue', () => {
    test('puts a failed event back', async () => {
      const id = await on.accepted();
      await on.store.endAttempt({
        eventId: id,
        attempt: aFailure(),
        outcome: 'failed',
        reason: 'x',
      });
      await on.store.requeue(id);
      const [again] = await on.claim();
      assert.deepEqual([again!.id, again!.attempt, again!.redelivered], [id, 2, true]);
    });

    test('refuses any other, and an unknown one', async () => {
      const id = await on.accepted();
      await assert.rejects(on.store.requeue(id), refusedAs('bad-config'));
      await on.store.endAttempt({
        eventId: id,
        attempt: anAttempt(),
        outcome: 'success',
        reason: null,
      });
      await assert.rejects(on.store.requeue(id), refusedAs('bad-config'));
      assert.equal(await on.statusOf(id), 'success');
      await assert.rejects(on.store.requeue('nobody'), refusedAs('not-found'));
    });
  });
}
