import type { DatabaseSync } from 'node:sqlite';
import type { RetentionLimits } from '../event-store';
import { PAGE_BYTES } from './database';
import { Statement } from './statement';
import type { Tables } from './tables';

/** Evicted with one write transaction: 40 cost nothing visible, 200 stall the inserts. */
const SLICE = 40;
/** Rows looked at beside those that may be evicted: not all are finished. */
const LOOK_FURTHER = 24;
/** Clusters of expired idempotency keys that are deleted in a pause; with a write it is one. */
const SWEPT_IN_PAUSE = 16;
const LOGGED_EVERY_MS = 60_000;

interface Candidate {
  readonly seq: number;
  readonly status: string;
  readonly updated_at: number;
}

/**
 * Evicts finished events, a few with each write on the writer itself: a second connection that deletes
 * makes inserts wait for seconds. Bounds: `maxEvents` finished ones and, beside them, as many `failed`
 * ones; age; size of the file. Never an unfinished event; a failed one last, counted and logged. The
 * keys of duplicates stay for their window, within half of the size.
 */
export class Retention {
  limits: RetentionLimits;
  readonly #tables: Tables;
  readonly #warn: (text: string) => void;
  readonly #from: Statement<Candidate>;
  readonly #oldestFailed: Statement<Candidate>;
  readonly #delete: Statement;
  readonly #pages: Statement<{ page_count: number }>;
  readonly #freePages: Statement<{ freelist_count: number }>;
  /** Rows that are to be deleted: all events from the first to the last. */
  #run: { readonly first: number; readonly last: number } | null = null;
  #failedEvicted = 0;
  #keysForgotten = false;
  #loggedAtMs = 0;

