import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import type { AcceptOptions, EventStore } from '../../../src/events/event-store';
import { PAGE_BYTES } from '../../../src/events/sqlite/database';
import { salvage, type Salvaged } from '../../../src/events/sqlite/salvage';
import { migrate } from '../../../src/events/sqlite/schema/migrations';
import { silentLogger } from '../../../src/shared/logger';
import { aFailure, aJob, anAttempt, anEvent } from '../../contract/event-store.fixtures';
import { Histories } from './sqlite-harness';

/** What was unfinished in a damaged file goes on in the new one. */

const WAITING = 150;
const RETRYING = 40;
const UNFINISHED = WAITING + RETRYING;
const DIGEST = 'ab'.repeat(32);
const keyed = (key: string): AcceptOptions => ({
  handOver: false,
  dedup: { key, windowMs: 1e13 },
});
const bodyOf = (n: number): Buffer => Buffer.from(`${n} `.repeat(300));

let histories: Histories;
let filled: Awaited<ReturnType<typeof fill>>;
let copies = 0;
before(async () => {
  histories = new Histories();
  const store = await histories.open();
  filled = await fill(store);
  await store.close();
});
after(() => histories.end());

/** Events that wait, that succeeded and failed, jobs with and without an event, and a sync's memory. */
async function fill(store: EventStore): Promise<{ pending: string[]; retrying: string[] }> {
  const events = Array.from({ length: WAITING }, (_, n) => anEvent({ body: bodyOf(n) }));
  const handedOver = Array.from({ length: 2 * RETRYING + 1 }, () => anEvent());
  await Promise.all([
    ...events.map((event, n) => store.accept(event, keyed(`key-${n}`))),
    ...handedOver.map((event) => store.accept(event, { handOver: true, dedup: null })),
  ]);
  await store.accept(anEvent({ body: bodyOf(7), receivedAtMs: 8_000 }), keyed('key-7'));
  const [failed, ...others] = handedOver.map(({ id }) => id);
  const retrying = others.filter((_, n) => n % 2 === 0);
  const parked = retrying.map((eventId, n) =>
    store.park({ job: aJob({ eventId, message: bodyOf(n) }), attempt: aFailure() }),
  );
  await Promise.all([
    ...parked,
    store.park({ job: aJob(), attempt: aFailure() }),
    ...others.map((eventId) => end(store, eventId, 'success')),
    end(store, failed!, 'failed'),
    store.saveSync({ key: 's', delivered: [DIGEST], maxItems: 10, memory: '{"last":1}' }),
  ]);
  return { pending: events.map(({ id }) => id), retrying };
}

function end(store: EventStore, eventId: string, outcome: 'success' | 'failed'): Promise<unknown> {
  return store.endAttempt({ eventId, attempt: anAttempt({ outcome }), outcome, reason: null });
}

interface Page {
  readonly name: string;
  readonly pageno: number;
  readonly pagetype: string;
  readonly ncell: number;
}

function pagesOf(file: string): Page[] {
  const db = new DatabaseSync(file, { readOnly: true });
  const sql = 'SELECT name, pageno, pagetype, ncell FROM dbstat ORDER BY pageno';
  const pages = db.prepare(sql).all() as unknown as Page[];
  db.close();
  return pages;
}

/** A copy of the history with these pages overwritten. */
function damaged(pages: readonly Page[]): string {
  const bytes = readFileSync(histories.path());
  for (const { pageno } of pages) {
    bytes.fill(0x5a, (pageno - 1) * PAGE_BYTES, pageno * PAGE_BYTES);
  }
  const file = histories.path(`damaged-${++copies}.sqlite`);
  writeFileSync(file, bytes);
  return file;
}

function salvaged(file: string): { report: Salvaged; pending: number; retrying: number } {
  const into = new DatabaseSync(':memory:');
  try {
    migrate(into);
    const report = salvage(file, into, Date.now());
    const count = (sql: string): number => Number(into.prepare(sql).get()?.['n']);
    const withStatus = (status: string): number =>
      count(`SELECT count(*) AS n FROM events WHERE status = '${status}'`);
    const [pending, retrying] = [withStatus('pending'), withStatus('retrying')];
    const waitedFor = count(
      `SELECT count(DISTINCT event_seq) AS n FROM retry_jobs JOIN job_messages USING (seq)
       WHERE state = 'waiting'`,
    );
    assert.equal(waitedFor, retrying, 'no event waits for a job that is not there');
    return { report, pending, retrying };
  } finally {
    into.close();
  }
}

test('with any one page damaged only what stood on that page is lost', () => {
  const all = UNFINISHED + 1;
  for (const page of pagesOf(histories.path())) {
    if (page.pageno === 1) continue;
    const { report, pending, retrying } = salvaged(damaged([page]));
    const what = `${page.name}, ${page.pagetype} page ${page.pageno} of ${page.ncell} cells`;
    const least = leastEvents(page, all);
    assert.ok(report.events >= least && report.events <= all, `${what}: ${report.events} events`);
    if (least === all) assert.equal(pending + retrying, UNFINISHED, what);
  }
});

