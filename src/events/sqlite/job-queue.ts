import type { DatabaseSync } from 'node:sqlite';
import { IS_OPEN, JOB_COLUMNS, JOB_HEAD, JOB_TABLES } from './job-table';
import type { JobHead } from './job-table';
import type { JobRow } from './rows';
import { Statement } from './statement';

/** A job of an event that waits for its redelivery does not run: the hand-over will supersede it. */
const RUNNABLE = "(j.event_seq IS NULL OR e.status <> 'pending')";
const OF_NODE = `FROM retry_jobs j LEFT JOIN events e ON e.seq = j.event_seq
  WHERE j.node_id = ? AND j.${IS_OPEN} AND ${RUNNABLE}`;
const WAITING = `${OF_NODE} AND j.state = 'waiting'`;
const EXHAUSTING = `${OF_NODE} AND j.state = 'exhausting' AND j.held = 0`;

/** Which jobs of a retry node are to be worked on, and when the next one is. */
export class JobQueue {
  readonly #full: Statement<JobRow>;
  readonly #due: Statement<JobHead>;
  readonly #exhausting: Statement<JobHead>;
  readonly #nextDue: Statement<{ due_at: number | null }>;
  readonly #inHand: Statement<JobHead>;

  constructor(db: DatabaseSync) {
    this.#full = new Statement(db, `SELECT ${JOB_COLUMNS} FROM ${JOB_TABLES} WHERE j.seq = ?`);
    this.#due = new Statement(
      db,
      `SELECT ${JOB_HEAD} ${WAITING} AND j.due_at <= ? ORDER BY j.due_at LIMIT ?`,
    );
    this.#exhausting = new Statement(
      db,
      `SELECT ${JOB_HEAD} ${EXHAUSTING} ORDER BY j.due_at LIMIT ?`,
    );
    this.#nextDue = new Statement(
      db,
      `SELECT MIN(due_at) AS due_at FROM (
         SELECT * FROM (SELECT j.due_at ${WAITING} ORDER BY j.due_at LIMIT 1)
         UNION ALL
         SELECT * FROM (SELECT j.due_at ${EXHAUSTING} ORDER BY j.due_at LIMIT 1))`,
    );
    this.#inHand = new Statement(
      db,
      `SELECT ${JOB_HEAD} FROM retry_jobs j WHERE ${IS_OPEN} AND (state = 'running' OR held = 1)`,
    );
  }

  full(seq: number): JobRow | undefined {
    return this.#full.get(seq);
  }

  /** Due ones first, then those for the `exhausted` output; `limit` of both together. */
  claimable(nodeId: string, nowMs: number, limit: number): JobHead[] {
    const due = this.#due.all(nodeId, nowMs, limit);
    if (due.length >= limit) return due;
    return [...due, ...this.#exhausting.all(nodeId, limit - due.length)];
  }

  nextDueAtMs(nodeId: string): number | null {
    return this.#nextDue.get(nodeId, nodeId)?.due_at ?? null;
  }

  /** Jobs that run, or whose `exhausted` branch runs. */
  inHand(): JobHead[] {
    return this.#inHand.all();
  }
}
