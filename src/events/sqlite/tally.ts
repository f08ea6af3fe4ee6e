import type { DatabaseSync } from 'node:sqlite';
import { EVENT_STATUSES } from '../states';
import type { EventStatus } from '../states';
import { Statement } from './statement';

type Counts = Pick<Tally, 'byStatus' | 'openJobs' | 'looseJobs' | 'rejections' | 'finishedFrom'>;

/**
 * Counters kept in memory, counted once at open: COUNT(*) over a million rows takes 65 ms.
 * They belong to the transaction: `mark` at its begin, `revert` when it is rolled back.
 */
export class Tally {
  readonly byStatus: Record<EventStatus, number>;
  openJobs: number;
  /** Ended jobs of messages that no webhook sent. */
  looseJobs: number;
  rejections: number;
  /** No finished event that is not `failed` has a lower row number. */
  finishedFrom = 0;
  #marked: Counts;

  constructor(db: DatabaseSync) {
    this.byStatus = countByStatus(db);
    this.openJobs = count(
      db,
      "retry_jobs INDEXED BY jobs_open WHERE state IN ('waiting', 'running', 'exhausting')",
    );
    this.looseJobs = count(
      db,
      "retry_jobs WHERE event_seq IS NULL AND state NOT IN ('waiting', 'running', 'exhausting')",
    );
    this.rejections = count(db, 'rejections');
    this.#marked = this.#copy();
  }

  /** How many events are stored. */
  get events(): number {
    return Object.values(this.byStatus).reduce((sum, count) => sum + count, 0);
  }

  mark(): void {
    this.#marked = this.#copy();
  }

  revert(): void {
    Object.assign(this.byStatus, this.#marked.byStatus);
    this.openJobs = this.#marked.openJobs;
    this.looseJobs = this.#marked.looseJobs;
    this.rejections = this.#marked.rejections;
    this.finishedFrom = this.#marked.finishedFrom;
  }

  #copy(): Counts {
    const { openJobs, looseJobs, rejections, finishedFrom } = this;
    return { byStatus: { ...this.byStatus }, openJobs, looseJobs, rejections, finishedFrom };
  }
}

function countByStatus(db: DatabaseSync): Record<EventStatus, number> {
  const counts = Object.fromEntries(EVENT_STATUSES.map((status) => [status, 0])) as Record<
    EventStatus,
    number
  >;
  const rows = new Statement<{ status: EventStatus; n: number }>(
    db,
    'SELECT status, COUNT(*) AS n FROM events GROUP BY endpoint_id, status',
  ).all();
  for (const { status, n } of rows) counts[status] += n;
  return counts;
}

function count(db: DatabaseSync, from: string): number {
  return new Statement<{ n: number }>(db, `SELECT COUNT(*) AS n FROM ${from}`).get()?.n ?? 0;
}
