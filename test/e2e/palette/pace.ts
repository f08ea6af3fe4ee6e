import { performance } from 'node:perf_hooks';

/**
 * Seconds of the keystroke-level model (Card, Moran and Newell, 1980): what an average person takes to
 * press a key, to point at something, to press and let go a button, to move the hands between keyboard and
 * mouse, and to think of what to do next.
 */
const SECONDS = { key: 0.28, point: 1.1, button: 0.2, hands: 0.4, think: 1.35 };

/** How long a person would have taken for what a test does: their own time, and that of the machine. */
export class Pace {
  readonly #startMs = performance.now();
  #person = 0;
  #steps = 0;
  #hand: 'mouse' | 'keyboard' = 'mouse';

  click(times = 1): void {
    this.#step('mouse', SECONDS.point + times * SECONDS.button);
  }

  /** Press, move, let go. */
  drag(): void {
    this.#step('mouse', 2 * SECONDS.point + SECONDS.button);
  }

  /** A word is one step, however long. */
  keys(count: number): void {
    this.#step('keyboard', count * SECONDS.key);
  }

  get steps(): number {
    return this.#steps;
  }

  /** Seconds, with what Node-RED and the browser took: nothing of it is done meanwhile. */
  get seconds(): { readonly person: number; readonly machine: number } {
    return { person: this.#person, machine: (performance.now() - this.#startMs) / 1000 };
  }

  #step(hand: 'mouse' | 'keyboard', seconds: number): void {
    this.#steps += 1;
    this.#person += SECONDS.think + seconds + (hand === this.#hand ? 0 : SECONDS.hands);
    this.#hand = hand;
  }
}
