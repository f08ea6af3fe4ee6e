import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RetryJob } from '../../src/events/event';
import { LATER, refusedAs, withKey } from './event-store.context';
import type { StoreContext } from './event-store.context';
import { aFailure, anAttempt, anEvent } from './event-store.fixtures';

/** What a user does by hand: remove, discard, cancel, retry now. */
export function describeInterventions(on: StoreContext): void {
  const ended = async (outcome: 'success' | 'failed' | 'ignored'): Promise<string> => {
    const eventId = await on.accepted();
    await end(eventId, outcome);
    return eventId;
  };
  const end = (eventId: string, outcome: 'success' | 'failed' | 'ignored') =>
    on.store.endAttempt({ eventId, attempt: anAttempt({ outcome }), outcome, reason: null });
  const waiting = async (): Promise<string> => {
    const event = anEvent();
    await on.store.accept(event, LATER);
    return event.id;
  };
  const jobOf = async (eventId: string): Promise<RetryJob> =>
    (await on.store.get(eventId))!.jobs.at(-1)!;

  describe('remove', () => {
    test('takes finished events, with all that belongs to them, and no others', async () => {
      const finished = [await ended('success'), await ended('failed'), await ended('ignored')];
      const [open, pending] = [await on.accepted(), await waiting()];
      const retried = await on.accepted();
      const job = await on.parked(retried);
      await end(retried, 'success');
      await on.store.cancelJob(job);
      const all = [...finished, open, pending, retried, 'nobody', finished[0]!];
      assert.equal(await on.store.remove(all), 4);
      const { events } = await on.store.list({ limit: 9 });
      assert.deepEqual(
        events.map(({ id }) => id),
        [pending, open],
      );
      assert.equal(await on.store.get(retried), undefined);
      assert.deepEqual(await on.store.jobs({ limit: 9 }), []);
      const { byStatus } = await on.store.stats();
      assert.deepEqual([byStatus.success, byStatus.failed, byStatus.ignored], [0, 0, 0]);
      assert.deepEqual([byStatus.processing, byStatus.pending], [1, 1]);
    });

    test('takes more than go in one transaction', async () => {
      const ids = await Promise.all(Array.from({ length: 90 }, () => ended('success')));
      assert.equal(await on.store.remove(ids), 90);
    });

    test('a repeat of a removed event is still a duplicate', async () => {
      const event = anEvent();
      await on.store.accept(event, withKey('k1', true));
      await end(event.id, 'success');
      await on.store.remove([event.id]);
      const again = await on.store.accept(anEvent(), withKey('k1'));
      assert.deepEqual(again, { kind: 'duplicate', eventId: event.id });
    });
  });

  describe('discard', () => {
    test('gives up an event that waits for its turn', async () => {
      const id = await waiting();
      await on.store.discard(id);
      const { event } = (await on.store.get(id))!;
      assert.deepEqual([event.status, event.reason], ['failed', 'discarded']);
      assert.deepEqual(await on.claim(), []);
    });

    test('says for which reason, where one is given', async () => {
      const id = await waiting();
      const { endpoint, request } = (await on.store.get(id))!.event;
      assert.deepEqual(await on.store.pendingRoutes(), [
        { endpoint, method: request.method, count: 1 },
      ]);
      await on.store.discard(id, 'endpoint removed');
      const { event } = (await on.store.get(id))!;
      assert.deepEqual([event.status, event.reason], ['failed', 'endpoint removed']);
      assert.deepEqual(await on.store.pendingRoutes(), []);
    });

    test('gives up an event that waits for its retries', async () => {
      const id = await on.accepted();
      await on.parked(id);
      await on.parked(id, { arrival: 2, state: 'exhausting' });
      await end(id, 'success');
      await on.store.discard(id);
      const { event, jobs } = (await on.store.get(id))!;
      assert.deepEqual([event.status, event.reason], ['failed', 'discarded']);
      assert.deepEqual(
        jobs.map(({ state }) => state),
        ['cancelled', 'exhausted'],
      );
      assert.deepEqual((await on.claimJobs()).jobs, []);
      assert.equal((await on.store.stats()).openJobs, 0);
    });

    test('refuses what is in the flow, or finished', async () => {
      const inFlow = await on.accepted();
      const retrying = await on.accepted();
      await on.parked(retrying);
      const running = await on.accepted();
      await on.parked(running, { dueAtMs: 1 });
      await end(running, 'success');
      assert.equal((await on.claimJobs(1)).jobs.length, 1);
      for (const id of [inFlow, retrying, running, await ended('success')]) {
        await assert.rejects(on.store.discard(id), refusedAs('conflict'));
      }
      await assert.rejects(on.store.discard('nobody'), refusedAs('not-found'));
      assert.equal(await on.statusOf(inFlow), 'processing');
    });
  });

  describe('cancel a job', () => {
    test('its event is failed, and says why', async () => {
      const id = await on.accepted();
      const job = await on.parked(id);
      await end(id, 'success');
      assert.equal(await on.store.cancelJob(job), 'failed');
      const { event, jobs } = (await on.store.get(id))!;
      assert.deepEqual([event.status, event.reason], ['failed', 'its retries were cancelled']);
      assert.equal(jobs[0]!.state, 'cancelled');
      assert.equal(jobs[0]!.message.length, 0, 'nobody needs its message');
    });

    test('while another one is open the event goes on', async () => {
      const id = await on.accepted();
      const job = await on.parked(id);
      await on.parked(id, { arrival: 2 });
      await end(id, 'success');
      assert.equal(await on.store.cancelJob(job), 'retrying');
    });

    test('of a message that no webhook sent', async () => {
      const job = await on.parked(null);
      assert.equal(await on.store.cancelJob(job), null);
      assert.deepEqual((await on.claimJobs()).jobs, []);
    });

    test('refuses one that runs, has ended, or is none', async () => {
      const id = await on.accepted();
      const job = await on.parked(id, { dueAtMs: 1 });
      await on.claimJobs(1);
      await assert.rejects(on.store.cancelJob(job), refusedAs('conflict'));
      await assert.rejects(on.store.hastenJob(job), refusedAs('conflict'));
      const attempt = anAttempt({ kind: 'retry', number: 2 });
      await on.store.settleJob({ jobId: job, attempt, state: 'done' });
      assert.equal((await jobOf(id)).state, 'done');
      await assert.rejects(on.store.cancelJob(job), refusedAs('conflict'));
      await assert.rejects(on.store.cancelJob('nobody'), refusedAs('not-found'));
    });
  });

  describe('retry a job now', () => {
    test('it is due, and its attempts count as before', async () => {
      const id = await on.accepted();
      const job = await on.parked(id, { dueAtMs: Date.now() + 3_600_000 });
      assert.deepEqual((await on.claimJobs(Date.now())).jobs, []);
      await on.store.hastenJob(job);
      const [claimed] = (await on.claimJobs(Date.now() + 1)).jobs;
      assert.deepEqual([claimed!.id, claimed!.attempts], [job, 2]);
    });

    test('at another retry node, since its own is gone', async () => {
      const id = await on.accepted();
      const job = await on.parked(id, { nodeId: 'deleted' });
      await on.store.hastenJob(job, 'retry1');
      const [claimed] = (await on.claimJobs(Date.now() + 1)).jobs;
      assert.deepEqual([claimed!.id, claimed!.nodeId], [job, 'retry1']);
    });

    test('not at a node that has a job of the same message', async () => {
      const id = await on.accepted();
      const job = await on.parked(id, { nodeId: 'deleted' });
      await on.parked(id);
      await assert.rejects(on.store.hastenJob(job, 'retry1'), refusedAs('conflict'));
      assert.equal((await on.store.jobs({ nodeId: 'deleted', limit: 9 })).length, 1);
    });

    test('not while its event is to be delivered again, which replaces it', async () => {
      const id = await on.accepted();
      const job = await on.parked(id);
      await on.store.interrupt(id, aFailure({ outcome: 'interrupted' }));
      assert.equal(await on.statusOf(id), 'pending');
      await assert.rejects(on.store.hastenJob(job), refusedAs('conflict'));
    });
  });
}
