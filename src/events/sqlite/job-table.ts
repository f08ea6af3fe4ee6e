import type { DatabaseSync } from 'node:sqlite';
import { WebhookError } from '../../shared/errors';
import type { JobChange, JobHead } from '../job-rules';
import { OPEN_JOB_STATES } from '../states';
import type { EventProgress, JobState } from '../states';
import type { ParkArgs } from './protocol';
import { Statement } from './statement';
import type { Tally } from './tally';

/** Stands in each query that the partial index on open jobs is to serve. */
export const IS_OPEN = "state IN ('waiting', 'running', 'exhausting')";
export const JOB_COLUMNS = `j.seq, j.id, e.id AS event_id, j.event_attempt, j.node_id, j.arrival, j.state,
  j.attempts, j.first_attempt_at, j.due_at, j.last_error, j.reason, m.message`;
export const JOB_TABLES = `retry_jobs j LEFT JOIN events e ON e.seq = j.event_seq
  LEFT JOIN job_messages m ON m.seq = j.seq`;

/** A range of events; written so that SQLite sees that no `event_seq` is NULL, and uses the index. */
const OF_EVENTS = 'event_seq IS NOT NULL AND event_seq >= ? AND event_seq <= ?';

export const JOB_HEAD = `j.seq, j.id, j.event_seq, j.event_attempt, j.state, j.held, j.attempts, j.unfinished,
  j.due_at, j.last_error, j.reason`;

/** The rows of retry jobs, written inside the writer's transactions. */
export class JobTable {
  readonly #tally: Tally;
  readonly #insert: Statement;
  readonly #insertMessage: Statement;
  readonly #deleteMessage: Statement;
  readonly #update: Statement;
  readonly #move: Statement;
  readonly #byId: Statement<JobHead>;
  readonly #byArrival: Statement<{ seq: number }>;
  readonly #progress: Statement<{ state: JobState; n: number }>;
  readonly #openOf: Statement<JobHead>;
  readonly #deleteMessagesOf: Statement;
  readonly #deleteOf: Statement;
  readonly #oldestLoose: Statement<{ seq: number }>;
  readonly #delete: Statement;

