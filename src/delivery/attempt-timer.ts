import type { Clock, Timer } from '../shared/clock';

/**
 * The one timer of an attempt: its time-out, which can stand still and goes on with what is left of it, or
 * instead of it a quiet period. All times are milliseconds.
 */
export class AttemptTimer {
  readonly startedAtMs: number;
  readonly #clock: Clock;
  readonly #timeUp: (what: 'time-out' | 'quiet period') => void;
  #timer: Timer | null = null;
  #isQuiet = false;
  #timeoutLeftMs: number;
  /** When the time-out began to run: after the start. */
  #timeoutSinceMs = 0;

  constructor(
    clock: Clock,
    timeoutMs: number,
    timeUp: (what: 'time-out' | 'quiet period') => void,
  ) {
    this.#clock = clock;
    this.#timeUp = timeUp;
    this.startedAtMs = clock.now();
    this.#timeoutLeftMs = timeoutMs;
  }

  /** What runs is a quiet period. */
  get isQuiet(): boolean {
    return this.#isQuiet;
  }

  /** Since the start; as an integer, which V8 keeps without a box. */
  get ageMs(): number {
    return (this.#clock.now() - this.startedAtMs) | 0;
  }

  /** The time-out goes on, unless something runs already. */
  runTimeout(): void {
    if (this.#timer !== null) return;
    this.#timeoutSinceMs = this.ageMs;
    this.#set(this.#timeoutLeftMs);
  }

  runQuiet(ms: number): void {
    this.stop();
    this.#isQuiet = true;
    this.#set(ms);
  }

  stop(): void {
    if (this.#timer === null) return;
    this.#timer.cancel();
    this.#timer = null;
    if (this.#isQuiet) this.#isQuiet = false;
    else this.#timeoutLeftMs -= this.ageMs - this.#timeoutSinceMs;
  }

  #set(ms: number): void {
    this.#timer = this.#clock.after(ms, () => {
      this.#timer = null;
      const wasQuiet = this.#isQuiet;
      this.#isQuiet = false;
      this.#timeUp(wasQuiet ? 'quiet period' : 'time-out');
    });
  }
}
