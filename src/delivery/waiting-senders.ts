import type { EventStore } from '../events/event-store';
import { FINAL_STATUSES, type EventStatus } from '../events/states';
import type { WaitingSender } from './dispatcher-settings';

/**
 * Senders that wait for what becomes of their events, by the ids of those. Whoever waits takes itself out, at
 * the latest when its time is up. As long as it waits no other process takes its event.
 */
export class WaitingSenders {
  readonly #senders = new Map<string, WaitingSender>();
  /** Of events that have not ended, and that others could take. */
  readonly #stores = new Map<string, EventStore>();

  add(eventId: string, sender: WaitingSender, store: EventStore): void {
    this.#senders.set(eventId, sender);
    if (store.peers !== null) this.#stores.set(eventId, store);
  }

  get(eventId: string): WaitingSender | undefined {
    return this.#senders.get(eventId);
  }

  /** An attempt has ended. */
  tell(eventId: string, status: EventStatus): void {
    if (FINAL_STATUSES.includes(status)) this.#stores.delete(eventId);
    this.#senders.get(eventId)?.onOutcome(status);
  }

  /** There is no such event after all. */
  forget(eventId: string): void {
    this.#senders.delete(eventId);
    this.#stores.delete(eventId);
  }

  /** The sender does not wait any more: whoever has room may take an event that has not ended. */
  release(eventId: string): void {
    const store = this.#stores.get(eventId);
    this.forget(eventId);
    // The store reports its own problems. The event is taken here, then.
    store?.peers?.letGo(eventId).catch(() => undefined);
  }
}
