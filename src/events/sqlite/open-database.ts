import { existsSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isCorrupt, openWriter, type WriterOptions } from './database';
import { salvage, type Salvaged } from './salvage';

/** A database is these files. */
const SUFFIXES = ['', '-wal', '-shm'];

export interface Opened {
  readonly writer: DatabaseSync;
  readonly reader: DatabaseSync;
  /** Null: the file was sound. */
  readonly damage: Damage | null;
}

/** The file was damaged. */
export interface Damage {
  /** Where it was put. */
  readonly keptAs: string;
  readonly salvaged: Salvaged;
}

export interface OpenOptions extends WriterOptions {
  readonly nowMs: number;
}

/**
 * Opens the writing and the reading connection and brings the schema up to date. The caller holds the
 * file's lock. A damaged file is set aside with its WAL, never deleted, and a new one is started with what
 * was unfinished in it. Throws `store-unavailable` (see `migrate`), or the driver's error where the file
 * can't be opened.
 */
export function openDatabase(file: string, options: OpenOptions): Opened {
  let damage: Damage | null = null;
  let writer: DatabaseSync;
  finishReplacement(file, options.nowMs);
  try {
    writer = openWriter(file, options);
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    damage = replaceDamaged(file, options);
    writer = openWriter(file, options);
  }
  const reader = new DatabaseSync(file, { readOnly: true });
  reader.exec('PRAGMA busy_timeout = 5000; PRAGMA cache_size = -4000;');
  return { writer, reader, damage };
}

/** The new file is complete before the damaged one is moved: a crash in between loses neither. */
function replaceDamaged(file: string, options: OpenOptions): Damage {
  const successor = successorOf(file);
  for (const suffix of SUFFIXES) rmSync(successor + suffix, { force: true });
  const db = openWriter(successor, { ...options, maxBytes: null });
  let salvaged: Salvaged;
  try {
    salvaged = leavingNothing(file, () => salvage(file, db, options.nowMs));
  } finally {
    db.close();
  }
  const keptAs = setAside(file, options.nowMs);
  finishReplacement(file, options.nowMs);
  return { keptAs, salvaged };
}

/** Reading a database makes files beside it, which a reader does not take away. */
function leavingNothing<T>(file: string, read: () => T): T {
  const absent = SUFFIXES.filter((suffix) => !existsSync(file + suffix));
  try {
    return read();
  } finally {
    for (const suffix of absent) rmSync(file + suffix, { force: true });
  }
}

/** Also of a process that died in it; the WAL of the damaged file must not become one of the new file. */
function finishReplacement(file: string, nowMs: number): void {
  if (existsSync(file) || !existsSync(successorOf(file))) return;
  setAside(file, nowMs);
  renameSync(successorOf(file), file);
}

function successorOf(file: string): string {
  return `${file}.new`;
}

function setAside(file: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[-:.]/g, '');
  const aside = `${file}.corrupt-${stamp}`;
  for (const suffix of SUFFIXES) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  return aside;
}
