import type { Clock } from '../shared/clock';
import { SyncError } from './sync-error';

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failureThreshold: number;
  /** How long it stays open. */
  readonly resetSeconds: number;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Nothing was sent, since the endpoint had failed too often in a row. It asks to wait until the breaker lets a try through. */
export class CircuitOpenError extends SyncError {
  constructor(name: string, waitMs: number) {
    super(
      `Endpoint \`${name}\` failed too often in a row; the next try is due in ${inSeconds(waitMs)}.`,
      {
        category: 'SERVER',
        retryAfterMs: waitMs,
      },
    );
    this.name = 'CircuitOpenError';
  }
}

/**
 * Stops calling what does not work: after `failureThreshold` failures in a row calls fail at once for
 * `resetSeconds`, then one is let through, whose outcome closes or opens it again. Only failures of the
 * other side count, not refusals of a single item.
 */
export class CircuitBreaker {
  readonly #name: string;
  readonly #options: BreakerOptions;
  readonly #clock: Clock;
  #failures = 0;
  #openedAtMs: number | null = null;
  #trying = false;

  constructor(name: string, options: BreakerOptions, clock: Clock) {
    this.#name = name;
    this.#options = options;
    this.#clock = clock;
  }

  get state(): BreakerState {
    if (this.#openedAtMs === null) return 'closed';
    return this.#remainingMs() > 0 ? 'open' : 'half-open';
  }

  get failures(): number {
    return this.#failures;
  }

  /** Runs a call, or throws a CircuitOpenError instead. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    const remainingMs = this.#remainingMs();
    if (remainingMs > 0) throw new CircuitOpenError(this.#name, remainingMs);
    const trying = this.#openedAtMs !== null;
    if (trying && this.#trying) throw new CircuitOpenError(this.#name, 1000);
    this.#trying = trying;
    try {
      const result = await call();
      this.#works();
      return result;
    } catch (thrown) {
      if (isFailureOfServer(thrown)) this.#failed(trying);
      else if (isRefusal(thrown)) this.#works();
      throw thrown;
    } finally {
      if (trying) this.#trying = false;
    }
  }

  #works(): void {
    this.#failures = 0;
    this.#openedAtMs = null;
  }

  #failed(trying: boolean): void {
    this.#failures += 1;
    if (trying || this.#failures >= this.#options.failureThreshold) {
      this.#openedAtMs = this.#clock.now();
    }
  }

  #remainingMs(): number {
    if (this.#openedAtMs === null) return 0;
    return this.#openedAtMs + this.#options.resetSeconds * 1000 - this.#clock.now();
  }
}

/** An answer shows that the server is alive; an end from outside shows nothing. */
function isRefusal(thrown: unknown): boolean {
  return thrown instanceof SyncError && thrown.statusCode !== null;
}

function isFailureOfServer(thrown: unknown): boolean {
  return thrown instanceof SyncError && ['NETWORK', 'TIMEOUT', 'SERVER'].includes(thrown.category);
}

function inSeconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}
