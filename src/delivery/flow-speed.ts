/** Weight of the latest attempt in the running mean. */
const WEIGHT = 0.1;
/** Attempts to have seen before a flow may be called quick. */
const MIN_SEEN = 20;
const QUICK_MS = 50;

/**
 * How long the flow keeps a place. Only a quick flow gets events ahead of a free place: handing over
 * costs a commit, and a place that waits for one stands idle - while behind a slow flow an event that
 * merely waits should say `pending`, and must not be counted as one that was in a flow that crashed.
 */
export class FlowSpeed {
  #meanMs = 0;
  #seen = 0;

  add(ms: number): void {
    this.#seen++;
    this.#meanMs += (ms - this.#meanMs) * (this.#seen < MIN_SEEN ? 1 / this.#seen : WEIGHT);
  }

  get quick(): boolean {
    return this.#seen >= MIN_SEEN && this.#meanMs < QUICK_MS;
  }
}
