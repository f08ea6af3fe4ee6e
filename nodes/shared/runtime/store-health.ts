import type { Clock } from '../../../src/shared/clock';

/** A write that failed says this long that nothing can be stored, unless one succeeds. */
const REMEMBERED_MS = 30_000;

/** Whether what arrives could be stored of late in a history: for whoever asks without sending anything. */
export class StoreHealth {
  readonly #clock: Clock;
  #failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes how a write ends, and ends like it. */
  async watch<T>(write: Promise<T>): Promise<T> {
    try {
      const result = await write;
      this.#failedAtMs = Number.NEGATIVE_INFINITY;
      return result;
    } catch (thrown) {
      this.#failedAtMs = this.#clock.now();
      throw thrown;
    }
  }

  get isFailing(): boolean {
    return this.#clock.now() - this.#failedAtMs < REMEMBERED_MS;
  }
}
