import type { Overlap } from './overlap';
import { SyncError } from './sync-error';

/** Messages that wait for the syncs of a node, or run at once, at most; beyond it they fail, and may be tried again. */
export const MOST_WAITING = 1000;

type Work<T> = (signal: AbortSignal) => Promise<T>;

interface Run<T> {
  readonly key: string;
  readonly controller: AbortController;
  readonly begin: () => void;
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
 * Runs the syncs of a node one after the other, also across processes where there are turns. `coalesce`: who
 * asks for the same as one that is still waiting gets that one's result - never that of one that runs already,
 * which may have fetched before what the newcomer wants was there. `parallel`: all at once. Who gives up leaves
 * the queue at once, and nothing of it is kept.
 */
export class SyncQueue<T> {
  readonly #overlap: Exclude<Overlap, 'auto'>;
  readonly #takeTurn: TakeSyncTurn;
  /** Those that have not begun, the oldest first. */
  readonly #waiting: Run<T>[] = [];
  #busy = false;
  /** Of those that may run at the same time. */
  #inFlight = 0;

  constructor(overlap: Exclude<Overlap, 'auto'>, takeTurn: TakeSyncTurn = alone) {
    this.#overlap = overlap;
    this.#takeTurn = takeTurn;
  }

  /**
   * Runs `work`, or shares the run of another with the same key. Rejects with a SyncError when the signal ends the
   * waiting, and where too many wait.
   */
  run(key: string, signal: AbortSignal, work: Work<T>): Promise<T> {
    if (this.#overlap === 'parallel') return this.#atOnce(signal, work);
    if (signal.aborted) return Promise.reject(ended());
    if (this.#callers() >= MOST_WAITING) return Promise.reject(full());
    const shared = this.#overlap === 'coalesce' ? this.#find(key) : undefined;
    return this.#join(shared ?? this.#enqueue(key, work), signal);
  }

  async #atOnce(signal: AbortSignal, work: Work<T>): Promise<T> {
    if (this.#inFlight >= MOST_WAITING) throw full();
    this.#inFlight += 1;
    try {
      return await work(signal);
    } finally {
      this.#inFlight -= 1;
    }
  }

  #callers(): number {
    return this.#waiting.reduce((sum, { wanted }) => sum + wanted, 0);
  }

  #find(key: string): Run<T> | undefined {
    return this.#waiting.find((run) => run.key === key);
  }

  #enqueue(key: string, work: Work<T>): Run<T> {
    let begin = (): void => undefined;
    const turn = new Promise<void>((resolve) => (begin = resolve));
    const result = turn.then(() => this.#inTurn(run, work));
    const run: Run<T> = { key, controller: new AbortController(), begin, result, wanted: 0 };
    this.#waiting.push(run);
    if (!this.#busy) void this.#runAll();
    return run;
  }

  async #runAll(): Promise<void> {
    this.#busy = true;
    for (let [run] = this.#waiting; run !== undefined; [run] = this.#waiting) {
      run.begin();
      await run.result.catch(() => undefined);
    }
    this.#busy = false;
  }

  /** As long as another process has the turn, newcomers may share the run: it has not begun. */
  async #inTurn(run: Run<T>, work: Work<T>): Promise<T> {
    const { signal } = run.controller;
    let turn: SyncTurn | null;
    try {
      turn = await this.#takeTurn(signal);
    } catch {
      throw signal.aborted ? ended() : unknown();
    } finally {
      this.#leave(run);
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

  /** Whether it had not begun. */
  #leave(run: Run<T>): boolean {
    const at = this.#waiting.indexOf(run);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  /** The run ends early only when nobody wants it any more. */
  #join(run: Run<T>, signal: AbortSignal): Promise<T> {
    run.wanted += 1;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        run.wanted -= 1;
        if (run.wanted > 0) return reject(ended());
        // One that runs tells its own end; one that waits would tell it late.
        if (this.#leave(run)) reject(ended());
        run.controller.abort();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      void run.result
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', giveUp));
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
