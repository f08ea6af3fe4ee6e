import type { DatabaseSync } from 'node:sqlite';
import { Statement } from './statement';
import type { Tables } from './tables';

/** The writer's transactions; what is kept in memory beside the tables follows them. */
export class Transactions {
  readonly #db: DatabaseSync;
  readonly #tables: Tables;
  readonly #changes: Statement<{ n: number }>;
  #durable = true;

  constructor(db: DatabaseSync, tables: Tables) {
    this.#db = db;
    this.#tables = tables;
    this.#changes = new Statement(db, 'SELECT total_changes() AS n');
  }

  /** All that was committed is on disk; otherwise the WAL is to be synced before anybody is told of it. */
  get areDurable(): boolean {
    return this.#durable;
  }

  /**
   * `durable`: its commit waits for the disk, for all commits before it as well - but only where something
   * was changed: SQLite does nothing at the end of a transaction that wrote nothing. `isAwaited`: somebody is
   * told of it once it is on disk.
   */
  run<T>(work: () => T, { durable = true, isAwaited = true } = {}): T {
    this.#mark();
    if (!durable) this.#db.exec('PRAGMA synchronous = NORMAL');
    try {
      const before = this.#changes.get()?.n;
      this.#db.exec('BEGIN IMMEDIATE');
      const value = work();
      const isChanged = this.#changes.get()?.n !== before;
      this.#db.exec('COMMIT');
      if (isChanged && isAwaited) this.#durable = durable;
      return value;
    } catch (error) {
      this.#revert();
      throw error;
    } finally {
      if (!durable) this.#db.exec('PRAGMA synchronous = FULL');
    }
  }

  #mark(): void {
    const { tally, activity, totals, dedup, repeats } = this.#tables;
    tally.mark();
    activity.mark();
    totals.mark();
    dedup.mark();
    repeats.mark();
  }

  #revert(): void {
    const { tally, activity, totals, endpoints, dedup, events, secretTimes, repeats, texts } =
      this.#tables;
    ignoring(() => this.#db.exec('ROLLBACK'));
    tally.revert();
    activity.revert();
    totals.revert();
    dedup.revert();
    repeats.revert();
    events.forgetFresh();
    ignoring(() => endpoints.reload());
    ignoring(() => secretTimes.reload());
    ignoring(() => texts.reload());
  }
}

/** The error that took the transaction back is the one to tell of. */
function ignoring(work: () => unknown): void {
  try {
    work();
  } catch {
    // As it was.
  }
}
