import type { RecoveryReport } from '../event-store';
import { crashed } from '../attempt-rules';
import { putBack } from '../job-rules';
import { isFinal, MAX_CRASHES, OPEN_JOB_STATES } from '../states';
import type { Transaction } from './transaction';
import { freeTurns } from './turns';
import { giveUpJob, putEventBack, reclaimEvent } from './verdicts';
import type { EventEntry, JobEntry } from './work-rows';
import { EVENT_HEAD, JOB_HEAD, loadWork, lockOpenJobs, workOn } from './work-loader';

/** With the removal of its row an instance can write no more: its transactions hold that row. */
const BURY = {
  name: 'bury',
  text: `DELETE FROM instances WHERE id IN (
      SELECT id FROM instances WHERE lease_until < now() AND id <> $1 ORDER BY id FOR UPDATE SKIP LOCKED)
    RETURNING id`,
};
const EVENTS_OF = {
  name: 'events-of-owners',
  text: `SELECT ${EVENT_HEAD} FROM events WHERE owner = ANY($1::bigint[]) ORDER BY seq FOR NO KEY UPDATE`,
};
const JOBS_OF = {
  name: 'jobs-of-owners',
  text: `SELECT ${JOB_HEAD} FROM retry_jobs WHERE owner = ANY($1::bigint[]) ORDER BY seq FOR NO KEY UPDATE`,
};
const EVENTS_AT = {
  name: 'events-at',
  text: `SELECT ${EVENT_HEAD} FROM events WHERE seq = ANY($1::bigint[]) ORDER BY seq FOR NO KEY UPDATE`,
};
/** Their senders are gone, or have been answered without an outcome. */
const LET_GO = {
  name: 'let-go-of-dead',
  text: 'UPDATE events SET awaited_by = NULL WHERE awaited_by = ANY($1::bigint[]) RETURNING seq',
};
const PENDING_ENDPOINTS = {
  name: 'pending-endpoints',
  text: `SELECT key FROM endpoints p WHERE EXISTS (
      SELECT 1 FROM events WHERE endpoint_id = p.id AND status = 'pending') ORDER BY id`,
};

/** What this process has in hand, as far as it knows: ids. */
export interface InHand {
  readonly events: Set<string>;
  readonly jobs: Set<string>;
}

/**
 * Puts back what instances had in hand whose leases are over: each hand-over counts as a death of the process
 * (rule 3). What living instances hold stays theirs. `dueMs`: when its jobs are due again.
 */
export async function takeOver(tx: Transaction, dueMs: number): Promise<RecoveryReport> {
  const dead = (await tx.query<{ id: number }>(BURY, [tx.me])).map(({ id }) => id);
  const counts = dead.length === 0 ? NOTHING : await reclaim(tx, dead, dueMs);
  if (dead.length > 0) {
    await letGo(tx, dead);
    await freeTurns(tx, dead);
  }
  const pending = await tx.query<{ key: string }>(PENDING_ENDPOINTS, []);
  return { ...counts, pendingEndpoints: pending.map(({ key }) => key) };
}

async function letGo(tx: Transaction, dead: readonly number[]): Promise<void> {
  const free = await tx.query(LET_GO, [dead]);
  if (free.length > 0) tx.wakeOthers();
}

type Counts = Omit<RecoveryReport, 'pendingEndpoints'>;
const NOTHING: Counts = { redelivered: 0, poisoned: 0, jobs: 0 };

async function reclaim(tx: Transaction, owners: readonly number[], dueMs: number): Promise<Counts> {
  const events = await tx.query<EventEntry>(EVENTS_OF, [owners]);
  const inHand = await tx.query<JobEntry>(JOBS_OF, [owners]);
  const held = new Set(events.map(({ seq }) => seq));
  const others = inHand.flatMap(({ event_seq }) =>
    event_seq === null || held.has(event_seq) ? [] : [event_seq],
  );
  const beside = others.length === 0 ? [] : await tx.query<EventEntry>(EVENTS_AT, [others]);
  const poisoned = events.filter(({ unfinished }) => unfinished >= MAX_CRASHES);
  const open = await lockOpenJobs(
    tx,
    poisoned.map(({ seq }) => seq),
  );
  const work = await workOn(tx, [...events, ...beside], [...inHand, ...open]);
  let lost = 0;
  for (const row of events) if (reclaimEvent(work, row) === 'failed') lost += 1;
  const counts = { redelivered: events.length - lost, poisoned: lost, jobs: 0 };
  for (const { id } of inHand) {
    const row = work.job(id);
    if (row === undefined || (row.state !== 'running' && row.held === 0)) continue;
    const kind = row.state === 'running' ? 'retry' : 'exhausted';
    work.addAttempt(row.event_seq, row.id, crashed(kind, row.attempts, tx.nowMs));
    if (row.unfinished >= MAX_CRASHES) {
      giveUpJob(work, row);
      counts.poisoned += 1;
    } else {
      work.changeJob(row, putBack(row, Math.round(dueMs), false));
      counts.jobs += 1;
    }
  }
  work.write();
  if (counts.redelivered + counts.jobs > 0) tx.wakeOthers();
  return counts;
}

/**
 * After a broken connection: what stands in the store as ours and is not, since the answer to its claim or
 * its acceptance got lost, waits again, not counted. How much that was.
 */
export async function reconcile(tx: Transaction, inHand: InHand): Promise<number> {
  const events = await tx.query<EventEntry>(EVENTS_OF, [[tx.me]]);
  const jobs = await tx.query<JobEntry>(JOBS_OF, [[tx.me]]);
  const lostEvents = events.filter(({ id }) => !inHand.events.has(id));
  const lostJobs = jobs.filter(({ id }) => !inHand.jobs.has(id));
  if (lostEvents.length + lostJobs.length === 0) return 0;
  const work = await workOn(tx, lostEvents, lostJobs);
  for (const row of lostEvents) putEventBack(work, row, Math.max(0, row.unfinished - 1));
  for (const row of lostJobs) work.changeJob(row, putBack(row, tx.nowMs, true));
  work.write();
  return lostEvents.length + lostJobs.length;
}

/**
 * Of an instance that was declared dead because nobody could hear it, and that comes back: it has not died of
 * what it had in hand, so its taking over is not counted as a death (rule 3) where that is not ended yet.
 */
export async function survived(tx: Transaction, { events, jobs }: InHand): Promise<void> {
  const ids = { eventIds: [...events], jobIds: [...jobs] };
  const work = await loadWork(tx, { ...ids, openJobsOf: [], ends: [], parks: [] });
  for (const id of events) {
    const row = work.find(id);
    if (row === undefined || isFinal(row.status) || row.unfinished === 0) continue;
    work.change(row, { unfinished: row.unfinished - 1 });
  }
  for (const id of jobs) {
    const row = work.job(id);
    if (row === undefined || !OPEN_JOB_STATES.includes(row.state) || row.unfinished === 0) continue;
    work.changeJob(row, { unfinished: row.unfinished - 1 });
  }
  work.write();
}
