import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, test } from 'node:test';
import type { Rejection } from '../../../src/events/event';
import type { EventStore, RecoveryReport } from '../../../src/events/event-store';
import { Engine } from '../../../src/events/sqlite/engine';
import { openDatabase } from '../../../src/events/sqlite/open-database';
import type { Call } from '../../../src/events/sqlite/protocol';
import { silentLogger } from '../../../src/shared/logger';
import { aFailure, aJob, anAttempt, anEvent } from '../../contract/event-store.fixtures';
import { Histories, KEEP_ALL, SetClock } from './sqlite-harness';

const LATER = { handOver: false, dedup: null } as const;
const HAND_OVER = { handOver: true, dedup: null } as const;

const aRejection = (): Omit<Rejection, 'id'> => ({
  atMs: 1_000,
  endpoint: '/hooks/a',
  status: 401,
  cause: 'invalid-signature',
  detail: 'Not signed with this secret.',
  method: 'POST',
  path: '/hooks/a',
  ip: '192.0.2.1',
  headers: {},
  bodyBytes: 7,
});

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

let histories: Histories;
beforeEach(() => {
  histories = new Histories();
});
afterEach(() => histories.end());

async function finished(
  store: EventStore,
  outcome: 'success' | 'failed' = 'success',
): Promise<string> {
  const event = anEvent();
  await store.accept(event, HAND_OVER);
  const attempt = outcome === 'failed' ? aFailure() : anAttempt();
  await store.endAttempt({ eventId: event.id, attempt, outcome, reason: null });
  return event.id;
}

test('a round that changes nothing does not bring to disk what one before it left to be synced', () => {
  const file = histories.path();
  const opened = openDatabase(file, { maxBytes: null, nowMs: 1, check: 'if small' });
  const engine = new Engine(opened, file, KEEP_ALL, 1, () => undefined);
  const round = (...calls: Call[]): boolean =>
    engine.round(calls.map((call) => ({ call, bytes: new Uint8Array(0), nowMs: 1 }))).durable;
  const save = (id: number): Call => [id, 'saveSync', 0, 0, [`sync ${id}`, '{}', [], 5]];
  const nothing: Call = [99, 'forgetSecretMatches', 0, 0, ['/never-seen']];
  assert.equal(round(nothing), true);
  assert.equal(round(...Array.from({ length: 20 }, (_, n) => save(n))), false);
  assert.equal(round(nothing), false);
  assert.equal(round(save(20)), true);
  assert.equal(round(nothing), true);
  engine.close();
  opened.reader.close();
  opened.writer.close();
});

test('a full queue refuses at once, and takes more when it has drained', async () => {
  const store = await histories.open({ limits: { maxQueued: 3 } });
  const calls = Array.from({ length: 5 }, () => store.accept(anEvent(), LATER));
  const results = await Promise.allSettled(calls);
  assert.deepEqual(
    results.map((result) => (result.status === 'rejected' ? result.reason.code : 'stored')),
    ['stored', 'stored', 'stored', 'store-busy', 'store-busy'],
  );
  assert.equal((await store.accept(anEvent(), LATER)).kind, 'stored');
  assert.equal((await store.stats()).byStatus.pending, 4);
});

test('what ends an event that was acknowledged is never refused by a full queue', async () => {
  const store = await histories.open({ limits: { maxQueued: 3 } });
  const event = anEvent();
  await store.accept(event, HAND_OVER);
  const calls = Array.from({ length: 4 }, () => store.accept(anEvent(), LATER));
  const end = { eventId: event.id, attempt: anAttempt(), reason: null } as const;
  const results = await Promise.allSettled([
    ...calls,
    store.reject({ ...aRejection(), id: 'r' }),
    store.park({ job: aJob({ eventId: event.id }), attempt: aFailure({ kind: 'retry' }) }),
    store.endAttempt({ ...end, outcome: 'success' }),
  ]);
  assert.deepEqual(
    results.map((result) => (result.status === 'rejected' ? result.reason.code : 'written')),
    ['written', 'written', 'written', 'store-busy', 'store-busy', 'written', 'written'],
  );
  assert.equal((await store.get(event.id))!.event.status, 'retrying');
});

