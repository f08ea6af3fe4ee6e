import type { EventFilter } from '../events/event-query';
import { WebhookError } from '../shared/errors';
import { newId } from '../shared/ids';
import type { ReplayProgress, ReplayRun, ReplayRunOptions } from './replay-run';
import type { ReplayService } from './replay-service';

/** Runs that are remembered once they have ended. */
const REMEMBERED = 20;

export interface ReplayRunDto extends ReplayProgress {
  readonly id: string;
}

/** The runs that somebody started by the admin API: one at a time, the last ones remembered. */
export class ReplayRuns {
  readonly #service: ReplayService;
  readonly #runs = new Map<string, ReplayRun>();
  #starting = false;

  constructor(service: ReplayService) {
    this.#service = service;
  }

  /** Rejects with `conflict` while another one runs. */
  async start(filter: EventFilter, options: ReplayRunOptions): Promise<ReplayRunDto> {
    const isRunning = [...this.#runs.values()].some(({ progress }) => progress.state === 'running');
    if (isRunning || this.#starting) {
      throw new WebhookError('conflict', 'Another replay runs: wait for its end, or stop it.');
    }
    this.#starting = true;
    try {
      const run = await this.#service.replayMatching(filter, options);
      const id = newId();
      this.#runs.set(id, run);
      for (const old of [...this.#runs.keys()].slice(0, -REMEMBERED)) this.#runs.delete(old);
      return { id, ...run.progress };
    } finally {
      this.#starting = false;
    }
  }

  /** The newest first. */
  list(): readonly ReplayRunDto[] {
    return [...this.#runs].map(([id, { progress }]) => ({ id, ...progress })).reverse();
  }

  /** Throws `not-found`. */
  get(id: string): ReplayRunDto {
    return { id, ...this.#find(id).progress };
  }

  /** Throws `not-found`. What was replayed already is delivered all the same. */
  stop(id: string): ReplayRunDto {
    this.#find(id).stop();
    return this.get(id);
  }

  #find(id: string): ReplayRun {
    const run = this.#runs.get(id);
    if (run !== undefined) return run;
    throw new WebhookError('not-found', `There is no replay with the id ${id.slice(0, 40)}.`);
  }
}