  constructor(
    db: DatabaseSync,
    tables: Tables,
    limits: RetentionLimits,
    warn: (text: string) => void,
  ) {
    this.#tables = tables;
    this.limits = limits;
    this.#warn = warn;
    this.#from = new Statement(
      db,
      'SELECT seq, status, updated_at FROM events WHERE seq >= ? ORDER BY seq LIMIT ?',
    );
    this.#oldestFailed = new Statement(
      db,
      `SELECT seq, status, updated_at FROM events WHERE endpoint_id = ? AND status = 'failed'
       ORDER BY seq LIMIT 1`,
    );
    this.#pages = new Statement(db, 'PRAGMA page_count');
    this.#freePages = new Statement(db, 'PRAGMA freelist_count');
    this.#delete = new Statement(db, 'DELETE FROM events WHERE seq >= ? AND seq <= ?');
  }

  /**
   * Inside a transaction: beside its writes, in a pause, or because a write found no room. Returns how
   * much was removed; 0: there is nothing more for now. `roomBytes`: what has to fit into free pages.
   */
  slice(nowMs: number, when: 'beside writes' | 'in a pause' | 'for room', roomBytes = 0): number {
    const { jobs, dedup } = this.#tables;
    this.#run = null;
    this.#boundKeys(roomBytes);
    let swept = 0;
    while (swept < (when === 'beside writes' ? 1 : SWEPT_IN_PAUSE) && dedup.sweep(nowMs))
      swept += 1;
    jobs.trimLoose(this.limits.maxEvents, SLICE);
    const oldest = this.limits.maxAgeMs === null ? -Infinity : nowMs - this.limits.maxAgeMs;
    const evicted = this.#evictFinished(oldest, roomBytes);
    return swept + evicted + this.#evictFailed(SLICE - evicted, oldest, roomBytes);
  }

  /** Once a minute at most; outside of transactions. */
  report(nowMs: number): void {
    if (nowMs - this.#loggedAtMs < LOGGED_EVERY_MS) return;
    if (this.#failedEvicted === 0 && !this.#keysForgotten) return;
    if (this.#failedEvicted > 0) {
      this.#warn(
        `${this.#failedEvicted} failed events were removed from the history: its bounds are reached.`,
      );
    }
    if (this.#keysForgotten) {
      this.#warn(
        'The history is too small to remember the keys of duplicates for as long as is configured: ' +
          'allow it more megabytes, or remember duplicates for fewer hours.',
      );
    }
    this.#failedEvicted = 0;
    this.#keysForgotten = false;
    this.#loggedAtMs = nowMs;
  }

  #boundKeys(roomBytes: number): void {
    const { dedup } = this.#tables;
    const maxBytes = this.limits.maxBytes ?? null;
    if (maxBytes === null || dedup.bytes * 2 <= maxBytes || !this.#lacksRoom(roomBytes)) return;
    if (dedup.forgetOldest()) this.#keysForgotten = true;
  }

  #evictFinished(oldestMs: number, roomBytes: number): number {
    const { tally } = this.#tables;
    const areTooMany = (): boolean =>
      this.#finished > this.limits.maxEvents || this.#lacksRoom(roomBytes);
    if (oldestMs === -Infinity && !areTooMany()) return 0;
    const excess = this.#finished - this.limits.maxEvents;
    const isCount = oldestMs === -Infinity && (this.limits.maxBytes ?? null) === null;
    const atMost = isCount ? Math.min(excess, SLICE) : SLICE;
    let evicted = 0;
    for (const row of this.#from.all(tally.finishedFrom, atMost + LOOK_FURTHER)) {
      const finished = row.status === 'success' || row.status === 'ignored';
      if (finished) {
        if (evicted >= SLICE || (row.updated_at >= oldestMs && !areTooMany())) break;
        this.#evict(row);
        evicted += 1;
      } else this.#deleteRun();
      tally.finishedFrom = row.seq + 1;
    }
    this.#deleteRun();
    return evicted;
  }

  #evictFailed(atMost: number, oldestMs: number, roomBytes: number): number {
    const { byStatus } = this.#tables.tally;
    const areTooMany = (): boolean =>
      byStatus.failed > this.limits.maxEvents ||
      // For want of room they are the last to go.
      (this.#finished === 0 && this.#lacksRoom(roomBytes));
    let evicted = 0;
    while (evicted < atMost && byStatus.failed > 0) {
      const tooMany = areTooMany();
      if (!tooMany && oldestMs === -Infinity) break;
      const row = this.#firstFailed();
      if (row === undefined || (!tooMany && row.updated_at >= oldestMs)) break;
      this.#evict(row);
      this.#deleteRun();
      this.#failedEvicted += 1;
      evicted += 1;
    }
    return evicted;
  }

  get #finished(): number {
    const { success, ignored } = this.#tables.tally.byStatus;
    return success + ignored;
  }

  #firstFailed(): Candidate | undefined {
    const firsts = this.#tables.endpoints.ids().flatMap((id) => this.#oldestFailed.get(id) ?? []);
    return firsts.sort((a, b) => a.seq - b.seq)[0];
  }

  /** Neighbours are deleted together, a range of each table; what is evicted for room, at once. */
  #evict({ seq, status }: Candidate): void {
    this.#run = { first: this.#run?.first ?? seq, last: seq };
    this.#tables.tally.byStatus[status as 'success' | 'ignored' | 'failed'] -= 1;
    this.#tables.totals.add('', status === 'failed' ? 'evicted:failed' : 'evicted:finished');
    if ((this.limits.maxBytes ?? null) !== null) this.#deleteRun();
  }

  #deleteRun(): void {
    if (this.#run === null) return;
    const { first, last } = this.#run;
    const { bodies, attempts, jobs } = this.#tables;
    this.#run = null;
    bodies.delete(first, last);
    attempts.deleteOf(first, last);
    jobs.deleteOf(first, last);
    this.#delete.run(first, last);
  }

  /** Only where the size is bounded: on a full disk without a bound, what is kept stays. */
  #lacksRoom(roomBytes: number): boolean {
    const maxBytes = this.limits.maxBytes ?? null;
    if (maxBytes === null) return false;
    const free = this.#freePages.get()?.freelist_count ?? 0;
    const used = (this.#pages.get()?.page_count ?? 0) - free;
    return used * PAGE_BYTES > maxBytes || free * PAGE_BYTES < roomBytes;
  }
}