test('the queue is bounded in bytes, too', async () => {
  const store = await histories.open({ limits: { maxQueuedBytes: 1_000 } });
  const big = (): Promise<unknown> => store.accept(anEvent({ body: Buffer.alloc(600) }), LATER);
  const [first, second] = await Promise.allSettled([big(), big()]);
  assert.equal(first.status, 'fulfilled');
  assert.equal(second.status === 'rejected' && second.reason.code, 'store-busy');
  await big();
});

test('when its thread dies, what waits is refused, and a new thread goes on', async () => {
  const restarted = withResolvers<RecoveryReport>();
  const store = await histories.open({ onRestart: restarted.resolve });
  const [inHand, answered] = [anEvent(), anEvent()];
  await store.accept(inHand, HAND_OVER);
  await store.accept(answered, LATER);
  const died = store.accept(anEvent(), HAND_OVER);
  void histories.workers[0]!.terminate();
  await assert.rejects(died, { code: 'store-unavailable' });
  await restarted.promise;
  const ids = (await store.list({ limit: 10 })).events.map(({ id }) => id);
  assert.ok(ids.includes(inHand.id) && ids.includes(answered.id));
  const { status } = (await store.get(inHand.id))!.event;
  assert.equal(status, 'processing', 'its attempt lives: it is not delivered twice');
  await store.accept(anEvent(), LATER);
});

test('an event whose answer died with the thread is delivered: nobody else has it in hand', async () => {
  const restarted = withResolvers<RecoveryReport>();
  const store = await histories.open({ onRestart: restarted.resolve });
  const event = anEvent();
  const [worker] = histories.workers;
  worker!.removeAllListeners('message');
  const lost = store.accept(event, HAND_OVER);
  const seen = new Promise((resolve) => worker!.on('message', resolve));
  await seen;
  void worker!.terminate();
  await assert.rejects(lost, { code: 'store-unavailable' });
  assert.deepEqual(await restarted.promise, {
    redelivered: 1,
    poisoned: 0,
    jobs: 0,
    pendingEndpoints: ['/hooks/a'],
  });
  const { events } = await store.claim({
    endpoint: '/hooks/a',
    methods: ['POST'],
    limit: 5,
    maxBytes: 1_000,
    ordered: false,
  });
  const [again] = events;
  assert.equal(again!.id, event.id);
});

test('a full disk refuses and writes nothing; with room again the store goes on', async () => {
  const maxBytes = 600_000;
  const troubles: (string | null)[] = [];
  const store = await histories.open({
    retention: { maxEvents: 100_000, maxAgeMs: null, maxBytes },
    onTrouble: (problem) => troubles.push(problem?.kind ?? null),
  });
  const stored: string[] = [];
  let refusal: unknown = null;
  while (refusal === null && stored.length < 100) {
    const event = anEvent({ body: randomBytes(100_000) });
    try {
      await store.accept(event, HAND_OVER);
      stored.push(event.id);
    } catch (error) {
      refusal = error;
      assert.equal(await store.get(event.id), undefined);
      const end = { eventId: event.id, attempt: anAttempt(), reason: null } as const;
      await assert.rejects(store.endAttempt({ ...end, outcome: 'success' }), { code: 'not-found' });
    }
  }
  assert.equal((refusal as { code: string }).code, 'store-unavailable');
  assert.match((refusal as Error).message, /full/);
  await store.reject({ ...aRejection(), id: 'small' });
  assert.deepEqual(troubles, [null, 'sizeReached'], 'what is small and fits says nothing');
  assert.equal((await store.stats()).byStatus.processing, stored.length);
  for (const eventId of stored.slice(0, 3)) {
    await store.endAttempt({ eventId, attempt: anAttempt(), outcome: 'success', reason: null });
  }
  assert.equal((await store.accept(anEvent({ body: randomBytes(100_000) }), LATER)).kind, 'stored');
  assert.deepEqual(troubles, [null, 'sizeReached', null]);
  for (const id of stored.slice(3))
    assert.ok(await store.get(id), 'unfinished ones are never evicted');
});

