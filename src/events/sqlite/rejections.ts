import type { DatabaseSync } from 'node:sqlite';
import type { MinuteCounts } from '../minute-counts';
import type { Args } from './protocol';
import { Statement } from './statement';
import type { Tally } from './tally';

/** A ring of its own, so that no flood of bad requests pushes out events. */
const KEPT_REJECTIONS = 1000;

export class RejectionTable {
  readonly #tally: Tally;
  readonly #activity: MinuteCounts;
  readonly #insert: Statement;
  readonly #deleteOldest: Statement;

  constructor(db: DatabaseSync, tally: Tally, activity: MinuteCounts) {
    this.#tally = tally;
    this.#activity = activity;
    this.#insert = new Statement(
      db,
      `INSERT INTO rejections (id, at, endpoint, status, cause, detail, method, path, ip, headers,
         body_bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#deleteOldest = new Statement(
      db,
      'DELETE FROM rejections WHERE seq IN (SELECT seq FROM rejections ORDER BY seq LIMIT ?)',
    );
  }

  insert(args: Args<'reject'>): null {
    this.#insert.run(...args);
    this.#tally.rejections += 1;
    const [, atMs, endpoint] = args;
    this.#activity.add(endpoint, 'rejected', atMs);
    const excess = this.#tally.rejections - KEPT_REJECTIONS;
    if (excess > 0) this.#tally.rejections -= this.#deleteOldest.run(excess);
    return null;
  }
}
