import type { EventFilter } from '../events/event-query';
import type { SharedRun, SharedRuns } from '../events/peers';
import type { Clock } from '../shared/clock';
import { WebhookError } from '../shared/errors';
import { newId } from '../shared/ids';
import type { ReplayProgress, ReplayRun, ReplayRunOptions } from './replay-run';
import type { ReplayService } from './replay-service';
import { toldProgress } from './told-progress';

/** Runs that are remembered once they have ended. */
const REMEMBERED = 20;
/** How often others are told of a run, and may have it stopped. */
const TELL_MS = 1000;

export interface ReplayRunDto extends ReplayProgress {
  readonly id: string;
}

export interface ReplayRunsTools {
  readonly service: Pick<ReplayService, 'replayMatching'>;
  /** Of the histories that several processes share. */
  readonly shared: () => readonly SharedRuns[];
  readonly clock: Clock;
}

/**
 * The runs that somebody started by the admin API: one at a time, the last ones remembered. Those of all
 * processes that share a history can be seen and stopped at each of them.
 */
export class ReplayRuns {
  readonly #tools: ReplayRunsTools;
  readonly #runs = new Map<string, ReplayRun>();
  #starting = false;

  constructor(tools: ReplayRunsTools) {
    this.#tools = tools;
  }

  /** Rejects with `conflict` while another one runs, and as `replayMatching`. */
  async start(filter: EventFilter, options: ReplayRunOptions): Promise<ReplayRunDto> {
    const isRunning = [...this.#runs.values()].some(({ progress }) => progress.state === 'running');
    if (isRunning || this.#starting) throw anotherRuns();
    this.#starting = true;
    try {
      return await this.#start(filter, options);
    } finally {
      this.#starting = false;
    }
  }

  async #start(filter: EventFilter, options: ReplayRunOptions): Promise<ReplayRunDto> {
    const { service, shared, clock } = this.#tools;
    const id = newId();
    const all = shared();
    const run = await service.replayMatching(filter, options, async (total) => {
      const startedAt = new Date(clock.now()).toISOString();
      const none = { total, replayed: 0, refused: 0, lastError: null, endedAt: null };
      const told = JSON.stringify({ state: 'running', ...none, startedAt });
      for (const runs of all) if (!(await runs.begin(id, told))) throw anotherRuns();
    });
    this.#runs.set(id, run);
    for (const old of [...this.#runs.keys()].slice(0, -REMEMBERED)) this.#runs.delete(old);
    for (const runs of all) void this.#tell(runs, id, run);
    return { id, ...run.progress };
  }

  /** Until the others know of its end. While they can't be told, it goes on all the same. */
  async #tell(runs: SharedRuns, id: string, run: ReplayRun): Promise<void> {
    for (let isKnown = false; !isKnown;) {
      const { progress } = run;
      const isOver = progress.endedAt !== null;
      try {
        const isToStop = await runs.tell(id, JSON.stringify(progress), isOver);
        if (isToStop) run.stop();
        isKnown = isOver;
      } catch {
        // Told again below.
      }
      if (!isKnown) await this.#pause(isOver ? null : run.ended);
    }
  }

  async #pause(unless: Promise<unknown> | null): Promise<void> {
    let cancel = (): void => undefined;
    const later = new Promise<void>((resolve) => {
      const timer = this.#tools.clock.after(TELL_MS, resolve);
      cancel = () => timer.cancel();
    });
    await (unless === null ? later : Promise.race([later, unless]));
    cancel();
  }

  /** The newest first. */
  async list(): Promise<readonly ReplayRunDto[]> {
    const own = [...this.#runs].map(([id, { progress }]) => ({ id, ...progress }));
    const all = [...own, ...(await this.#others())];
    return all.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, REMEMBERED);
  }

  /** Rejects with `not-found`. */
  async get(id: string): Promise<ReplayRunDto> {
    const own = this.#runs.get(id);
    if (own !== undefined) return { id, ...own.progress };
    const other = (await this.#others()).find((run) => run.id === id);
    if (other !== undefined) return other;
    throw new WebhookError('not-found', `There is no replay with the id ${id.slice(0, 40)}.`);
  }

  /**
   * Rejects with `not-found`. What was replayed already is delivered all the same. Another process stops its
   * run when it hears of it: within a second or so.
   */
  async stop(id: string): Promise<ReplayRunDto> {
    const own = this.#runs.get(id);
    if (own === undefined) await Promise.all(this.#tools.shared().map((runs) => runs.stop(id)));
    else own.stop();
    return this.get(id);
  }

  async #others(): Promise<ReplayRunDto[]> {
    const told = await Promise.all(this.#tools.shared().map((runs) => runs.list()));
    const others = new Map<string, SharedRun>();
    for (const run of told.flat()) if (!this.#runs.has(run.id)) others.set(run.id, run);
    return [...others.values()].flatMap((run) => {
      const progress = toldProgress(run);
      return progress === null ? [] : [{ id: run.id, ...progress }];
    });
  }
}

function anotherRuns(): WebhookError {
  return new WebhookError('conflict', 'Another replay runs: wait for its end, or stop it.');
}
