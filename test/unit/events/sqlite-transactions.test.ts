import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, test } from 'node:test';
import type { EventStore } from '../../../src/events/event-store';
import type { Total } from '../../../src/events/totals';
import { aFailure, aJob, anAttempt, anEvent } from '../../contract/event-store.fixtures';
import { Histories } from './sqlite-harness';

/**
 * What belongs together is one transaction: where its last write is refused, nothing of it is there. A
 * trigger refuses it, in the file and beside the store.
 */

let histories: Histories;
beforeEach(() => {
  histories = new Histories();
});
afterEach(() => histories.end());

function beside(sql: string): void {
  const db = new DatabaseSync(histories.path());
  db.exec(sql);
  db.close();
}

/** What it says it has done, of one kind. */
async function counted(store: EventStore, kind: Total): Promise<number> {
  const { totals } = await store.measures();
  return totals.find(({ total }) => total === kind)?.count ?? 0;
}

function refuse(what: string): void {
  beside(`CREATE TRIGGER refusal BEFORE ${what} BEGIN SELECT RAISE(ABORT, 'refused'); END`);
}

test('a job and the status of its event (rule 1)', async () => {
  const store = await histories.open();
  const event = anEvent();
  await store.accept(event, { handOver: true, dedup: null });
  const park = (): Promise<void> =>
    store.park({ job: aJob({ eventId: event.id }), attempt: aFailure({ kind: 'retry' }) });
  refuse(`UPDATE ON events WHEN NEW.status = 'retrying'`);
  await assert.rejects(park(), { code: 'store-unavailable' });
  assert.deepEqual(await store.jobs({ limit: 10 }), []);
  assert.deepEqual((await store.get(event.id))!.attempts, []);
  beside('DROP TRIGGER refusal');
  await park();
  assert.equal((await store.jobs({ limit: 10 })).length, 1);
  assert.equal((await store.get(event.id))!.event.status, 'retrying');
});

test('an event, its body, its key and its first hand-over', async () => {
  const store = await histories.open();
  const event = anEvent();
  const options = { handOver: true, dedup: { key: 'k', windowMs: 60_000 } };
  refuse('INSERT ON dedup_keys');
  await assert.rejects(store.accept(event, options), { code: 'store-unavailable' });
  assert.equal(await store.get(event.id), undefined);
  assert.equal((await store.stats()).byStatus.processing, 0);
  beside('DROP TRIGGER refusal');
  assert.equal((await store.accept(event, options)).kind, 'stored');
  assert.equal(await counted(store, 'stored:sender'), 1);
});

test('the end of an attempt: its record and the status', async () => {
  const store = await histories.open();
  const event = anEvent();
  await store.accept(event, { handOver: true, dedup: null });
  const end = {
    eventId: event.id,
    attempt: anAttempt(),
    outcome: 'success',
    reason: null,
  } as const;
  refuse(`UPDATE ON events WHEN NEW.status = 'success'`);
  await assert.rejects(store.endAttempt(end), { code: 'store-unavailable' });
  const { event: after, attempts } = (await store.get(event.id))!;
  assert.deepEqual([after.status, attempts.length], ['processing', 0]);
  beside('DROP TRIGGER refusal');
  assert.equal(await store.endAttempt(end), 'success');
  assert.equal((await store.get(event.id))!.attempts.length, 1);
  assert.equal(await counted(store, 'attempt:delivery:success'), 1);
});