test('an evicted event leaves nothing behind, and takes nothing of its neighbours with it', async () => {
  const file = histories.path('evicted.sqlite');
  const store = await histories.open({ file, retention: KEEP_ALL });
  const kept: string[] = [];
  for (let n = 0; n < 40; n++) {
    const event = anEvent();
    await store.accept(event, HAND_OVER);
    const waits = n % 7 === 3;
    const job = aJob({ eventId: event.id });
    if (n % 3 === 0 || waits) await store.park({ job, attempt: aFailure({ kind: 'retry' }) });
    if (waits) kept.push(event.id);
    const end = { eventId: event.id, attempt: anAttempt(), reason: null } as const;
    await store.endAttempt({ ...end, outcome: 'success' });
    if (n % 3 === 0 && !waits) {
      await store.claimJobs({ nodeId: job.nodeId, nowMs: job.dueAtMs, limit: 100 });
      const attempt = anAttempt({ kind: 'retry', number: 2 });
      await store.settleJob({ jobId: job.id, attempt, state: 'done' });
    }
  }
  await store.setRetention({ maxEvents: 4, maxAgeMs: null });
  for (let n = 0; n < 4; n++) await finished(store);
  for (const id of kept) {
    const detail = await store.get(id);
    assert.deepEqual(Buffer.from(detail?.event.body ?? []), anEvent().body);
    assert.equal(detail?.jobs.length, 1);
    assert.equal(detail?.attempts.length, 2);
  }
  await store.close();
  const db = new DatabaseSync(file, { readOnly: true });
  const count = (sql: string): unknown =>
    db.prepare(`SELECT COUNT(*) AS n FROM ${sql}`).get()?.['n'];
  assert.equal(count('events'), kept.length + 4);
  for (const orphans of [
    'bodies WHERE seq NOT IN (SELECT seq FROM events)',
    'attempts WHERE place >> 20 NOT IN (SELECT seq FROM events)',
    'retry_jobs WHERE event_seq NOT IN (SELECT seq FROM events)',
    'job_messages WHERE seq NOT IN (SELECT seq FROM retry_jobs)',
    'events WHERE seq NOT IN (SELECT seq FROM bodies)',
  ]) {
    assert.equal(count(orphans), 0, orphans);
  }
  db.close();
});

/** What the store says it has removed. */
async function evicted(store: EventStore): Promise<Record<string, number>> {
  const { totals } = await store.measures();
  const gone = totals.filter(({ total }) => total.startsWith('evicted:'));
  return Object.fromEntries(gone.map(({ total, count }) => [total, count]));
}

test('retention keeps the newest finished events, and all unfinished ones', async () => {
  const store = await histories.open({ retention: { maxEvents: 5, maxAgeMs: null } });
  const waiting = anEvent();
  await store.accept(waiting, LATER);
  const ids: string[] = [];
  for (let n = 0; n < 12; n++) ids.push(await finished(store));
  await store.accept(anEvent(), LATER);
  const kept = (await store.list({ status: 'success', limit: 50 })).events.map(({ id }) => id);
  assert.deepEqual(kept, ids.slice(-5).reverse());
  assert.ok(await store.get(waiting.id));
  assert.equal((await store.stats()).byStatus.success, 5);
  assert.deepEqual(await evicted(store), { 'evicted:finished': 7 });
});

test('an event that finished late, behind newer ones, is evicted as well', async () => {
  const store = await histories.open({ retention: { maxEvents: 2, maxAgeMs: null } });
  const late = anEvent();
  await store.accept(late, HAND_OVER);
  for (let n = 0; n < 6; n++) await finished(store);
  const end = { eventId: late.id, attempt: anAttempt(), reason: null } as const;
  await store.endAttempt({ ...end, outcome: 'success' });
  await finished(store);
  await store.accept(anEvent(), LATER);
  assert.equal(await store.get(late.id), undefined);
  assert.equal((await store.stats()).byStatus.success, 2);
});

