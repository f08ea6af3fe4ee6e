import type { EventStore } from '../events/event-store';

/**
 * The open stores of the process. Events and jobs stay where they were stored, whatever history their
 * nodes use by now; so a worker looks for its work in all of them.
 */
export interface StorePool {
  /** Those that can be read now. */
  all(): readonly EventStore[];
  /** An event waits that is not for the worker which stored it: the one that serves its path looks. */
  onStray(): void;
}

/** For a worker whose own store is the only one. */
export const NO_OTHER_STORES: StorePool = { all: () => [], onStray: () => undefined };

/** A store to ask, and what to call when nothing more of the worker is in it for now. */
export interface OtherStore {
  readonly store: EventStore;
  readonly exhausted: () => void;
}

/** The stores besides its own in which work of a worker may wait, until it has asked each of them. */
export class OtherStores {
  readonly #pool: StorePool;
  #unasked = new Set<EventStore>();

  constructor(pool: StorePool) {
    this.#pool = pool;
  }

  get isEmpty(): boolean {
    return this.#unasked.size === 0;
  }

  /** Any of them may hold something again. */
  ask(own: EventStore): void {
    this.#unasked = new Set(this.#pool.all().filter((store) => store !== own));
  }

  next(): OtherStore | undefined {
    const asked = this.#unasked;
    const [store] = asked;
    return store === undefined ? undefined : { store, exhausted: () => void asked.delete(store) };
  }
}
