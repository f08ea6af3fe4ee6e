import type { NewEvent } from '../events/event';
import type { EventStore } from '../events/event-store';

/** An event that is handed over, on disk, and waits for a place in the flow. */
export interface Ready {
  readonly event: NewEvent;
  readonly attempt: number;
  readonly redelivered: boolean;
  readonly parsed: Parsed;
  /** Where it is kept: a deploy may have given the endpoint another store since. */
  readonly store: EventStore;
}

/** The payload, if it was parsed already: parsing late keeps a burst of bodies small in memory. */
export type Parsed = { readonly payload: unknown } | null;

/** First in, first out; knows how many bytes of bodies it holds in memory. */
export class ReadyQueue {
  #queue: Ready[] = [];
  #bytes = 0;

  get length(): number {
    return this.#queue.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(ready: Ready): void {
    this.#queue.push(ready);
    this.#bytes += ready.event.body.length;
  }

  shift(): Ready | undefined {
    const first = this.#queue.shift();
    if (first !== undefined) this.#bytes -= first.event.body.length;
    return first;
  }

  /** Takes all. */
  drain(): readonly Ready[] {
    const all = this.#queue;
    this.#queue = [];
    this.#bytes = 0;
    return all;
  }
}
