import type { DatabaseSync } from 'node:sqlite';
import { Statement } from './statement';

/**
 * Events are stored in the order of their reception, but for requests that overtake each other on their
 * way, and small corrections of the clock.
 */
const DISORDER_MS = 60_000;

type Row = { readonly seq: number; readonly received_at: number };

/** Where in the order of their storing events of a time begin and end: found by bisection, no index. */
export class EventTimes {
  readonly #from: Statement<Row>;
  readonly #last: Statement<Row>;

  constructor(db: DatabaseSync) {
    const select = 'SELECT seq, received_at FROM events';
    this.#from = new Statement(db, `${select} WHERE seq >= ? ORDER BY seq LIMIT 1`);
    this.#last = new Statement(db, `${select} ORDER BY seq DESC LIMIT 1`);
  }

  /** No event with a lower number was received at that time or later. */
  firstSince(ms: number): number {
    return this.#firstAt(ms - DISORDER_MS);
  }

  /** No event with this number or a higher one was received before that time. */
  endAt(ms: number): number {
    return this.#firstAt(ms + DISORDER_MS);
  }

  #firstAt(ms: number): number {
    let low = this.#from.get(0)?.seq ?? 0;
    let high = (this.#last.get()?.seq ?? -1) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.#from.get(middle);
      if (row === undefined || row.received_at >= ms) high = middle;
      else low = row.seq + 1;
    }
    return low;
  }
}
