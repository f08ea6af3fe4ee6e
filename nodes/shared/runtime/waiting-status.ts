import type { Node } from 'node-red';
import type { StorePool } from '../../../src/delivery/store-pool';
import {
  COUNTED_WAITING,
  type EventStore,
  type Waiting,
  type WaitingPlace,
} from '../../../src/events/event-store';
import type { Clock, Timer } from '../../../src/shared/clock';
import { showStatus } from './node-status';

/** A node's status is updated once in this time at most. */
const UPDATE_MS = 1000;
/** Changes are collected that long before the first of them is shown. */
const COLLECT_MS = 250;

export interface WaitingTools {
  /** Where the node's own events or jobs are kept. */
  readonly own: EventStore;
  /** Stores that are drained may hold some as well. */
  readonly pool: Pick<StorePool, 'all'>;
  readonly clock: Clock;
  readonly text: (shown: ShownWaiting) => string;
  /** The id of a retry node that does not exist, and without which nothing goes on; null: none. */
  readonly missing?: () => Promise<string | null>;
}

/** What waits, in words: `1000+`, `5 min`, `3 s`. */
export interface ShownWaiting {
  readonly count: string;
  readonly oldest: string;
  /** Null: nothing waits for its time. */
  readonly next: string | null;
  /** The retry node that was deleted and holds everything up; null: none. */
  readonly missing: string | null;
}

/**
 * Shows below a node how much waits, since when, and when it goes on: from the stores, so also after a
 * restart. They are asked after changes; the times move on with the clock.
 */
export class WaitingStatus {
  readonly #node: Node;
  readonly #place: WaitingPlace;
  readonly #tools: WaitingTools;
  #waiting: Waiting | null = null;
  #missing: string | null = null;
  #shown: string | null = null;
  #changed = true;
  #stopped = false;
  #timer: Timer | null = null;
  #busy = false;

  constructor(node: Node, place: WaitingPlace, tools: WaitingTools) {
    this.#node = node;
    this.#place = place;
    this.#tools = tools;
    this.#updateIn(COLLECT_MS);
  }

  /** What waits has changed. */
  refresh(): void {
    this.#changed = true;
    if (!this.#busy) this.#updateIn(COLLECT_MS);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #updateIn(ms: number): void {
    if (this.#stopped) return;
    this.#timer ??= this.#tools.clock.after(ms, () => {
      this.#timer = null;
      void this.#update();
    });
  }

  async #update(): Promise<void> {
    this.#busy = true;
    try {
      if (this.#changed) await this.#ask();
      if (!this.#stopped) this.#show();
    } catch {
      // The store reports its own problems on the node; a figure that is missing is none.
      this.#changed = true;
    }
    this.#busy = false;
    if (this.#changed || this.#waiting !== null) this.#updateIn(UPDATE_MS);
    else this.#rest();
  }

  /** Nothing waits: the next change may be shown as soon as a second has passed. */
  #rest(): void {
    if (this.#stopped) return;
    this.#timer = this.#tools.clock.after(UPDATE_MS, () => {
      this.#timer = null;
      if (this.#changed) void this.#update();
    });
  }

  async #ask(): Promise<void> {
    this.#changed = false;
    const stores = [...new Set([this.#tools.own, ...this.#tools.pool.all()])];
    const all = await Promise.all(stores.map((store) => store.waiting(this.#place)));
    const waiting = all.reduce(together);
    this.#waiting = waiting.count === 0 ? null : waiting;
    this.#missing = this.#waiting === null ? null : ((await this.#tools.missing?.()) ?? null);
  }

  #show(): void {
    const text = this.#waiting === null ? null : this.#tools.text(this.#inWords(this.#waiting));
    if (text === this.#shown) return;
    this.#shown = text;
    const fill = this.#missing === null ? 'yellow' : 'red';
    showStatus(this.#node, 'jobs', text === null ? null : { fill, shape: 'dot', text });
  }

  #inWords({ count, oldestAtMs, nextDueAtMs }: Waiting): ShownWaiting {
    const nowMs = this.#tools.clock.now();
    return {
      count: count >= COUNTED_WAITING ? `${COUNTED_WAITING}+` : String(count),
      oldest: duration(nowMs - (oldestAtMs ?? nowMs)),
      next: nextDueAtMs === null ? null : duration(nextDueAtMs - nowMs),
      missing: this.#missing,
    };
  }
}

function together(one: Waiting, other: Waiting): Waiting {
  const earliest = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? (a ?? b) : Math.min(a, b);
  return {
    count: one.count + other.count,
    oldestAtMs: earliest(one.oldestAtMs, other.oldestAtMs),
    nextDueAtMs: earliest(one.nextDueAtMs, other.nextDueAtMs),
  };
}

/** In the largest unit that fits: the symbols are those of every language. */
function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