/** Without the root of a table nothing of it is found; without a leaf, its rows are missing. */
function leastEvents({ name, pagetype, ncell }: Page, all: number): number {
  if (name === 'endpoints') return 0;
  if (name !== 'events' && name !== 'bodies') return all;
  return pagetype === 'leaf' ? all - ncell : 0;
}

test('a file of which nothing can be read gives nothing, and stops nobody', () => {
  const first = pagesOf(histories.path()).filter(({ pageno }) => pageno === 1);
  assert.deepEqual(salvaged(damaged(first)).report, { events: 0, jobs: 0, lost: 0 });
});

test('an event whose body is not one, one whose message is gone, a key without its digest', () => {
  const file = damaged([]);
  const db = new DatabaseSync(file);
  db.exec(`
    CREATE TABLE loose AS SELECT * FROM bodies;
    UPDATE loose SET body = 12.5 WHERE seq = 1;
    DROP TABLE bodies;
    ALTER TABLE loose RENAME TO bodies;
    CREATE TABLE keys AS SELECT * FROM dedup_keys;
    UPDATE keys SET digest = NULL WHERE key = 'key-1';
    DROP TABLE dedup_keys;
    ALTER TABLE keys RENAME TO dedup_keys;
    DELETE FROM job_messages WHERE seq = (SELECT min(seq) FROM retry_jobs WHERE event_seq IS NOT NULL);
  `);
  db.close();
  const { report, pending, retrying } = salvaged(file);
  assert.deepEqual(report, { events: UNFINISHED, jobs: RETRYING, lost: 1 });
  assert.deepEqual([pending, retrying], [WAITING, RETRYING - 1]);
});

test('where the new file can not be written nothing is given up', () => {
  const into = new DatabaseSync(':memory:');
  migrate(into);
  const { page_count } = into.prepare('PRAGMA page_count').get() as { page_count: number };
  into.exec(`PRAGMA max_page_count = ${page_count + 4}`);
  assert.throws(() => salvage(damaged([]), into, Date.now()), /full/);
  assert.equal(into.isTransaction, false);
  into.close();
});

async function openDamaged(where: (page: Page) => boolean): Promise<[EventStore, string[]]> {
  const pages = pagesOf(histories.path()).filter(where);
  assert.ok(pages.length > 0);
  const said: string[] = [];
  const file = damaged(pages);
  const store = await histories.open({
    file,
    logger: { ...silentLogger, error: (text) => said.push(text) },
  });
  assert.ok(existsSync(store.recoveredFrom!));
  return [store, said];
}

test('unfinished events, jobs, keys of duplicates and syncs go on in the new file', async () => {
  const { pending, retrying } = filled;
  const [store, said] = await openDamaged(({ name }) => name === 'events_by_state');
  assert.match(
    said.join('\n'),
    /^The history file was damaged: it is kept as .*corrupt-.*, a new one is used\. Brought along: 191 unfinished or failed events, 41 waiting retries\.$/,
  );
  const { events } = await store.claim({
    ...{ endpoint: '/hooks/a', methods: ['POST'], limit: 500, maxBytes: 1e9, ordered: false },
  });
  assert.deepEqual(
    events.map(({ id }) => id),
    pending,
  );
  assert.deepEqual(Buffer.from(events[7]!.body), bodyOf(7));
  assert.deepEqual([events[7]!.repeats, events[7]!.repeatedAtMs], [1, 8_000]);
  assert.equal(
    (await store.accept(anEvent({ body: bodyOf(3) }), keyed('key-3'))).kind,
    'duplicate',
  );
  const { jobs } = await store.claimJobs({ nodeId: 'retry1', limit: 100, nowMs: 1e13 });
  assert.deepEqual(new Set(jobs.map(({ eventId }) => eventId)), new Set([...retrying, null]));
  assert.equal((await store.stats()).byStatus.failed, 1);
  assert.deepEqual(await store.recallSync('s', [DIGEST]), {
    memory: '{"last":1}',
    delivered: [DIGEST],
  });
});

test('an event of which a job can not be read is delivered again as a whole', async () => {
  const [store] = await openDamaged(({ name }) => name === 'job_messages');
  const { byStatus } = await store.stats();
  assert.deepEqual([byStatus.pending, byStatus.retrying], [UNFINISHED, 0]);
});

test('a process that dies while it replaces the file loses neither the old one nor the new one', async () => {
  const file = histories.path('replaced.sqlite');
  copyFileSync(histories.path(), `${file}.new`);
  writeFileSync(`${file}-wal`, 'of the damaged file');
  const store = await histories.open({ file });
  assert.equal((await store.stats()).byStatus.pending, WAITING);
  const [kept] = readdirSync(histories.folder).filter((name) =>
    /^replaced.*corrupt.*-wal$/.test(name),
  );
  assert.equal(readFileSync(histories.path(kept), 'utf8'), 'of the damaged file');
});
