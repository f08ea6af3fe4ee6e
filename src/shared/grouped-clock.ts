import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock, Timer } from './clock';

/** Timers of the same length that are set within this time fall due together. Milliseconds. */
const SLOT_MS = 10;

/**
 * A clock for thousands of timers of a few lengths, most of which are cancelled: those that are set
 * within 10 ms of each other share one of the platform's, so they are up to 10 ms late and never early.
 * Callbacks run in the asynchronous context in which this clock was made, not in that of their setter.
 */
export function groupedClock(clock: Clock): Clock {
  const outside = AsyncLocalStorage.snapshot();
  const slots = new Map<number, Slot>();
  const open = (ms: number, nowMs: number): Slot => {
    const slot = new Slot(nowMs);
    slots.set(ms, slot);
    const fire = (): void => {
      if (slots.get(ms) === slot) slots.delete(ms);
      slot.fire();
    };
    outside(() => clock.after(ms + SLOT_MS, fire));
    return slot;
  };
  return {
    now: () => clock.now(),
    after(ms, callback) {
      const nowMs = clock.now();
      const known = slots.get(ms);
      const slot = known?.takesMore(nowMs) === true ? known : open(ms, nowMs);
      return new SlotTimer(slot, callback);
    },
  };
}

/** Timers that fall due together, in the order in which they were set. */
class Slot {
  readonly #openedAtMs: number;
  oldest: SlotTimer | null = null;
  newest: SlotTimer | null = null;

  constructor(openedAtMs: number) {
    this.#openedAtMs = openedAtMs;
  }

  /** A clock that is set back makes no timer late: the slot is not taken for a young one. */
  takesMore(nowMs: number): boolean {
    const ageMs = nowMs - this.#openedAtMs;
    return ageMs >= 0 && ageMs < SLOT_MS;
  }

  fire(): void {
    while (this.oldest !== null) {
      const { callback } = this.oldest;
      this.oldest.cancel();
      callback();
    }
  }
}

/** Linked, so that a cancelled one leaves nothing behind. */
class SlotTimer implements Timer {
  readonly callback: () => void;
  #slot: Slot | null;
  #before: SlotTimer | null;
  #after: SlotTimer | null = null;

  constructor(slot: Slot, callback: () => void) {
    this.callback = callback;
    this.#slot = slot;
    this.#before = slot.newest;
    if (slot.newest === null) slot.oldest = this;
    else slot.newest.#after = this;
    slot.newest = this;
  }

  cancel(): void {
    if (this.#slot === null) return;
    if (this.#before === null) this.#slot.oldest = this.#after;
    else this.#before.#after = this.#after;
    if (this.#after === null) this.#slot.newest = this.#before;
    else this.#after.#before = this.#before;
    this.#slot = null;
  }
}
