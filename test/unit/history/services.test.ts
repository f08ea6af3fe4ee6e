import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { NewEvent } from '../../../src/events/event';
import type { EventStore } from '../../../src/events/event-store';
import { HistoryService } from '../../../src/history/history-service';
import { ReplayRuns } from '../../../src/history/replay-runs';
import { ReplayService } from '../../../src/history/replay-service';
import { SteeringService } from '../../../src/history/steering-service';
import { systemClock } from '../../../src/shared/clock';
import { WebhookError } from '../../../src/shared/errors';
import { newId } from '../../../src/shared/ids';
import { aFailure, aJob, anAttempt, anEvent } from '../../contract/event-store.fixtures';
import { listEndpoints } from '../../../nodes/webhooks-runtime/endpoint-list';
import { Histories } from '../events/sqlite-harness';

const refused =
  (code: string, words = /./) =>
  (error: unknown) =>
    error instanceof WebhookError && error.code === code && words.test(error.message);
const ids = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);

describe('the services of a history, over two stores', () => {
  let histories: Histories;
  let stores: EventStore[];
  let redelivered: NewEvent[];
  let isServed: boolean;
  let ended: string[];
  let changes: number;
  let history: HistoryService;
  let replays: ReplayService;
  let steering: SteeringService;

  beforeEach(async () => {
    histories = new Histories();
    stores = [
      await histories.open({ file: histories.path('a') }),
      await histories.open({ file: histories.path('b') }),
    ];
    [redelivered, isServed, ended, changes] = [[], true, [], 0];
    const common = { stores: () => stores, clock: systemClock };
    const hasRetryNode = (nodeId: string): boolean => nodeId.startsWith('retry');
    const redeliver = async (event: NewEvent): Promise<boolean> => {
      if (!isServed) return false;
      redelivered.push(event);
      await stores[0]!.accept(event, { handOver: false, dedup: null });
      return true;
    };
    const changed = ({ endedJobId }: { readonly endedJobId?: string }): void => {
      if (endedJobId === undefined) changes++;
      else ended.push(endedJobId);
    };
    history = new HistoryService({ ...common, hasRetryNode });
    replays = new ReplayService({ ...common, redeliver });
    steering = new SteeringService({ ...common, hasRetryNode, changed });
  });
  afterEach(() => histories.end());

  async function stored(store: number, change: Partial<NewEvent> = {}): Promise<string> {
    const event = anEvent({ receivedAtMs: Date.now(), ...change });
    await stores[store]!.accept(event, { handOver: true, dedup: null });
    return event.id;
  }

  async function finished(store: number, outcome: 'success' | 'failed' = 'failed') {
    const eventId = await stored(store);
    const attempt = anAttempt({ outcome });
    await stores[store]!.endAttempt({ eventId, attempt, outcome, reason: null });
    return eventId;
  }

  async function parked(store: number, nodeId: string): Promise<{ event: string; job: string }> {
    const event = await stored(store);
    const job = aJob({ eventId: event, nodeId, dueAtMs: Date.now() + 1_000_000 });
    await stores[store]!.park({ job, attempt: aFailure({ kind: 'retry' }) });
    const attempt = anAttempt();
    await stores[store]!.endAttempt({ eventId: event, attempt, outcome: 'success', reason: null });
    return { event, job: job.id };
  }

  test('when secrets matched is told of both, and of one where the other can\u2019t be asked', async () => {
    await stored(0, { receivedAtMs: 5_000 });
    await stored(1, { receivedAtMs: 7_000, verification: { scheme: 'hmac', secret: 'previous' } });
    const endpoint = {
      ...{ nodeId: 'n', endpoint: '/hooks/a', path: '/hooks/a', name: 'a', methods: ['POST'] },
      ...{ provider: 'github', enabled: true, handshakes: null },
    };
    const other = { ...endpoint, nodeId: 'm', endpoint: '/hooks/b' };
    const list = listEndpoints([endpoint, other], await history.secretMatches());
    assert.deepEqual(
      list.map(({ secretMatchedAt }) => secretMatchedAt),
      [
        { current: '1970-01-01T00:00:05.000Z', previous: '1970-01-01T00:00:07.000Z' },
        { current: null, previous: null },
      ],
    );
    await stores[0]!.close();
    assert.deepEqual(await history.secretMatches(), [
      { endpoint: '/hooks/a', currentAtMs: null, previousAtMs: 7_000 },
    ]);
  });

  test('pages go through both, each event once', async () => {
    const all: string[] = [];
    for (let n = 0; n < 30; n++) all.unshift(await stored(n % 3 === 0 ? 1 : 0));
    const found: string[] = [];
    let before: string | null = null;
    do {
      const cursor: { before?: string } = before === null ? {} : { before };
      const page = await history.list({ limit: 7, ...cursor });
      found.push(...ids(page.events));
      before = page.next;
    } while (before !== null);
    assert.deepEqual(found, all);
  });

  test('a replay is linked; without an endpoint it says what to do', async () => {
    const id = await finished(1);
    const { eventId } = await replays.replay(id);
    assert.deepEqual(
      redelivered.map(({ id: one, replayOf }) => [one, replayOf]),
      [[eventId, id]],
    );
    isServed = false;
    await assert.rejects(
      replays.replay(id),
      refused('endpoint-gone', /No running webhook-in node/),
    );
    await assert.rejects(replays.replay('nobody'), refused('not-found'));
  });

  test('all that match are counted, and replayed from the oldest on; nothing unfinished', async () => {
    const failed = [await finished(0), await finished(1), await finished(0)];
    await finished(0, 'success');
    await stored(0);
    assert.deepEqual(await replays.count({ status: 'failed' }), { count: 3, more: false });
    assert.deepEqual(await replays.count({ provider: 'github' }), { count: 4, more: false });
    const run = await replays.replayMatching(
      { status: 'failed' },
      { perSecond: 1000, stopOnError: true },
    );
    assert.equal((await run.ended).state, 'done');
    assert.deepEqual(
      redelivered.map(({ replayOf }) => replayOf),
      failed,
    );
    await assert.rejects(replays.count({ status: 'pending' }), refused('bad-config', /finished/));
  });

  test('one run at a time is started by the API; it can be looked at and stopped', async () => {
    await Promise.all([finished(0), finished(0)]);
    const runs = new ReplayRuns({ service: replays, shared: () => [], clock: systemClock });
    const slow = { perSecond: 0.001, stopOnError: true };
    const { id, state, total } = await runs.start({ status: 'failed' }, slow);
    assert.deepEqual([state, total], ['running', 2]);
    await assert.rejects(runs.start({ status: 'failed' }, slow), refused('conflict'));
    assert.equal((await runs.stop(id)).state, 'stopped');
    assert.deepEqual(ids(await runs.list()), [id]);
    await assert.rejects(runs.get('nobody'), refused('not-found'));
    const next = await runs.start({ status: 'failed' }, slow);
    assert.deepEqual(ids(await runs.list()), [next.id, id]);
    await runs.stop(next.id);
  });

  test('clear takes what is finished and matches, of both', async () => {
    await Promise.all([finished(0), finished(1)]);
    const kept = [await finished(0, 'success'), await stored(1)];
    const filter = { status: ['failed', 'pending'] } as const;
    assert.deepEqual(await steering.clear(filter, 60_000), { removed: 2, more: false });
    const { events } = await history.list({ limit: 9 });
    assert.deepEqual(ids(events), kept.reverse());
    await assert.rejects(steering.clear({ status: 'retrying' }, 60_000), refused('bad-config'));
    assert.deepEqual(await steering.clear({ provider: 'github' }, 0), { removed: 0, more: true });
  });

  test('jobs and refused requests come in pages, newest first, of both stores together', async () => {
    const jobs: string[] = [];
    const rejected: string[] = [];
    for (const store of [0, 1, 1, 0, 1]) {
      jobs.unshift((await parked(store, 'retry1')).job);
      const id = newId();
      await stores[store]!.reject({
        ...{ id, atMs: 5_000, endpoint: '/hooks/a', status: 401, cause: 'x', detail: 'y' },
        ...{ method: 'POST', path: '/hooks/a', ip: '::1', headers: {}, bodyBytes: null },
      });
      rejected.unshift(id);
    }
    assert.equal(
      (await history.rejections({ limit: 1 })).rejections[0]?.at,
      new Date(5_000).toISOString(),
    );
    for (const limit of [1, 2, 3, 5, 9]) {
      const found: string[] = [];
      for (let before: string | null = ''; before !== null;) {
        const page = await history.jobs({ limit, ...(before === '' ? {} : { before }) });
        assert.ok(page.jobs.length <= limit);
        found.push(...ids(page.jobs));
        before = page.next;
      }
      assert.deepEqual(found, jobs, `pages of ${limit}`);
      const first = await history.rejections({ limit });
      assert.deepEqual(ids(first.rejections), rejected.slice(0, limit));
      assert.equal(first.next === null, limit >= rejected.length);
      if (first.next !== null) {
        const rest = await history.rejections({ limit: 9, before: first.next });
        assert.deepEqual(ids(rest.rejections), rejected.slice(limit));
      }
    }
  });

  test('jobs of a retry node that was deleted are shown, moved, cancelled, discarded', async () => {
    const [one, two, three] = [
      await parked(1, 'deleted'),
      await parked(0, 'deleted'),
      await parked(0, 'deleted'),
    ];
    const { jobs } = await history.jobs({ nodeId: 'deleted', open: true, limit: 9 });
    assert.deepEqual(
      jobs.map(({ nodeExists }) => nodeExists),
      [false, false, false],
    );
    await assert.rejects(steering.retryJob(one.job), refused('conflict', /does not run/));
    await assert.rejects(steering.retryJob(one.job, 'other'), refused('conflict', /no running/));
    assert.deepEqual(await steering.retryJob(one.job, 'retry1'), { nodeId: 'retry1' });
    assert.equal(changes, 1, 'retry nodes look again');
    const claimed = await stores[1]!.claimJobs({
      ...{ nodeId: 'retry1', nowMs: Date.now() + 1, limit: 9 },
    });
    assert.deepEqual(ids(claimed.jobs), [one.job]);
    assert.deepEqual(await steering.cancelJob(two.job), { eventStatus: 'failed' });
    await steering.discard(three.event);
    assert.equal((await history.get(three.event)).reason, 'discarded');
    assert.deepEqual(ended, [two.job, three.job], 'nobody keeps their messages in memory');
    await assert.rejects(steering.cancelJob('nobody'), refused('not-found'));
    await assert.rejects(steering.retryJob('nobody'), refused('not-found'));
  });

  test('a job of a retry node that runs is due now', async () => {
    const { job } = await parked(0, 'retry1');
    assert.deepEqual(await steering.retryJob(job), { nodeId: 'retry1' });
    const nowMs = Date.now() + 1;
    const { jobs } = await stores[0]!.claimJobs({ nodeId: 'retry1', nowMs, limit: 9 });
    assert.deepEqual(ids(jobs), [job]);
  });
});
