import type { Clock } from '../shared/clock';
import { errorText } from '../shared/errors';
import type { Logger } from '../shared/logger';

const RETRY_MS = 1000;

/**
 * Writes an outcome, again and again while the store cannot take it (disk full, worker restarting):
 * an outcome that is lost would repeat a delivery. Resolves once written; `pending` lets an orderly
 * stop wait for what is still on its way.
 */
export class PersistentWriter {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pending = new Set<Promise<void>>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Something is not on disk yet. */
  get busy(): boolean {
    return this.#pending.size > 0;
  }

  /** What was written so far and is not on disk yet. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#pending]);
  }

  write<T>(what: string, write: () => Promise<T>): Promise<T> {
    const writing = this.#untilWritten(what, write);
    const tracked: Promise<void> = writing.then(
      () => void this.#pending.delete(tracked),
      () => void this.#pending.delete(tracked),
    );
    this.#pending.add(tracked);
    return writing;
  }

  async #untilWritten<T>(what: string, write: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await write();
      } catch (thrown) {
        if (!isTemporary(thrown)) throw thrown;
        if (tries === 1)
          this.#logger.error(`Cannot write ${what}, will keep trying: ${errorText(thrown)}`);
        await new Promise<void>((resolve) => void this.#clock.after(RETRY_MS, resolve));
      }
    }
  }
}

function isTemporary(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return code === 'store-busy' || code === 'store-unavailable';
}
