import type { DatabaseSync } from 'node:sqlite';
import type { AttemptArgs, EventRow } from '../rows';
import { Statement } from './statement';

/** An event has fewer attempts, those of its jobs included; computed in SQLite, whose integers have 64 bits. */
const POSITIONS = 1 << 20;
/** A number that JavaScript binds is a float for SQLite. */
const FIRST_PLACE = `CAST(?1 AS INTEGER) * ${POSITIONS}`;
/** The attempts of the event `?1`, in their order. */
export const OF_EVENT = `place BETWEEN ${FIRST_PLACE} AND ${FIRST_PLACE} + ${POSITIONS - 1}`;

type OwnEvent = Pick<EventRow, 'seq' | 'endpoint_id'>;
type CountFunction = (endpointId: number, attempt: AttemptArgs) => void;

/** What was tried, in the order in which it ended. */
export class AttemptTable {
  readonly #count: CountFunction;
  readonly #insert: Statement;
  readonly #insertFirst: Statement;
  readonly #same: Statement<{ known: number }>;
  readonly #addToTrail: Statement;
  readonly #deleteOf: Statement;

  constructor(db: DatabaseSync, count: CountFunction) {
    this.#count = count;
    this.#insert = new Statement(
      db,
      `INSERT INTO attempts VALUES (
         (SELECT COALESCE(MAX(place), ${FIRST_PLACE}) + 1 FROM attempts WHERE ${OF_EVENT}),
         ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
    );
    this.#insertFirst = new Statement(
      db,
      `INSERT INTO attempts VALUES (${FIRST_PLACE} + 1, NULL, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
    );
    this.#same = new Statement(
      db,
      `SELECT 1 AS known FROM attempts
       WHERE ${OF_EVENT} AND job_id IS NULL AND number = ?2 AND started_at = ?3 AND outcome = ?4`,
    );
    this.#addToTrail = new Statement(
      db,
      `UPDATE attempts SET trail = json_insert(trail, '$[#]', json(?4))
       WHERE place = (SELECT MAX(place) FROM attempts
                      WHERE ${OF_EVENT} AND job_id IS ?2 AND number = ?3)`,
    );
    this.#deleteOf = new Statement(
      db,
      `DELETE FROM attempts WHERE place >= ${FIRST_PLACE}
         AND place < (CAST(?2 AS INTEGER) + 1) * ${POSITIONS}`,
    );
  }

  insert(event: OwnEvent, jobId: string | null, attempt: AttemptArgs): void {
    const [kind, number, startedAtMs, endedAtMs, outcome, errorJson, trailJson] = attempt;
    this.#count(event.endpoint_id, attempt);
    this.#insert.run(
      event.seq,
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
  insertFirst(event: OwnEvent, attempt: AttemptArgs): void {
    this.#count(event.endpoint_id, attempt);
    this.#insertFirst.run(event.seq, ...attempt);
  }

  /** The same end of a delivery is known: its caller repeats it, because the answer got lost. */
  isKnown(eventSeq: number, attempt: AttemptArgs): boolean {
    return this.#same.get(eventSeq, attempt[1], attempt[2], attempt[4]) !== undefined;
  }

  /** Of the latest attempt with that number. */
  addToTrail(eventSeq: number, jobId: string | null, number: number, stepJson: string): void {
    this.#addToTrail.run(eventSeq, jobId, number, stepJson);
  }

  /** Those of a range of events. */
  deleteOf(firstSeq: number, lastSeq: number): void {
    this.#deleteOf.run(firstSeq, lastSeq);
  }
}
