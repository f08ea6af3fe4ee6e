import { DatabaseSync } from 'node:sqlite';
import { OPEN_JOB_STATES } from '../states';
import { OF_EVENT } from './attempt-table';
import { DamagedRows, type RawRow } from './damaged-rows';
import { isCorrupt, isUnfit } from './database';
import { DedupTable } from './dedup';
import { RawCopy } from './raw-copy';
import { Statement } from './statement';

/** What was brought from a damaged file into the new one. */
export interface Salvaged {
  /** Events that are not delivered yet, or that failed. */
  readonly events: number;
  readonly jobs: number;
  /** Events and jobs that are known of, but can't be read in full; more may be lost. */
  readonly lost: number;
}

/** The latest idempotency keys: each takes 10 us. */
const MOST_KEYS = 100_000;
const OPEN_STATES = OPEN_JOB_STATES.map((state) => `'${state}'`).join(', ');

/**
 * Copies from a damaged file what the promise is about (DESIGN section 1): events that are not finished or
 * failed, with their attempts and jobs; messages that wait at retry nodes; keys of duplicates; what syncs
 * remember. What was successful stays where it is. An event of which a job can't be read is delivered again
 * as a whole: at least once. `into` is new and empty. The damaged file is not changed. Throws the driver's error
 * where `into` can't be written: then nothing is given up.
 */
export function salvage(file: string, into: DatabaseSync, nowMs: number): Salvaged {
  const damaged = openDamaged(file);
  if (damaged === null) return { events: 0, jobs: 0, lost: 0 };
  into.exec('BEGIN IMMEDIATE');
  try {
    const salvaged = new Salvage(new DamagedRows(damaged), into).run(nowMs);
    into.exec('COMMIT');
    return salvaged;
  } catch (error) {
    if (into.isTransaction) into.exec('ROLLBACK');
    throw error;
  } finally {
    damaged.close();
  }
}

/** Null: it is no database any more. */
function openDamaged(file: string): DatabaseSync | null {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    db.exec('PRAGMA busy_timeout = 5000; PRAGMA cell_size_check = ON;');
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return db;
  } catch (error) {
    db.close();
    if (isCorrupt(error)) return null;
    throw error;
  }
}

class Salvage {
  readonly #rows: DamagedRows;
  readonly #into: DatabaseSync;
  readonly #copy: RawCopy;
  readonly #endpoints = new Set<bigint>();
  readonly #events = new Set<bigint>();
  #jobs = 0;
  #lost = 0;

  constructor(rows: DamagedRows, into: DatabaseSync) {
    this.#rows = rows;
    this.#into = into;
    this.#copy = new RawCopy(into);
  }

  run(nowMs: number): Salvaged {
    for (const row of this.#rows.byKey('endpoints', 'id')) {
      if (this.#copy.insert('endpoints', row)) this.#endpoints.add(row['id'] as bigint);
    }
    const unfinished = "status NOT IN ('success', 'ignored')";
    for (const row of this.#rows.byKey('events', 'seq', unfinished)) this.#event(row);
    this.#jobsOfEvents();
    this.#latestKeys(nowMs);
    this.#syncs();
    return { events: this.#events.size, jobs: this.#jobs, lost: this.#lost };
  }

  #event(row: RawRow): void {
    const seq = row['seq'] as bigint;
    const [body] = this.#rows.all('SELECT * FROM bodies WHERE seq = ?', seq);
    const isWhole =
      body !== undefined &&
      this.#endpoints.has(row['endpoint_id'] as bigint) &&
      this.#copy.insert('events', row) &&
      this.#copy.insert('bodies', body);
    if (!isWhole) {
      new Statement(this.#into, 'DELETE FROM events WHERE seq = ?').run(seq);
      this.#lost += 1;
      return;
    }
    this.#events.add(seq);
    const attempts = this.#rows.all(`SELECT * FROM attempts WHERE ${OF_EVENT}`, seq);
    for (const attempt of attempts) this.#copy.insert('attempts', attempt);
  }

  #jobsOfEvents(): void {
    const failures = this.#rows.failures;
    const again = new Set<bigint>();
    for (const row of this.#rows.byKey('retry_jobs', 'seq')) {
      const eventSeq = row['event_seq'] as bigint | null;
      if (eventSeq !== null && !this.#events.has(eventSeq)) continue;
      if (this.#job(row)) continue;
      if (eventSeq === null) this.#lost += 1;
      else again.add(eventSeq);
    }
    if (this.#rows.failures > failures) {
      const retrying = new Statement<{ seq: number }>(
        this.#into,
        "SELECT seq FROM events WHERE status = 'retrying'",
      );
      for (const { seq } of retrying.all()) again.add(BigInt(seq));
    }
    for (const seq of again) this.#deliverAgain(seq);
  }

  /** False: it is open, and its message can't be read. */
  #job(row: RawRow): boolean {
    const seq = row['seq'] as bigint;
    const isOpen = (OPEN_JOB_STATES as readonly unknown[]).includes(row['state']);
    const [message] = this.#rows.all('SELECT * FROM job_messages WHERE seq = ?', seq);
    if (message === undefined && isOpen) return false;
    const copied =
      this.#copy.insert('retry_jobs', row) &&
      (message === undefined || this.#copy.insert('job_messages', message));
    if (copied && isOpen) this.#jobs += 1;
    return copied || !isOpen;
  }

  #deliverAgain(eventSeq: bigint): void {
    const run = (sql: string): number => new Statement(this.#into, sql).run(eventSeq);
    run('DELETE FROM job_messages WHERE seq IN (SELECT seq FROM retry_jobs WHERE event_seq = ?)');
    this.#jobs -= run(`DELETE FROM retry_jobs WHERE event_seq = ? AND state IN (${OPEN_STATES})`);
    run(
      `UPDATE events SET status = 'pending', outcome = NULL, reason = NULL
       WHERE seq = ? AND status = 'retrying'`,
    );
  }

  /** In the order in which they came: `DedupTable` keeps them so. */
  #latestKeys(nowMs: number): void {
    const latest: RawRow[] = [];
    for (const row of this.#rows.byKey('dedup_keys', 'cluster', `expires_at > ${nowMs}`)) {
      latest.push(row);
      if (latest.length >= 2 * MOST_KEYS) latest.splice(0, MOST_KEYS);
    }
    const keys = new DedupTable(this.#into);
    for (const { endpoint_id, key, digest, event_id, expires_at } of latest.slice(-MOST_KEYS)) {
      const [endpoint, expiresAtMs] = [Number(endpoint_id), Number(expires_at)];
      try {
        keys.insert(endpoint, String(key), digest as Uint8Array, String(event_id), expiresAtMs);
      } catch (error) {
        if (!isUnfit(error)) throw error;
      }
    }
  }

  #syncs(): void {
    for (const row of this.#rows.byKey('sync_state', 'id')) {
      if (!this.#copy.insert('sync_state', row)) continue;
      const items = this.#rows.all(
        'SELECT * FROM sync_items WHERE sync_id = ?',
        row['id'] as bigint,
      );
      for (const item of items) this.#copy.insert('sync_items', item);
    }
  }
}
