import { DatabaseSync } from 'node:sqlite';
import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { migrate, readableVersion } from './schema/migrations';

/**
 * Every page that a transaction touches goes to the WAL in full: measured with idempotency keys (random
 * pages), 8 KB gives 1.4 times the transactions of 16 KB for single events, 1.1 times in rounds of 25; 4 KB
 * no more than that, with longer chains for large bodies.
 */
export const PAGE_BYTES = 8192;
/** Up to this size the whole file is looked at when it is opened: some 20 ms, and 1 s from an SD card. */
const CHECKED_BYTES = 32 * 1024 * 1024;
/** The ceiling of the file lies this much above the size at which events are evicted. */
const CEILING_FACTOR = 1.1;

/** SQLite's own ceiling. */
const MOST_PAGES = 4_294_967_294;

const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CONSTRAINT = 19;
const SQLITE_MISMATCH = 20;
const SQLITE_NOTADB = 26;

export interface WriterOptions {
  /** The size above which nothing more is written; null: none. */
  readonly maxBytes: number | null;
  /** `in full`: something was wrong with the file while it was open. */
  readonly check: 'if small' | 'in full';
}

/** Opens the writing connection and brings the schema up to date. Throws what `isCorrupt` knows, and as `migrate`. */
export function openWriter(file: string, { maxBytes, check }: WriterOptions): DatabaseSync {
  makePrivate(file);
  const db = new DatabaseSync(file);
  try {
    db.exec('PRAGMA busy_timeout = 5000');
    if (readableVersion(db) === 0) {
      db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL;`);
    }
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA cache_size = -8000;
      PRAGMA temp_store = MEMORY;
    `);
    if (check === 'in full') examine(db, 'integrity_check');
    else if (statSync(file).size <= CHECKED_BYTES) examine(db, 'quick_check');
    migrate(db);
    limitSize(db, maxBytes);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The ceiling of the file; one that is larger already keeps its size, and grows no more. */
export function limitSize(db: DatabaseSync, maxBytes: number | null): void {
  const pages =
    maxBytes === null ? MOST_PAGES : Math.ceil((maxBytes * CEILING_FACTOR) / PAGE_BYTES);
  db.exec(`PRAGMA max_page_count = ${pages}`);
}

/** What may still be written before the ceiling of the file is reached. */
export function leftBytes(db: DatabaseSync): number {
  const [most = 0, used = 0, free = 0] = (
    ['max_page_count', 'page_count', 'freelist_count'] as const
  ).map((name) => Number(pragma(db, name)));
  return (most - used + free) * PAGE_BYTES;
}

/**
 * Owner only, before SQLite opens it: the WAL and its index get the mode of the file. Never opens a
 * file that exists: closing a second descriptor would drop this process's POSIX locks on it.
 */
export function makePrivate(file: string): void {
  if (existsSync(file)) chmodSync(file, 0o600);
  else closeSync(openSync(file, 'wx', 0o600));
}

/** `integrity_check` also compares indexes with their tables, which takes longer. */
function examine(db: DatabaseSync, how: 'quick_check' | 'integrity_check'): void {
  const [row] = db.prepare(`PRAGMA ${how}(1)`).all();
  const verdict = row?.[how];
  if (verdict !== 'ok') throw new DamagedFile(String(verdict));
}

class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}

/** SQLite's primary result code; undefined for errors that are not the driver's. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return Number(error.errcode) & 0xff;
}

export function isCorrupt(error: unknown): boolean {
  const code = resultCode(error);
  return error instanceof DamagedFile || code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

export function isFull(error: unknown): boolean {
  return resultCode(error) === SQLITE_FULL;
}

/** A value breaks a rule of its table. */
export function isUnfit(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_CONSTRAINT || code === SQLITE_MISMATCH;
}

export function pragma(db: DatabaseSync, name: string): string | number {
  const row = db.prepare(`PRAGMA ${name}`).get();
  const value = row === undefined ? undefined : Object.values(row)[0];
  return typeof value === 'string' ? value : Number(value ?? 0);
}
