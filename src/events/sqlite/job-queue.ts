import type { DatabaseSync } from 'node:sqlite';
import type { JobHead } from '../job-rules';
import { MAX_CRASHES } from '../states';
import { IS_OPEN, JOB_COLUMNS, JOB_HEAD, JOB_TABLES } from './job-table';
import type { JobRow } from '../rows';
import { Statement } from './statement';

/** A job of an event that waits for its redelivery does not run: the hand-over will supersede it. */
const RUNNABLE = "(j.event_seq IS NULL OR e.status <> 'pending')";
const OF_NODE = `FROM retry_jobs j LEFT JOIN events e ON e.seq = j.event_seq
  WHERE j.node_id = ? AND j.${IS_OPEN} AND ${RUNNABLE}`;
/** See `suspicion`: those that are to be alone, or (0) the others. */
const IS_ALONE = `(j.unfinished >= ${MAX_CRASHES - 1}) = ?`;
const WAITING = `${OF_NODE} AND j.state = 'waiting'`;
const EXHAUSTING = `${OF_NODE} AND j.state = 'exhausting' AND j.held = 0`;

/** Which jobs of a retry node are to be worked on, and when the next one is. */
export class JobQueue {
  readonly #full: Statement<JobRow>;
  readonly #due: Statement<JobHead>;
  readonly #exhausting: Statement<JobHead>;
  readonly #nextDue: Statement<{ due_at: number | null }>;
  readonly #inHand: Statement<JobHead>;
  readonly #anyAlone: Statement<{ seq: number }>;
  /** False: certainly none is to be alone. Only the death of a process makes one so. */
  #mayBeAlone = true;

  constructor(db: DatabaseSync) {
    this.#full = new Statement(db, `SELECT ${JOB_COLUMNS} FROM ${JOB_TABLES} WHERE j.seq = ?`);
    this.#due = new Statement(
      db,
      `SELECT ${JOB_HEAD} ${WAITING} AND ${IS_ALONE} AND j.due_at <= ? ORDER BY j.due_at LIMIT ?`,
    );
    this.#exhausting = new Statement(
      db,
      `SELECT ${JOB_HEAD} ${EXHAUSTING} AND ${IS_ALONE} ORDER BY j.due_at LIMIT ?`,
    );
    this.#nextDue = new Statement(
      db,
      `SELECT MIN(due_at) AS due_at FROM (
         SELECT * FROM (SELECT j.due_at ${WAITING} ORDER BY j.due_at LIMIT 1)
         UNION ALL
         SELECT * FROM (SELECT j.due_at ${EXHAUSTING} ORDER BY j.due_at LIMIT 1))`,
    );
    this.#anyAlone = new Statement(
      db,
      `SELECT seq FROM retry_jobs j WHERE ${IS_OPEN} AND j.unfinished >= ${MAX_CRASHES - 1} LIMIT 1`,
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
  claimable(nodeId: string, nowMs: number, alone: boolean, limit: number): JobHead[] {
    const suspicion = alone ? 1 : 0;
    const due = this.#due.all(nodeId, suspicion, nowMs, limit);
    if (due.length >= limit) return due;
    return [...due, ...this.#exhausting.all(nodeId, suspicion, limit - due.length)];
  }

  /** Whether a due job of the node is to be alone. Looks at all open jobs only while one of them is. */
  isAloneDue(nodeId: string, nowMs: number): boolean {
    if (!this.#mayBeAlone) return false;
    this.#mayBeAlone = this.#anyAlone.get() !== undefined;
    return this.#mayBeAlone && this.claimable(nodeId, nowMs, true, 1).length > 0;
  }

  nextDueAtMs(nodeId: string): number | null {
    return this.#nextDue.get(nodeId, nodeId)?.due_at ?? null;
  }

  /** Jobs that run, or whose `exhausted` branch runs; asked for when a process, or the thread, has died. */
  inHand(): JobHead[] {
    this.#mayBeAlone = true;
    return this.#inHand.all();
  }
}
