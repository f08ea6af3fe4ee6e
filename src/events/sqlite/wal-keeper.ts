import type { DatabaseSync } from 'node:sqlite';
import { PAGE_BYTES, pragma } from './database';

/** A checkpoint of more than this takes too long beside requests. */
const CHECKPOINT_BYTES = 8 * 1024 * 1024;
/** Below this a pause is not worth a checkpoint. */
const IDLE_BYTES = 256 * 1024;
/** What a transaction writes besides its bodies: a handful of pages of rows and indexes. */
const BYTES_PER_TRANSACTION = 8 * PAGE_BYTES;
/** Free pages are given back in slices: 1000 take 28 ms. */
const VACUUM_PAGES = 64;
/** Free pages that are kept for the next events: at least this many, and a tenth of the file. */
const SPARE_PAGES = 256;

/**
 * Checkpoints and free pages. SQLite's own checkpoints come inside a commit and stall it for 10-34 ms;
 * these come in pauses, or when the WAL has grown.
 */
export class WalKeeper {
  readonly #db: DatabaseSync;
  /** An estimate: SQLite has no cheap way to ask. */
  #walBytes = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** After a commit. */
  written(bodyBytes: number): void {
    this.#walBytes += bodyBytes + BYTES_PER_TRANSACTION;
  }

  /** After the answers to a round, so that nobody waits for it who need not. */
  answered(): void {
    if (this.#walBytes >= CHECKPOINT_BYTES) this.#checkpoint('PASSIVE');
  }

  /** True: there was something to do. */
  idle(): boolean {
    if (this.#walBytes >= IDLE_BYTES) {
      this.#checkpoint('PASSIVE');
      return true;
    }
    const free = Number(pragma(this.#db, 'freelist_count'));
    if (free < SPARE_PAGES || free * 10 < Number(pragma(this.#db, 'page_count'))) return false;
    this.#db.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
    this.#walBytes += VACUUM_PAGES * PAGE_BYTES;
    return true;
  }

  /** The WAL becomes an empty file: at close, and where the disk is full. */
  truncate(): void {
    this.#checkpoint('TRUNCATE');
  }

  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    this.#walBytes = 0;
    this.#db.exec(`PRAGMA wal_checkpoint(${mode})`);
  }
}
