import type { Clock } from '../../shared/clock';

/** Clocks nearer than this to each other are the same: what is measured holds the way of the answer. */
const SAME_MS = 250;

/**
 * The time of the server, which is the same for all instances: what is due is told by it. Known from what
 * the server said last, and not corrected by less than the error of that.
 */
export class ServerClock {
  readonly #local: Clock;
  #offsetMs = 0;

  constructor(local: Clock) {
    this.#local = local;
  }

  /** The server said that it is this time. */
  told(serverMs: number): void {
    const offset = Math.round(serverMs - this.#local.now());
    if (Math.abs(offset - this.#offsetMs) >= SAME_MS) this.#offsetMs = offset;
  }

  now(): number {
    return this.toServer(this.#local.now());
  }

  toServer(localMs: number): number {
    return localMs + this.#offsetMs;
  }

  toLocal(serverMs: number): number {
    return serverMs - this.#offsetMs;
  }
}
