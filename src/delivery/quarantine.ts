import type { Clock, Timer } from '../shared/clock';

/** Something that hands over, and knows of something that is to be alone in the flows. */
export interface QuarantineWorker {
  /** Nothing else is in the flows: take one thing that is to be alone, and hand it over. */
  takeAlone(): Promise<void>;
}

/** So long all others wait, at most: for the flows to be empty, and for each that is alone in them. */
const PATIENCE_MS = 30_000;

/**
 * What has been in hand at two deaths of the process is handed over by itself, across all endpoints and
 * retry nodes: if the process dies a third time, it was this one's doing. Meanwhile what arrives is
 * stored, and waits. Counts what is in hand: from before its hand-over is written until its end is.
 */
export class Quarantine {
  readonly #clock: Clock;
  readonly #onOpen: () => void;
  readonly #waiting = new Set<QuarantineWorker>();
  #inHand = 0;
  /** One is alone in the flows. */
  #occupied = false;
  #patience: Timer | null = null;

  /** `onOpen`: hand-overs may go on. */
  constructor(clock: Clock, onOpen: () => void) {
    this.#clock = clock;
    this.#onOpen = onOpen;
  }

  /** Whether hand-overs may begin. */
  get isOpen(): boolean {
    return !this.#occupied && this.#waiting.size === 0;
  }

  /** Hand-overs begin. */
  entered(count = 1): void {
    this.#inHand += count;
  }

  /** Their ends are written, or they did not come about. */
  left(count = 1): void {
    this.#inHand -= count;
    this.#next();
  }

  /** The worker is told when its turn has come. Asking again does nothing. */
  request(worker: QuarantineWorker): void {
    this.#waiting.add(worker);
    this.#next();
  }

  #next(): void {
    if (this.isOpen) return;
    if (this.#inHand > 0) this.#patience ??= this.#clock.after(PATIENCE_MS, () => this.#goOn());
    else this.#goOn();
  }

  #goOn(): void {
    this.#patience?.cancel();
    this.#patience = null;
    this.#occupied = false;
    const [worker] = this.#waiting;
    if (worker === undefined) return this.#onOpen();
    this.#waiting.delete(worker);
    this.#occupied = true;
    this.entered();
    const left = (): void => this.left();
    worker.takeAlone().then(left, left);
  }
}
