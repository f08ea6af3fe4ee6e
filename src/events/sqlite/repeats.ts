import type { DatabaseSync } from 'node:sqlite';
import { Statement } from './statement';

/** Written at the latest when the oldest is this old, or as many events have some. */
const WRITTEN_AFTER_MS = 1_000;
const WRITTEN_AT_EVENTS = 500;
/** While nothing can be written: those of further events are not counted. */
const MOST_EVENTS = 10_000;

interface Repeat {
  readonly count: number;
  readonly lastAtMs: number;
}

/**
 * How often events were sent again. A duplicate changes nothing else, and its sender must not wait for the
 * disk: they are counted in memory and written later, one change an event however many came. What is added
 * belongs to the transaction: `mark` at the begin of the next one, `revert` when it is taken back.
 */
export class Repeats {
  readonly #update: Statement;
  /** By the id of the event: row numbers are given again. */
  #waiting = new Map<string, Repeat>();
  /** In the running transaction. */
  #added: { readonly eventId: string; readonly atMs: number }[] = [];
  /** What the running transaction writes. */
  #written: Map<string, Repeat> | null = null;
  #oldestAtMs: number | null = null;
  #isOld = false;

  constructor(db: DatabaseSync) {
    this.#update = new Statement(
      db,
      `UPDATE events SET repeats = repeats + ?, repeated_at = max(coalesce(repeated_at, 0), ?)
       WHERE id = ?`,
    );
  }

  /** Inside a transaction. `atMs` is the time of the request, `nowMs` that of the call. */
  note(eventId: string, atMs: number, nowMs: number): void {
    this.#added.push({ eventId, atMs });
    this.#oldestAtMs ??= nowMs;
    if (nowMs - this.#oldestAtMs >= WRITTEN_AFTER_MS) this.#isOld = true;
  }

  /** Whether `flush` has something to write. */
  get isBehind(): boolean {
    return this.#waiting.size > 0 || this.#added.length > 0;
  }

  /** It is time to. */
  get isDue(): boolean {
    return this.#isOld || this.#waiting.size >= WRITTEN_AT_EVENTS;
  }

  /** Inside a transaction in which none are noted. */
  flush(): void {
    this.#written = this.#waiting;
    this.#waiting = new Map();
    this.#oldestAtMs = null;
    this.#isOld = false;
    for (const [id, { count, lastAtMs }] of this.#written) this.#update.run(count, lastAtMs, id);
  }

  mark(): void {
    this.#written = null;
    for (const { eventId, atMs } of this.#added) {
      const { count, lastAtMs } = this.#waiting.get(eventId) ?? { count: 0, lastAtMs: atMs };
      if (count === 0 && this.#waiting.size >= MOST_EVENTS) continue;
      this.#waiting.set(eventId, { count: count + 1, lastAtMs: Math.max(lastAtMs, atMs) });
    }
    this.#added = [];
  }

  revert(): void {
    if (this.#written !== null) this.#waiting = this.#written;
    this.#written = null;
    this.#added = [];
  }
}
