import type { EventFilter } from '../events/event-query';
import type { EventStore } from '../events/event-store';
import type { Clock } from '../shared/clock';
import { WebhookError } from '../shared/errors';
import { finishedOf } from './replay-service';
import { findEvent, patience, searchStore } from './search';

export interface SteeringOptions {
  /** The stores in use. */
  readonly stores: () => readonly EventStore[];
  readonly hasRetryNode: (nodeId: string) => boolean;
  /** Jobs may be due, or events final, of which nobody in memory knows. */
  readonly changed: (change: { readonly endedJobId?: string }) => void;
  readonly clock: Clock;
}

const PAGE = 500;

/** Ends, hastens and removes what is stored. */
export class SteeringService {
  readonly #options: SteeringOptions;

  constructor(options: SteeringOptions) {
    this.#options = options;
  }

  /**
   * Removes all finished events that match. `more`: some are left, because the time was over.
   *
   * @param withinMs how long it may take; a history of 1,000,000 events takes minutes
   */
  async clear(
    filter: EventFilter,
    withinMs: number,
  ): Promise<{ readonly removed: number; readonly more: boolean }> {
    const { stores, clock } = this.#options;
    const startedAtMs = clock.now();
    const query = { ...filter, status: finishedOf(filter), limit: PAGE };
    let removed = 0;
    for (const store of stores()) {
      for (let cursor: { before?: string } | null = {}; cursor !== null;) {
        if (clock.now() - startedAtMs >= withinMs) return { removed, more: true };
        const rest = patience(clock, withinMs - (clock.now() - startedAtMs));
        const { events, next } = await searchStore(store, { ...query, ...cursor }, rest);
        if (events.length > 0) removed += await store.remove(events.map(({ id }) => id));
        cursor = next === null ? null : { before: next };
      }
    }
    return { removed, more: false };
  }

  /** Gives up an unfinished event. Rejects with `not-found`, or `conflict` while it is in the flow. */
  async discard(eventId: string): Promise<{ readonly status: string }> {
    const { store, jobs } = await findEvent(this.#options.stores(), eventId);
    await store.discard(eventId);
    for (const job of jobs) this.#options.changed({ endedJobId: job.id });
    this.#options.changed({});
    return { status: 'failed' };
  }

  /** No more attempts of a job. Rejects with `not-found`, or `conflict` while one runs. */
  async cancelJob(jobId: string): Promise<{ readonly eventStatus: string | null }> {
    const eventStatus = await this.#onJob(jobId, (store) => store.cancelJob(jobId));
    this.#options.changed({ endedJobId: jobId });
    return { eventStatus };
  }

  /**
   * Tries a waiting job now. Where its retry node was deleted, `nodeId` says which other one goes on
   * with it. Rejects with `not-found`, or `conflict`.
   */
  async retryJob(jobId: string, nodeId?: string): Promise<{ readonly nodeId: string }> {
    const { hasRetryNode } = this.#options;
    const own = await this.#onJob(jobId, async (store) => {
      const [found] = await store.jobs({ id: jobId, limit: 1 });
      const target = nodeId ?? found?.nodeId ?? '';
      if (found !== undefined && !hasRetryNode(target)) throw noRetryNode(target, nodeId);
      await store.hastenJob(jobId, nodeId);
      return target;
    });
    this.#options.changed({});
    return { nodeId: own };
  }

  /** Asks the stores for a job until one has it. */
  async #onJob<T>(jobId: string, use: (store: EventStore) => Promise<T>): Promise<T> {
    for (const store of this.#options.stores()) {
      try {
        return await use(store);
      } catch (thrown) {
        if (!(thrown instanceof WebhookError && thrown.code === 'not-found')) throw thrown;
      }
    }
    throw new WebhookError('not-found', `There is no retry job with the id ${jobId.slice(0, 40)}.`);
  }
}

function noRetryNode(nodeId: string, asked: string | undefined): WebhookError {
  const id = nodeId.slice(0, 40);
  return new WebhookError(
    'conflict',
    asked === undefined
      ? `The retry node ${id} of this job does not run: deploy it, name another one as \`nodeId\`, ` +
          'cancel the job, or replay its event.'
      : `There is no running webhook-retry node with the id ${id}.`,
  );
}
