import type { Clock, Timer } from '../../shared/clock';

/**
 * Whether this process ran all the time: one that was stopped, or whose event loop was blocked by what it had
 * in its flows, ticks late. By that it knows afterwards whether it was silent or only unheard.
 */
export class Pulse {
  readonly #clock: Clock;
  readonly #everyMs: number;
  #tickedAt: number;
  #longestMs = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#tickedAt = clock.now();
  }

  /** The longest time without a tick since `begin`. Milliseconds. */
  get longestPauseMs(): number {
    return Math.max(this.#longestMs, this.#clock.now() - this.#tickedAt);
  }

  /** From now on it ticks; what was before does not matter any more. */
  begin(): void {
    this.stop();
    this.#longestMs = 0;
    this.#tickedAt = this.#clock.now();
    this.#next();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #next(): void {
    this.#timer = this.#clock.after(this.#everyMs, () => {
      this.#longestMs = this.longestPauseMs;
      this.#tickedAt = this.#clock.now();
      this.#next();
    });
  }
}