test('failed events have a bound of their own, and their eviction is logged', async () => {
  const said = withResolvers<string>();
  const store = await histories.open({
    retention: { maxEvents: 3, maxAgeMs: null },

    logger: { ...silentLogger, warn: said.resolve },
  });
  const failed: string[] = [];
  for (let n = 0; n < 5; n++) failed.push(await finished(store, 'failed'));
  for (let n = 0; n < 8; n++) await finished(store);
  await store.accept(anEvent(), LATER);
  const { byStatus } = await store.stats();
  assert.deepEqual([byStatus.failed, byStatus.success], [3, 3]);
  const kept = (await store.list({ status: 'failed', limit: 9 })).events.map(({ id }) => id);
  assert.deepEqual(kept, failed.slice(2).reverse());
  assert.match(await said.promise, /2 failed events/);
  assert.deepEqual(await evicted(store), { 'evicted:finished': 5, 'evicted:failed': 2 });
});

test('finished events older than the bound are evicted, unfinished ones are not', async () => {
  const clock = new SetClock();
  const store = await histories.open({ clock, retention: { maxEvents: 100, maxAgeMs: 10_000 } });
  const old = await finished(store);
  const waiting = anEvent();
  await store.accept(waiting, LATER);
  clock.nowMs += 10_001;
  const young = await finished(store);
  await store.accept(anEvent(), LATER);
  assert.equal(await store.get(old), undefined);
  assert.ok(await store.get(young));
  assert.ok(await store.get(waiting.id));
});

test('what belongs to an evicted event goes with it; its idempotency key stays', async () => {
  const store = await histories.open({
    clock: new SetClock(),
    retention: { maxEvents: 1, maxAgeMs: null },
  });
  const event = anEvent();
  await store.accept(event, { handOver: true, dedup: { key: 'k', windowMs: 60_000 } });
  const job = aJob({ eventId: event.id });
  await store.park({ job, attempt: aFailure({ kind: 'retry' }) });
  const end = { eventId: event.id, attempt: anAttempt(), reason: null } as const;
  await store.endAttempt({ ...end, outcome: 'success' });
  await store.claimJobs({ nodeId: 'retry1', nowMs: 9_000, limit: 1 });
  await store.settleJob({
    jobId: job.id,
    attempt: anAttempt({ kind: 'retry', number: 2 }),
    state: 'done',
  });
  for (let n = 0; n < 2; n++) await finished(store);
  await store.accept(anEvent(), LATER);
  assert.equal(await store.get(event.id), undefined);
  assert.deepEqual(await store.jobs({ limit: 5 }), []);
  const again = await store.accept(anEvent(), { handOver: true, dedup: { key: 'k', windowMs: 1 } });
  assert.deepEqual(again, { kind: 'duplicate', eventId: event.id });
});

test('ended jobs without event are bounded', async () => {
  const store = await histories.open({ retention: { ...KEEP_ALL, maxEvents: 2 } });
  for (let n = 0; n < 6; n++) {
    const job = aJob();
    await store.park({ job, attempt: aFailure() });
    await store.settleJob({ jobId: job.id, attempt: anAttempt(), state: 'cancelled' });
  }
  await store.accept(anEvent(), LATER);
  assert.equal((await store.jobs({ limit: 50 })).length, 2);
});

test('a page says whether anything else was asked of the store meanwhile', async () => {
  const store = await histories.open();
  assert.equal((await store.list({ limit: 1 })).isQuiet, true);
  const before = store.accept(anEvent(), LATER);
  const page = store.list({ limit: 1 });
  assert.equal((await page).isQuiet, false);
  await before;
  const first = store.list({ limit: 1 });
  const after = store.accept(anEvent(), LATER);
  assert.equal((await first).isQuiet, false);
  await after;
});
