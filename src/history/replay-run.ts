import type { Clock } from '../shared/clock';
import { errorText } from '../shared/errors';

export interface ReplayRunOptions {
  /** Events a second. */
  readonly perSecond: number;
  /** End when one can't be replayed, or when one of the replayed ones has failed. */
  readonly stopOnError: boolean;
}

/** `stopped`: by a user; `failed`: by an error; times are ISO 8601. */
export interface ReplayProgress {
  readonly state: 'running' | 'done' | 'stopped' | 'failed';
  readonly total: number;
  readonly replayed: number;
  /** Could not be replayed. */
  readonly refused: number;
  /** Why the last one that was refused, or had failed, did. */
  readonly lastError: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

export interface ReplayTools {
  readonly clock: Clock;
  /** Replays one event; the id of the new one. */
  readonly replay: (eventId: string) => Promise<string>;
  /** One of these events that has failed meanwhile, and why; null: none that is known. */
  readonly failedOf: (eventIds: ReadonlySet<string>) => Promise<string | null>;
}

/** How often is looked whether what was replayed has failed. */
const LOOK_EVERY_MS = 1000;

/** Replays events one after the other, at a rate, until all are done or it is told to stop. */
export class ReplayRun {
  readonly #tools: ReplayTools;
  readonly #options: ReplayRunOptions;
  readonly #total: number;
  readonly #startedAtMs: number;
  readonly #replayed = new Set<string>();
  #state: ReplayProgress['state'] = 'running';
  #refused = 0;
  #lastError: string | null = null;
  #endedAtMs: number | null = null;
  #lookedAtMs: number;
  #wake: (() => void) | null = null;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<ReplayProgress>;

  constructor(eventIds: readonly string[], options: ReplayRunOptions, tools: ReplayTools) {
    this.#tools = tools;
    this.#options = options;
    this.#total = eventIds.length;
    this.#startedAtMs = tools.clock.now();
    this.#lookedAtMs = this.#startedAtMs;
    this.ended = this.#run(eventIds);
  }

  get progress(): ReplayProgress {
    return {
      state: this.#state,
      total: this.#total,
      replayed: this.#replayed.size,
      refused: this.#refused,
      lastError: this.#lastError,
      startedAt: new Date(this.#startedAtMs).toISOString(),
      endedAt: this.#endedAtMs === null ? null : new Date(this.#endedAtMs).toISOString(),
    };
  }

  /** What is replayed already is delivered all the same. */
  stop(): void {
    if (this.#state !== 'running') return;
    this.#state = 'stopped';
    this.#wake?.();
  }

  async #run(eventIds: readonly string[]): Promise<ReplayProgress> {
    for (const [index, eventId] of eventIds.entries()) {
      await this.#turn(index);
      if (this.#isOver()) break;
      await this.#replay(eventId);
    }
    if (this.#state === 'running') this.#state = 'done';
    this.#endedAtMs = this.#tools.clock.now();
    return this.progress;
  }

  /** A method, so that the compiler doesn't take the state for what it was before a wait. */
  #isOver(): boolean {
    return this.#state !== 'running';
  }

  /** Waits until it is the turn of an event, and looks after those before it. */
  async #turn(index: number): Promise<void> {
    const { clock } = this.#tools;
    const dueAtMs = this.#startedAtMs + (index * 1000) / this.#options.perSecond;
    const waitMs = dueAtMs - clock.now();
    if (waitMs > 0 && !this.#isOver()) {
      await new Promise<void>((resolve) => {
        const timer = clock.after(waitMs, resolve);
        this.#wake = () => {
          timer.cancel();
          resolve();
        };
      });
      this.#wake = null;
    }
    if (this.#options.stopOnError && !this.#isOver()) await this.#look();
  }

  async #look(): Promise<void> {
    const nowMs = this.#tools.clock.now();
    if (nowMs - this.#lookedAtMs < LOOK_EVERY_MS) return;
    this.#lookedAtMs = nowMs;
    try {
      const failure = await this.#tools.failedOf(this.#replayed);
      if (failure !== null) this.#failed(failure);
    } catch (thrown) {
      this.#failed(errorText(thrown));
    }
  }

  async #replay(eventId: string): Promise<void> {
    try {
      this.#replayed.add(await this.#tools.replay(eventId));
    } catch (thrown) {
      this.#refused++;
      this.#lastError = errorText(thrown);
      if (this.#options.stopOnError) this.#failed(this.#lastError);
    }
  }

  #failed(why: string): void {
    this.#lastError = why;
    if (this.#state === 'running') this.#state = 'failed';
  }
}
