import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, test } from 'node:test';
import type { EventStore } from '../../../src/events/event-store';
import { waitUntil } from '../../support/wait-until';
import { anAttempt, anEvent } from '../../contract/event-store.fixtures';
import { Histories, KEEP_ALL } from './sqlite-harness';

const HAND_OVER = { handOver: true, dedup: null } as const;
const LATER = { handOver: false, dedup: null } as const;
/** More than an index is worth its while for (5,000), and than one part has (4,096). */
const EVENTS = 5_200;

let histories: Histories;
beforeEach(() => {
  histories = new Histories();
});
afterEach(() => histories.end());

async function finished(store: EventStore, text: string): Promise<void> {
  const event = anEvent({ body: Buffer.from(text) });
  await store.accept(event, HAND_OVER);
  const end = {
    eventId: event.id,
    attempt: anAttempt(),
    outcome: 'success',
    reason: null,
  } as const;
  await store.endAttempt(end);
}

async function filled(store: EventStore): Promise<void> {
  for (let n = 0; n < EVENTS; n += 400) {
    const some = Array.from({ length: 400 }, (_, m) => finished(store, `invoice inv-${n + m};`));
    await Promise.all(some);
  }
}

function rowsOf(file: string, table: string): number {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return Number(db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()?.n);
  } finally {
    db.close();
  }
}

async function bodiesWith(store: EventStore, text: string): Promise<string[]> {
  const bodies: string[] = [];
  for (let before: string | undefined; ;) {
    const page = await store.list({ text, limit: 50, ...(before === undefined ? {} : { before }) });
    for (const { id } of page.events) {
      bodies.push(Buffer.from((await store.get(id))!.event.body).toString());
    }
    if (page.next === null) return bodies;
    before = page.next;
  }
}

test('texts are indexed beside the work of the store, found after a crash, and forgotten by retention', async () => {
  const file = histories.path();
  const store = await histories.open({ retention: KEEP_ALL });
  await filled(store);
  await waitUntil('the index of the first part', () => rowsOf(file, 'text_parts') === 1);
  assert.equal(rowsOf(file, 'text_grams'), 1024);
  for (const number of [7, 4_095, 4_096, EVENTS - 1]) {
    assert.deepEqual(await bodiesWith(store, `INV-${number};`), [`invoice inv-${number};`]);
  }
  await finished(store, 'invoice of the kolibri');
  const killed = await histories.open({ file: histories.copyOfDisk(file), retention: KEEP_ALL });
  assert.deepEqual(await bodiesWith(killed, 'Kolibri'), ['invoice of the kolibri']);
  assert.deepEqual(await bodiesWith(killed, 'inv-99;'), ['invoice inv-99;']);

  await store.setRetention({ ...KEEP_ALL, maxEvents: 100 });
  // With each write a few go.
  for (let n = 0; n < 150; n++) await store.accept(anEvent({ body: Buffer.from('new') }), LATER);
  await waitUntil('the retention', async () => (await store.stats()).byStatus.success === 100);
  await waitUntil('the end of the part', () => rowsOf(file, 'text_parts') === 0);
  assert.equal(rowsOf(file, 'text_grams'), 0);
  assert.deepEqual(await bodiesWith(store, 'inv-99;'), []);
  assert.equal((await bodiesWith(store, 'kolibri')).length, 1);
});