  constructor(db: DatabaseSync, tally: Tally) {
    this.#tally = tally;
    this.#insert = new Statement(
      db,
      `INSERT INTO retry_jobs (id, event_seq, event_attempt, node_id, arrival, state, held, attempts,
         unfinished, first_attempt_at, due_at, last_error, reason)
       VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, ?, ?, ?, ?)`,
    );
    this.#insertMessage = new Statement(db, 'INSERT INTO job_messages VALUES (?, ?)');
    this.#deleteMessage = new Statement(db, 'DELETE FROM job_messages WHERE seq = ?');
    this.#update = new Statement(
      db,
      `UPDATE retry_jobs SET state = ?, held = ?, attempts = ?, unfinished = ?, due_at = ?,
         last_error = ?, reason = ? WHERE seq = ?`,
    );
    this.#move = new Statement(db, 'UPDATE retry_jobs SET node_id = ? WHERE seq = ?');
    this.#byId = new Statement(db, `SELECT ${JOB_HEAD} FROM retry_jobs j WHERE id = ?`);
    this.#byArrival = new Statement(
      db,
      `SELECT seq FROM retry_jobs
       WHERE event_seq = ? AND event_attempt = ? AND node_id = ? AND arrival = ?`,
    );
    this.#progress = new Statement(
      db,
      `SELECT state, COUNT(*) AS n FROM retry_jobs
       WHERE event_seq = ? AND event_attempt = ? GROUP BY state`,
    );
    this.#openOf = new Statement(
      db,
      `SELECT ${JOB_HEAD} FROM retry_jobs j WHERE event_seq = ? AND ${IS_OPEN}`,
    );
    this.#deleteMessagesOf = new Statement(
      db,
      `DELETE FROM job_messages WHERE seq IN (SELECT seq FROM retry_jobs WHERE ${OF_EVENTS})`,
    );
    this.#deleteOf = new Statement(db, `DELETE FROM retry_jobs WHERE ${OF_EVENTS}`);
    this.#oldestLoose = new Statement(
      db,
      `SELECT seq FROM retry_jobs
       WHERE event_seq IS NULL AND state NOT IN ('waiting', 'running', 'exhausting')
       ORDER BY seq LIMIT ?`,
    );
    this.#delete = new Statement(db, 'DELETE FROM retry_jobs WHERE seq = ?');
  }

  insert(args: ParkArgs, eventSeq: number | null, state: JobState, message: Uint8Array): void {
    const [id, , eventAttempt, nodeId, arrival, , attempts, firstAttemptAtMs, dueAtMs] = args;
    const seq = this.#insert.insert(
      id,
      eventSeq,
      eventAttempt,
      nodeId,
      arrival,
      state,
      attempts,
      firstAttemptAtMs,
      dueAtMs,
      args[9],
      args[10],
    );
    if (OPEN_JOB_STATES.includes(state)) {
      this.#insertMessage.run(seq, message);
      this.#tally.openJobs += 1;
    }
  }

  find(id: string): JobHead | undefined {
    return this.#byId.get(id);
  }

  isParked(eventSeq: number, eventAttempt: number, nodeId: string, arrival: number): boolean {
    return this.#byArrival.get(eventSeq, eventAttempt, nodeId, arrival) !== undefined;
  }

  progress(eventSeq: number, eventAttempt: number): Omit<EventProgress, 'outcome'> {
    let openJobs = 0;
    let lostJobs = 0;
    let doneJobs = 0;
    for (const { state, n } of this.#progress.all(eventSeq, eventAttempt)) {
      if (OPEN_JOB_STATES.includes(state)) openJobs += n;
      else if (state === 'done') doneJobs += n;
      else if (state !== 'superseded') lostJobs += n;
    }
    return { openJobs, lostJobs, doneJobs };
  }

  change(row: JobHead, change: JobChange): void {
    const next = { ...row, ...change };
    const { state, held, attempts, unfinished, due_at, last_error, reason } = next;
    this.#update.run(state, held, attempts, unfinished, due_at, last_error, reason, row.seq);
    if (!OPEN_JOB_STATES.includes(state)) this.#closed(row, state);
  }

  openOf(eventSeq: number): JobHead[] {
    return this.#openOf.all(eventSeq);
  }

  /** To another retry node. Throws `conflict` where that one has the same arrival of the same attempt. */
  move(row: JobHead, nodeId: string): void {
    try {
      this.#move.run(nodeId, row.seq);
    } catch (error) {
      if (!isTaken(error)) throw error;
      throw new WebhookError(
        'conflict',
        `The retry node ${nodeId} has a job of this message already: cancel the job ${row.id} instead.`,
        { cause: error },
      );
    }
  }

  /** The event is handed over again: what is left of its earlier attempt must not run beside it. */
  supersede(eventSeq: number): void {
    for (const row of this.openOf(eventSeq)) this.change(row, { state: 'superseded', held: 0 });
  }

  /** Those of a range of events. */
  deleteOf(firstSeq: number, lastSeq: number): void {
    this.#deleteMessagesOf.run(firstSeq, lastSeq);
    this.#deleteOf.run(firstSeq, lastSeq);
  }

  /** Ended jobs of messages that no webhook sent: the newest are kept. */
  trimLoose(keep: number, atMost: number): void {
    const excess = Math.min(this.#tally.looseJobs - keep, atMost);
    if (excess <= 0) return;
    for (const { seq } of this.#oldestLoose.all(excess)) {
      this.#deleteMessage.run(seq);
      this.#tally.looseJobs -= this.#delete.run(seq);
    }
  }

  /** The message of a dead letter is kept; nobody needs the others. */
  #closed(row: JobHead, state: JobState): void {
    if (!OPEN_JOB_STATES.includes(row.state)) return;
    if (state !== 'exhausted') this.#deleteMessage.run(row.seq);
    this.#tally.openJobs -= 1;
    if (row.event_seq === null) this.#tally.looseJobs += 1;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && error.message.includes('UNIQUE constraint failed');
}
