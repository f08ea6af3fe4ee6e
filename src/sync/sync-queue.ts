import type { Overlap } from './overlap';
import { SyncError } from './sync-error';

/** Waiting syncs of a node at most; beyond it they fail, and may be tried again. */
const LONGEST_QUEUE = 1000;

interface Waiting<T> {
  readonly key: string;
  readonly controller: AbortController;
  readonly result: Promise<T>;
  /** Those who still want the result. */
  wanted: number;
}

/**
 * Runs the syncs of a node one after the other. `coalesce`: who asks for the same as one that is still
 * waiting gets that one's result - never that of one that runs already, which may have fetched before
 * what the newcomer wants was there. `parallel`: all at once.
 */
export class SyncQueue<T> {
  readonly #overlap: Exclude<Overlap, 'auto'>;
  readonly #waiting = new Set<Waiting<T>>();
  #tail: Promise<unknown> = Promise.resolve();

  constructor(overlap: Exclude<Overlap, 'auto'>) {
    this.#overlap = overlap;
  }

  /** Runs `work`, or shares the run of another with the same key. Rejects when the signal ends the waiting. */
  run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#overlap === 'parallel') return work(signal);
    const shared = this.#overlap === 'coalesce' ? this.#find(key) : undefined;
    if (shared === undefined && this.#waiting.size >= LONGEST_QUEUE) return Promise.reject(full());
    return this.#join(shared ?? this.#enqueue(key, work), signal);
  }

  #find(key: string): Waiting<T> | undefined {
    for (const each of this.#waiting) {
      if (each.key === key && !each.controller.signal.aborted) return each;
    }
    return undefined;
  }

  #enqueue(key: string, work: (signal: AbortSignal) => Promise<T>): Waiting<T> {
    const controller = new AbortController();
    const result = this.#tail.then(() => {
      this.#waiting.delete(waiting);
      if (controller.signal.aborted) throw ended();
      return work(controller.signal);
    });
    const waiting: Waiting<T> = { key, controller, result, wanted: 0 };
    this.#waiting.add(waiting);
    this.#tail = result.catch(() => undefined);
    return waiting;
  }

  /** The run ends early only when nobody wants it any more. */
  #join(waiting: Waiting<T>, signal: AbortSignal): Promise<T> {
    waiting.wanted += 1;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.wanted -= 1;
        if (waiting.wanted === 0) waiting.controller.abort();
        // One that runs tells its own end; one that waits would tell it late.
        if (waiting.wanted > 0 || this.#waiting.has(waiting)) reject(ended());
      };
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      waiting.result
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', leave));
    });
  }
}

function ended(): SyncError {
  return new SyncError('The sync was ended before it began.', { category: 'UNKNOWN' });
}

function full(): SyncError {
  return new SyncError('Too many syncs wait for this node.', {
    category: 'RATE_LIMIT',
    permanent: false,
  });
}
