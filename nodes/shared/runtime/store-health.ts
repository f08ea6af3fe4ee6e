import type { Clock } from '../../../src/shared/clock';

/** A write that failed says this long that nothing can be stored, unless one succeeds. */
const REMEMBERED_MS = 30_000;

/** Whether what arrives could be stored of late: for whoever asks without sending anything. */
export class StoreHealth {
  readonly #clock: Clock;
  #failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  succeeded(): void {
    this.#failedAtMs = Number.NEGATIVE_INFINITY;
  }

  failed(): void {
    this.#failedAtMs = this.#clock.now();
  }

  get isFailing(): boolean {
    return this.#clock.now() - this.#failedAtMs < REMEMBERED_MS;
  }
}
