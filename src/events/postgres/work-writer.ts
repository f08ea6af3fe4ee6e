import { OPEN_JOB_STATES } from '../states';
import type { AttemptArgs } from '../rows';
import type { JobState } from '../states';
import { clean, cleanOrNull, columns } from './transaction';
import type { Transaction } from './transaction';
import type { ParkArgs } from './work-rows';
import type { EventEntry, JobEntry } from './work-rows';

const CHANGE_EVENTS = {
  name: 'change-events',
  text: `UPDATE events e SET status = c.status, reason = c.reason, outcome = c.outcome,
      attempt = c.attempt, unfinished = c.unfinished, parked = c.parked, owner = c.owner, updated_at = $9,
      awaited_by = CASE WHEN c.status IN ('success', 'failed', 'ignored') THEN NULL ELSE e.awaited_by END
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::int[],
      $8::bigint[]) AS c (seq, status, reason, outcome, attempt, unfinished, parked, owner)
    WHERE e.seq = c.seq`,
};
const ADD_ATTEMPTS = {
  name: 'add-attempts',
  text: `INSERT INTO attempts (event_seq, job_id, kind, number, started_at, ended_at, outcome, error, trail)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::bigint[],
      $7::text[], $8::text[], $9::text[])`,
};
const ADD_TO_TRAIL = {
  name: 'add-to-trail',
  text: `UPDATE attempts SET trail =
      CASE WHEN trail = '[]' THEN '[' || $4 || ']' ELSE left(trail, -1) || ',' || $4 || ']' END
    WHERE event_seq = $1 AND seq = (SELECT seq FROM attempts WHERE event_seq = $1 AND job_id IS NOT DISTINCT FROM $2
      AND number = $3 ORDER BY seq DESC LIMIT 1)`,
};
const PARK = {
  name: 'park',
  text: `WITH j AS (
      INSERT INTO retry_jobs (id, event_seq, event_attempt, node_id, arrival, state, attempts,
        first_attempt_at, due_at, last_error, reason)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING seq)
    INSERT INTO job_messages SELECT seq, $12 FROM j WHERE $12::bytea IS NOT NULL`,
};
const CHANGE_JOBS = {
  name: 'change-jobs',
  text: `UPDATE retry_jobs j SET state = c.state, held = c.held, owner = c.owner, attempts = c.attempts,
      unfinished = c.unfinished, due_at = c.due_at, last_error = c.last_error, reason = c.reason
    FROM unnest($1::bigint[], $2::text[], $3::smallint[], $4::bigint[], $5::int[], $6::int[],
      $7::bigint[], $8::text[], $9::text[])
      AS c (seq, state, held, owner, attempts, unfinished, due_at, last_error, reason)
    WHERE j.seq = c.seq`,
};
const MOVE_JOB = {
  name: 'move-job',
  text: 'UPDATE retry_jobs SET node_id = $2 WHERE seq = $1',
};
const DROP_MESSAGES = {
  name: 'drop-messages',
  text: 'DELETE FROM job_messages WHERE seq = ANY($1::bigint[])',
};

/** What a stretch of calls changed, written with one statement for each kind of change. */
export class WorkWriter {
  readonly #events = new Map<number, EventEntry>();
  readonly #attempts: unknown[][] = [];
  readonly #steps: unknown[][] = [];
  readonly #parked: unknown[][] = [];
  readonly #jobs = new Map<number, JobEntry>();
  readonly #moved: JobEntry[] = [];
  readonly #messages: number[] = [];

  changeEvent(row: EventEntry): void {
    this.#events.set(row.seq, row);
  }

  addAttempt(eventSeq: number, jobId: string | null, attempt: AttemptArgs): void {
    const [kind, number, startedAtMs, endedAtMs, outcome, errorJson, trailJson] = attempt;
    this.#attempts.push([
      ...[eventSeq, jobId, kind, number, Math.round(startedAtMs), Math.round(endedAtMs), outcome],
      ...[cleanOrNull(errorJson), clean(trailJson)],
    ]);
  }

  addToTrail(eventSeq: number, jobId: string | null, number: number, stepJson: string): void {
    this.#steps.push([eventSeq, jobId, number, clean(stepJson)]);
  }

  park({ job, dueAtMs, errorJson }: ParkArgs, eventSeq: number | null, state: JobState): void {
    this.#parked.push([
      ...[clean(job.id), eventSeq, job.eventAttempt, clean(job.nodeId), job.arrival, state],
      ...[job.attempts, Math.round(job.firstAttemptAtMs), Math.round(dueAtMs)],
      ...[cleanOrNull(errorJson), cleanOrNull(job.reason)],
      OPEN_JOB_STATES.includes(state) ? asBuffer(job.message) : null,
    ]);
  }

  changeJob(before: JobEntry, next: JobEntry): void {
    this.#jobs.set(next.seq, next);
    const isClosed =
      OPEN_JOB_STATES.includes(before.state) && !OPEN_JOB_STATES.includes(next.state);
    // The message of a dead letter is kept; nobody needs the others.
    if (isClosed && next.state !== 'exhausted') this.#messages.push(next.seq);
  }

  moveJob(row: JobEntry): void {
    this.#moved.push(row);
  }

  /** Sent in this order. */
  write(tx: Transaction): void {
    const events = [...this.#events.values()];
    if (events.length > 0) tx.write(CHANGE_EVENTS, [...eventColumns(events), tx.nowMs]);
    for (const row of this.#parked) tx.write(PARK, row);
    if (this.#attempts.length > 0) tx.write(ADD_ATTEMPTS, columns(this.#attempts, 9));
    for (const step of this.#steps) tx.write(ADD_TO_TRAIL, step);
    for (const { seq, node_id } of this.#moved) tx.write(MOVE_JOB, [seq, node_id]);
    const jobs = [...this.#jobs.values()];
    if (jobs.length > 0) tx.write(CHANGE_JOBS, jobColumns(jobs));
    if (this.#messages.length > 0) tx.write(DROP_MESSAGES, [this.#messages]);
  }
}

function eventColumns(rows: readonly EventEntry[]): unknown[][] {
  return columns(
    rows.map(({ seq, status, reason, outcome, attempt, unfinished, parked, owner }) => [
      ...[seq, status, cleanOrNull(reason), outcome, attempt, unfinished, parked, owner],
    ]),
    8,
  );
}

function jobColumns(rows: readonly JobEntry[]): unknown[][] {
  return columns(
    rows.map((row) => [
      ...[row.seq, row.state, row.held, row.owner, row.attempts, row.unfinished],
      ...[Math.round(row.due_at), cleanOrNull(row.last_error), cleanOrNull(row.reason)],
    ]),
    9,
  );
}

/** The driver takes a Buffer as it is. */
export function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
