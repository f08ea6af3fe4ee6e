import { WebhookError } from '../../shared/errors';
import { crashed, isInFlow } from '../attempt-rules';
import { handOver, putBack, settled, whyLost } from '../job-rules';
import type { JobHead, SettleArgs } from '../job-rules';
import type { AttemptArgs, JobRow } from '../rows';
import { eventStatus, MAX_CRASHES } from '../states';
import type { EventStatus } from '../states';
import { attemptTotal } from '../totals';
import type { Args, ParkArgs, Result } from './protocol';
import type { Tables } from './tables';

/** What happens to retry jobs, and through them to their events, inside the writer's transactions. */
export class Retries {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /**
   * A job of an attempt that is no longer the living one is kept as `superseded`: it is seen, never run.
   * Parking the same arrival again changes nothing.
   */
  park(args: ParkArgs, message: Uint8Array, nowMs: number): null {
    const { events, jobs, attempts } = this.#tables;
    const [id, eventId, eventAttempt, nodeId, arrival, state] = args;
    if (eventId === null) {
      if (jobs.find(id) !== undefined) return null;
      jobs.insert(args, null, state, message);
      this.#keepAttempt(null, id, args[11]);
      return null;
    }
    const row = events.require(eventId);
    if (jobs.isParked(row.seq, eventAttempt, nodeId, arrival)) return null;
    const living = row.attempt === eventAttempt && isInFlow(row);
    jobs.insert(args, row.seq, living ? state : 'superseded', message);
    attempts.insert(row, id, args[11]);
    if (living && row.status !== 'retrying') events.change(row, { status: 'retrying' }, nowMs);
    return null;
  }

  claim([nodeId, dueMs, limit, alone]: Args<'claimJobs'>, nowMs: number): Result<'claimJobs'> {
    const { jobs, queue } = this.#tables;
    const claimed: JobRow[] = [];
    for (const row of queue.claimable(nodeId, dueMs, alone, limit)) {
      if (row.unfinished >= MAX_CRASHES) {
        this.#giveUp(row, nowMs);
        continue;
      }
      jobs.change(row, handOver(row));
      const full = queue.full(row.seq);
      if (full !== undefined) claimed.push(full);
    }
    return {
      jobs: claimed,
      nextDueAtMs: queue.nextDueAtMs(nodeId),
      alone: queue.isAloneDue(nodeId, dueMs),
    };
  }

  settle(args: SettleArgs, nowMs: number): EventStatus | null {
    const { jobs } = this.#tables;
    const [jobId, attempt] = args;
    const row = jobs.find(jobId);
    if (row === undefined) throw new WebhookError('not-found', `There is no retry job ${jobId}.`);
    const change = settled(row, args);
    if (change === null) return this.#statusOf(row);
    this.#keepAttempt(row.event_seq, jobId, attempt);
    jobs.change(row, { ...change, last_error: attempt[5] ?? row.last_error });
    return this.follow({ ...row, ...change, last_error: attempt[5] ?? row.last_error }, nowMs);
  }

  /** Jobs that nobody has in hand wait again, due now; see `Deliveries.recover` for `living`. */
  recover(nowMs: number, living: ReadonlySet<string> | null): { jobs: number; poisoned: number } {
    const { jobs, queue } = this.#tables;
    const report = { jobs: 0, poisoned: 0 };
    for (const row of queue.inHand()) {
      if (living?.has(row.id) === true) continue;
      if (living === null) {
        const kind = row.state === 'running' ? 'retry' : 'exhausted';
        this.#keepAttempt(row.event_seq, row.id, crashed(kind, row.attempts, nowMs));
      }
      if (living === null && row.unfinished >= MAX_CRASHES) {
        this.#giveUp(row, nowMs);
        report.poisoned += 1;
        continue;
      }
      jobs.change(row, putBack(row, nowMs, living !== null));
      report.jobs += 1;
    }
    return report;
  }

  /** Of a message that no webhook sent it is counted only. */
  #keepAttempt(eventSeq: number | null, jobId: string, attempt: AttemptArgs): void {
    const { events, attempts, totals } = this.#tables;
    const event = eventSeq === null ? undefined : events.at(eventSeq);
    if (event === undefined) totals.add('', attemptTotal(attempt));
    else attempts.insert(event, jobId, attempt);
  }

  #giveUp(row: JobHead, nowMs: number): void {
    const change = { state: 'exhausted', held: 0, reason: 'crashed' } as const;
    this.#tables.jobs.change(row, change);
    this.follow({ ...row, ...change }, nowMs);
  }

  /** The event's status after a change of one of its jobs; jobs of earlier attempts change nothing. */
  follow(job: JobHead, nowMs: number): EventStatus | null {
    const { events, jobs } = this.#tables;
    const row = job.event_seq === null ? undefined : events.at(job.event_seq);
    if (row === undefined) return null;
    if (row.attempt !== job.event_attempt || !isInFlow(row)) return row.status;
    const status = eventStatus({ outcome: row.outcome, ...jobs.progress(row.seq, row.attempt) });
    if (status === row.status) return status;
    const reason = status === 'failed' ? (row.reason ?? whyLost(job)) : row.reason;
    return events.change(row, { status, reason }, nowMs);
  }

  #statusOf(job: JobHead): EventStatus | null {
    return job.event_seq === null ? null : (this.#tables.events.at(job.event_seq)?.status ?? null);
  }
}
