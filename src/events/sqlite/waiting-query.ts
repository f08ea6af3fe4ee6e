import type { DatabaseSync } from 'node:sqlite';
import { COUNTED_WAITING } from '../event-store';
import { IS_OPEN } from './job-table';
import type { Args, Result } from './protocol';
import { Statement } from './statement';

interface Counted {
  readonly n: number;
  readonly oldest: number | null;
}

/** What waits at an endpoint or a retry node; bounded, since a node asks for it again and again. */
export class WaitingQuery {
  readonly #pending: Statement<Counted>;
  readonly #open: Statement<Counted>;
  readonly #nextDue: Statement<{ due: number | null }>;

  constructor(db: DatabaseSync) {
    this.#pending = new Statement(
      db,
      `SELECT COUNT(*) AS n, MIN(received_at) AS oldest FROM (
         SELECT received_at FROM events
         WHERE endpoint_id = (SELECT id FROM endpoints WHERE key = ?) AND status = 'pending'
         ORDER BY seq LIMIT ${COUNTED_WAITING})`,
    );
    this.#open = new Statement(
      db,
      `SELECT COUNT(*) AS n, MIN(first_attempt_at) AS oldest FROM (
         SELECT first_attempt_at FROM retry_jobs WHERE node_id = ? AND ${IS_OPEN}
         LIMIT ${COUNTED_WAITING})`,
    );
    this.#nextDue = new Statement(
      db,
      `SELECT MIN(due_at) AS due FROM retry_jobs
       WHERE node_id = ? AND state = 'waiting' AND ${IS_OPEN}`,
    );
  }

  run([endpoint, nodeId]: Args<'waiting'>): Result<'waiting'> {
    const counted = nodeId === null ? this.#pending.get(endpoint) : this.#open.get(nodeId);
    const due = nodeId === null ? null : this.#nextDue.get(nodeId)?.due;
    return {
      count: counted?.n ?? 0,
      oldestAtMs: counted?.oldest ?? null,
      nextDueAtMs: due ?? null,
    };
  }
}
