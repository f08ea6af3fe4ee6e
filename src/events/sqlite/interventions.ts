import { WebhookError } from '../../shared/errors';
import { endOf, isInHand } from '../job-rules';
import type { JobHead } from '../job-rules';
import type { EventStatus } from '../states';
import type { Retries } from './retries';
import type { Tables } from './tables';

/** What is done to events and jobs from outside the flow, inside the writer's transactions. */
export class Interventions {
  readonly #tables: Tables;
  readonly #retries: Retries;

  constructor(tables: Tables, retries: Retries) {
    this.#tables = tables;
    this.#retries = retries;
  }

  /** Removes those that are finished; how many. */
  remove(eventIds: readonly string[]): number {
    const { events, bodies, attempts, jobs, texts } = this.#tables;
    let removed = 0;
    for (const id of eventIds) {
      const row = events.find(id);
      if (row === undefined || !events.remove(row)) continue;
      texts.removed(row.seq, row.seq);
      bodies.delete(row.seq, row.seq);
      attempts.deleteOf(row.seq, row.seq);
      jobs.deleteOf(row.seq, row.seq);
      removed += 1;
    }
    return removed;
  }

  /** Gives up an event that waits, with its jobs; one that is in the flow is refused. */
  discard(eventId: string, reason: string, nowMs: number): null {
    const { events, jobs } = this.#tables;
    const row = events.require(eventId);
    const open = jobs.openOf(row.seq);
    const waits = row.status === 'pending' || (row.status === 'retrying' && row.outcome !== null);
    if (!waits || open.some(isInHand)) {
      const isOpen = row.status === 'processing' || row.status === 'retrying';
      throw new WebhookError(
        'conflict',
        isOpen
          ? `The event ${eventId} is in the flow now: discard it when this attempt has ended.`
          : `The event ${eventId} is ${row.status} already: nothing is left to discard.`,
      );
    }
    if (row.status === 'pending') jobs.supersede(row.seq);
    else for (const job of open) jobs.change(job, { state: endOf(job) });
    const change = { status: 'failed', outcome: 'failed', reason } as const;
    events.change(row, { ...change, unfinished: 0 }, nowMs);
    return null;
  }

  /** No more attempts; the status of its event follows. */
  cancelJob(jobId: string, nowMs: number): EventStatus | null {
    const row = this.#waiting(jobId);
    const change = { state: endOf(row) } as const;
    this.#tables.jobs.change(row, change);
    return this.#retries.follow({ ...row, ...change }, nowMs);
  }

  /** Its next attempt is due now, at the node that is named, or at its own. */
  hastenJob(jobId: string, nodeId: string | null, nowMs: number): null {
    const { jobs } = this.#tables;
    const row = this.#waiting(jobId);
    const event = row.event_seq === null ? undefined : this.#tables.events.at(row.event_seq);
    if (event?.status === 'pending') {
      throw new WebhookError(
        'conflict',
        `The event of the retry job ${jobId} is about to be delivered again, which replaces the job.`,
      );
    }
    if (nodeId !== null) jobs.move(row, nodeId);
    jobs.change(row, { due_at: Math.min(row.due_at, nowMs) });
    return null;
  }

  #waiting(jobId: string): JobHead {
    const row = this.#tables.jobs.find(jobId);
    if (row === undefined) throw new WebhookError('not-found', `There is no retry job ${jobId}.`);
    if (isInHand(row)) {
      throw new WebhookError(
        'conflict',
        `The retry job ${jobId} is in the flow now: try again when this attempt has ended.`,
      );
    }
    if (row.state === 'waiting' || row.state === 'exhausting') return row;
    throw new WebhookError('conflict', `The retry job ${jobId} is ${row.state} already.`);
  }
}
