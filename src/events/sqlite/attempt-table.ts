import type { DatabaseSync } from 'node:sqlite';
import type { AttemptArgs } from './rows';
import { Statement } from './statement';

/** What was tried, in the order in which it ended. */
export class AttemptTable {
  readonly #insert: Statement;
  readonly #deleteOf: Statement;

  constructor(db: DatabaseSync) {
    this.#insert = new Statement(
      db,
      `INSERT INTO attempts VALUES (?1,
         (SELECT COALESCE(MAX(position), 0) + 1 FROM attempts WHERE event_seq = ?1),
         ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
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

  deleteOf(eventSeq: number): void {
    this.#deleteOf.run(eventSeq);
  }
}
