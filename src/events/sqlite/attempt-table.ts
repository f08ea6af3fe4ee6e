import type { DatabaseSync } from 'node:sqlite';
import type { AttemptArgs } from './rows';
import { Statement } from './statement';

/** What was tried, in the order in which it ended. */
export class AttemptTable {
  readonly #insert: Statement;
  readonly #insertFirst: Statement;
  readonly #same: Statement<{ position: number }>;
  readonly #deleteOf: Statement;

  constructor(db: DatabaseSync) {
    this.#insert = new Statement(
      db,
      `INSERT INTO attempts VALUES (?1,
         (SELECT COALESCE(MAX(position), 0) + 1 FROM attempts WHERE event_seq = ?1),
         ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
    );
    this.#insertFirst = new Statement(
      db,
      'INSERT INTO attempts VALUES (?, 1, NULL, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#same = new Statement(
      db,
      `SELECT position FROM attempts
       WHERE event_seq = ? AND job_id IS NULL AND number = ? AND started_at = ? AND outcome = ?`,
    );
    this.#deleteOf = new Statement(db, 'DELETE FROM attempts WHERE event_seq = ?');
  }

  insert(eventSeq: number, jobId: string | null, attempt: AttemptArgs): void {
    const [kind, number, startedAtMs, endedAtMs, outcome, errorJson, trailJson] = attempt;
    this.#insert.run(
      eventSeq,
      jobId,
      kind,
      number,
      startedAtMs,
      endedAtMs,
      outcome,
      errorJson,
      trailJson,
    );
  }

  /** Of an event that has none. */
  insertFirst(eventSeq: number, attempt: AttemptArgs): void {
    this.#insertFirst.run(eventSeq, ...attempt);
  }

  /** The same end of a delivery is known: its caller repeats it, because the answer got lost. */
  isKnown(eventSeq: number, attempt: AttemptArgs): boolean {
    return this.#same.get(eventSeq, attempt[1], attempt[2], attempt[4]) !== undefined;
  }

  deleteOf(eventSeq: number): void {
    this.#deleteOf.run(eventSeq);
  }
}
