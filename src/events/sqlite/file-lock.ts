import { DatabaseSync } from 'node:sqlite';
import { makePrivate } from './database';

/**
 * One process per history: an exclusive transaction, never ended, on a tiny database beside the
 * history. The operating system drops it when the process dies, however it dies, and unlike SQLite's
 * own exclusive mode it lets others read the history.
 * Returns the connection that holds the lock (closing it releases), or null while another has it.
 */
export function tryLock(file: string): DatabaseSync | null {
  const lockFile = `${file}.lock`;
  makePrivate(lockFile);
  const db = new DatabaseSync(lockFile);
  try {
    db.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    if (isBusy(error)) return null;
    throw error;
  }
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY
  );
}
