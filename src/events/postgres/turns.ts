import type { Clock } from '../../shared/clock';
import { WebhookError } from '../../shared/errors';
import type { Turn } from '../peers';
import type { CallQueue } from './call-queue';
import { clean } from './transaction';
import type { Transaction } from './transaction';

/** One that is ours already: the answer to the try before got lost. */
const TAKE = {
  name: 'take-turn',
  text: `INSERT INTO sync_turns AS t (key, owner) VALUES ($1, $2)
    ON CONFLICT (key) DO UPDATE SET owner = excluded.owner WHERE t.owner = excluded.owner
    RETURNING owner`,
};
const END = { name: 'end-turn', text: 'DELETE FROM sync_turns WHERE key = $1 AND owner = $2' };
const KEEP_ONLY = {
  name: 'keep-turns',
  text: 'DELETE FROM sync_turns WHERE owner = $1 AND NOT key = ANY($2::text[]) RETURNING key',
};
const FREE = {
  name: 'free-turns',
  text: 'DELETE FROM sync_turns WHERE owner = ANY($1::bigint[]) RETURNING key',
};

/** Whoever ends a turn says so; that it is looked for all the same costs little. */
const LOOK_MS = 1000;

interface Held {
  /** The instance as which it was taken. */
  readonly owner: number;
  readonly lost: AbortController;
}

/** Whose turn it is, across instances: a row for each turn, which goes with the instance that has it. */
export class Turns {
  readonly #queue: CallQueue;
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();
  /** Asked for at the moment: a second one here would be given the same row. */
  readonly #asking = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #isStopped = false;

  constructor(queue: CallQueue, clock: Clock) {
    this.#queue = queue;
    this.#clock = clock;
  }

  async take(name: string, signal: AbortSignal): Promise<Turn> {
    const key = clean(name);
    for (;;) {
      signal.throwIfAborted();
      const owner = this.#isUsed(key) ? null : await this.#tryToTake(key);
      if (owner !== null) {
        const held = { owner, lost: new AbortController() };
        this.#held.set(key, held);
        const turn = { lost: held.lost.signal, end: () => this.#end(key, held) };
        if (!signal.aborted) return turn;
        await turn.end();
      } else await this.#told(signal);
    }
  }

  #isUsed(key: string): boolean {
    return this.#held.has(key) || this.#asking.has(key);
  }

  /** The instance is leaving: with it all its turns go. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Some turn may have ended. */
  look(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** This instance was declared dead: others may have its turns. */
  lose(): void {
    for (const { lost } of this.#held.values()) lost.abort();
  }

  /** What is written in the name of a turn must not be written by somebody who has lost it. Throws `conflict`. */
  check(name: string): (tx: Transaction) => void {
    const held = this.#held.get(clean(name));
    return ({ me }) => {
      if (held === undefined || held.owner === me) return;
      throw new WebhookError(
        'conflict',
        'Another instance has taken over: this one was not heard of.',
      );
    };
  }

  /** After a broken connection: what stands as ours and is not. */
  async reconcile(tx: Transaction): Promise<void> {
    const freed = await tx.query(KEEP_ONLY, [tx.me, [...this.#held.keys()]]);
    if (freed.length > 0) tx.wakeOthers();
  }

  async #tryToTake(key: string): Promise<number | null> {
    const run = async (tx: Transaction): Promise<number | null> =>
      (await tx.query(TAKE, [key, tx.me])).length > 0 ? tx.me : null;
    this.#asking.add(key);
    try {
      return await this.#queue.call<number | null>({ kind: 'alone', run }, { isSolo: true });
    } finally {
      this.#asking.delete(key);
    }
  }

  async #end(key: string, held: Held): Promise<void> {
    if (this.#held.get(key) !== held) return;
    this.#held.delete(key);
    this.look();
    await this.#free(key, held.owner);
  }

  /** Until it is written, or somebody here has taken it again. */
  async #free(key: string, owner: number): Promise<void> {
    if (this.#isStopped || this.#held.has(key)) return;
    try {
      if (this.#asking.has(key)) throw new Error('It may be ours again.');
      const run = async (tx: Transaction): Promise<void> => {
        await tx.query(END, [key, owner]);
        tx.wakeOthers();
      };
      await this.#queue.call({ kind: 'alone', run });
    } catch {
      this.#clock.after(LOOK_MS, () => void this.#free(key, owner));
    }
  }

  #told(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = this.#clock.after(LOOK_MS, wake);
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

/** Those of instances that are dead. */
export async function freeTurns(tx: Transaction, owners: readonly number[]): Promise<void> {
  const freed = await tx.query(FREE, [owners]);
  if (freed.length > 0) tx.wakeOthers();
}
