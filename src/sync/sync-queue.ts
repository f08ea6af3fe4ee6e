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

/** The right to run; another process may have it first. */
export interface SyncTurn {
  /** Aborted when somebody else may have it by now. */
  readonly lost: AbortSignal;
  /** Never rejects. */
  end(): Promise<void>;
}

/** Resolves when it is the turn of this process; null: nobody else runs this sync. Rejects where that can't be known, and with the signal. */
export type TakeSyncTurn = (signal: AbortSignal) => Promise<SyncTurn | null>;

/**
 * Runs the syncs of a node one after the other, also across processes where there are turns. `coalesce`: who asks for the same as one that is still
 * waiting gets that one's result - never that of one that runs already, which may have fetched before
 * what the newcomer wants was there. `parallel`: all at once.
 */
export class SyncQueue<T> {
  readonly #overlap: Exclude<Overlap, 'auto'>;
  readonly #takeTurn: TakeSyncTurn;
  readonly #waiting = new Set<Waiting<T>>();
  #tail: Promise<unknown> = Promise.resolve();

  constructor(overlap: Exclude<Overlap, 'auto'>, takeTurn: TakeSyncTurn = alone) {
    this.#overlap = overlap;
    this.#takeTurn = takeTurn;
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
    const result = this.#tail.then(() => this.#inTurn(waiting, work));
    const waiting: Waiting<T> = { key, controller, result, wanted: 0 };
    this.#waiting.add(waiting);
    this.#tail = result.catch(() => undefined);
    return waiting;
  }

  /** As long as another process has the turn, newcomers may share the run: it has not begun. */
  async #inTurn(waiting: Waiting<T>, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = waiting.controller;
    let turn: SyncTurn | null;
    try {
      turn = signal.aborted ? null : await this.#takeTurn(signal);
    } catch {
      throw signal.aborted ? ended() : unknown();
    } finally {
      this.#waiting.delete(waiting);
    }
    try {
      if (signal.aborted) throw ended();
      return await work(turn === null ? signal : AbortSignal.any([signal, turn.lost]));
    } catch (thrown) {
      throw turn?.lost.aborted === true ? takenOver() : thrown;
    } finally {
      await turn?.end();
    }
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

const alone: TakeSyncTurn = () => Promise.resolve(null);

function unknown(): SyncError {
  return new SyncError('Whether another process runs this sync is not known: see the history.', {
    category: 'UNKNOWN',
  });
}

/** It may have sent something, and so may the other one. */
function takenOver(): SyncError {
  return new SyncError(
    'This process was not heard of for too long: another one may run this sync.',
    {
      category: 'UNKNOWN',
    },
  );
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
