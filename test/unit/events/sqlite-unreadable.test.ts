import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, test } from 'node:test';
import type { ClaimRequest, EventStore } from '../../../src/events/event-store';
import { anEvent } from '../../contract/event-store.fixtures';
import { Histories } from './sqlite-harness';

/** What cannot be read after its claim is on disk must not stay in nobody's hands. */

const CLAIM: ClaimRequest = {
  ordered: false,
  endpoint: '/hooks/a',
  methods: ['POST'],
  limit: 10,
  maxBytes: 1_000_000,
};

let histories: Histories;
beforeEach(() => {
  histories = new Histories();
});
afterEach(() => histories.end());

async function pending(store: EventStore, count: number): Promise<string[]> {
  const events = Array.from({ length: count }, () => anEvent({ endpoint: '/hooks/a' }));
  for (const event of events) await store.accept(event, { handOver: false, dedup: null });
  return events.map(({ id }) => id);
}

/** Changes the file beside the store, as a failing disk would. */
function tamper(sql: string, ...values: string[]): void {
  const db = new DatabaseSync(histories.path());
  db.prepare(sql).run(...values);
  db.close();
}

test('an event whose bytes are damaged is given up, and holds up no other', async () => {
  const store = await histories.open();
  const [first, second, third] = (await pending(store, 3)) as [string, string, string];
  tamper(
    `UPDATE bodies SET encoding = 'deflate-raw', body = x'ffff'
     WHERE seq = (SELECT seq FROM events WHERE id = ?)`,
    second,
  );
  const claim = await store.claim(CLAIM);
  assert.deepEqual(
    claim.events.map(({ id }) => id),
    [first, third],
  );
  const { events } = await store.list({ limit: 10, status: ['failed'] });
  assert.deepEqual(
    events.map(({ id, reason }) => [id, reason]),
    [[second, 'damaged in the history file: its body cannot be read']],
  );
});

test('when the file can not be read for a moment, the events wait again, and it does not count', async () => {
  const store = await histories.open();
  const ids = await pending(store, 2);
  tamper('ALTER TABLE bodies RENAME TO gone');
  for (let tries = 0; tries < 4; tries++) {
    await assert.rejects(store.claim(CLAIM), { code: 'store-unavailable' });
  }
  assert.equal((await store.stats()).byStatus.pending, 2);
  tamper('ALTER TABLE gone RENAME TO bodies');
  const claim = await store.claim(CLAIM);
  assert.deepEqual(
    claim.events.map(({ id }) => id),
    ids,
  );
  assert.equal(claim.next, 'fresh');
});
