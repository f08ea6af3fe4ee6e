import type { Clock } from '../shared/clock';
import { Histogram } from './histogram';

/** How late a timer may be looked at, and how often that is. Milliseconds. */
const EVERY_MS = 50;

/**
 * How late timers of this process are: for as long nothing else was done, either. A histogram of its own,
 * since what `perf_hooks` measures would have to be reset by whoever reads it, and two may read.
 */
export class EventLoopDelay {
  readonly histogram = new Histogram();
  readonly #clock: Clock;
  readonly #nowMs: () => number;
  #runs = false;

  /** `nowMs`: a clock that nobody sets. */
  constructor(clock: Clock, nowMs: () => number) {
    this.#clock = clock;
    this.#nowMs = nowMs;
  }

  /** Begins with the first one who wants to know: twenty timers a second cost something. */
  start(): void {
    if (this.#runs) return;
    this.#runs = true;
    this.#look();
  }

  #look(): void {
    const dueMs = this.#nowMs() + EVERY_MS;
    this.#clock.after(EVERY_MS, () => {
      this.histogram.observe(Math.max(0, this.#nowMs() - dueMs) / 1000);
      this.#look();
    });
  }
}
