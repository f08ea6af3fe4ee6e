import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../../store-problem';
import { VERSION_1 } from './version-1';
import { VERSION_2 } from './version-2';
import { VERSION_3 } from './version-3';
import { VERSION_4 } from './version-4';
import { VERSION_5 } from './version-5';

/** Append only: a file that any released version wrote is brought up step by step. */
export const MIGRATIONS: readonly { readonly version: number; readonly sql: string }[] = [
  { version: 1, sql: VERSION_1 },
  { version: 2, sql: VERSION_2 },
  { version: 3, sql: VERSION_3 },
  { version: 4, sql: VERSION_4 },
  { version: 5, sql: VERSION_5 },
];

export const LATEST_VERSION = MIGRATIONS.at(-1)?.version ?? 0;

/**
 * Brings a database to `target`, each step in a transaction of its own, so that a crash between two
 * leaves a file that the next start goes on from. Throws as `readableVersion` does.
 */
export function migrate(db: DatabaseSync, target: number = LATEST_VERSION): void {
  const current = readableVersion(db);
  for (const { version, sql } of MIGRATIONS) {
    if (version > current && version <= target) step(db, version, sql);
  }
}

/**
 * The schema version of a file, 0 for an empty one. Changes nothing.
 * Throws `store-unavailable` for a file that a newer version wrote, or that is somebody else's.
 */
export function readableVersion(db: DatabaseSync): number {
  const current = schemaVersion(db);
  if (current <= LATEST_VERSION) return current;
  throw new StoreUnavailable(
    'newerSchema',
    `The history file has schema version ${current}, this version of the nodes knows ${LATEST_VERSION}: ` +
      'update the nodes, or name another file. Nothing was changed.',
  );
}

function schemaVersion(db: DatabaseSync): number {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  if (tables.length === 0) return 0;
  if (!tables.some(({ name }) => name === 'meta')) {
    throw new StoreUnavailable(
      'foreignSchema',
      'The history file is a SQLite database of something else: name another file. Nothing was changed.',
    );
  }
  const row = db.prepare("SELECT value FROM meta WHERE key = 'schema_version'").get();
  return Number(row?.['value'] ?? 0);
}

function step(db: DatabaseSync, version: number, sql: string): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    db.exec('CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT');
    db.exec(sql);
    db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('schema_version', ?)").run(
      String(version),
    );
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}
