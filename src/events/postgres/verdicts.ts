import { WebhookError } from '../../shared/errors';
import { crashed, CRASHED_REASON, isInFlow, isLiving } from '../attempt-rules';
import { isInHand, settled, whyLost } from '../job-rules';
import type { JobHead, SettleArgs } from '../job-rules';
import type { AttemptArgs } from '../rows';
import { eventStatus, MAX_CRASHES } from '../states';
import type { AttemptOutcome, EventStatus } from '../states';
import type { Transaction } from './transaction';
import { arrivalKey, endKey } from './work-rows';
import type { EventEntry, JobEntry, ParkArgs } from './work-rows';
import type { Work } from './work';
import { loadWork } from './work-loader';
import type { Needs } from './work-loader';

/** What happens to events and jobs that are known by their ids: which rows it needs, and its rule. */
export interface Verdict {
  readonly needs: Partial<Needs>;
  /** Checks before it changes anything, so that a refusal leaves the transaction of the others sound. */
  apply(work: Work): unknown;
}

type Result = { readonly value: unknown } | { readonly error: unknown };

/** All of them in one go; a refusal is the result of its call only. */
export async function applyVerdicts(
  tx: Transaction,
  verdicts: readonly Verdict[],
): Promise<Result[]> {
  const all = <Part>(of: (needs: Partial<Needs>) => readonly Part[] | undefined): Part[] =>
    verdicts.flatMap(({ needs }) => of(needs) ?? []);
  const work = await loadWork(tx, {
    eventIds: all(({ eventIds }) => eventIds),
    jobIds: all(({ jobIds }) => jobIds),
    openJobsOf: all(({ openJobsOf }) => openJobsOf),
    ends: all(({ ends }) => ends),
    parks: all(({ parks }) => parks),
  });
  const results = verdicts.map((verdict): Result => {
    try {
      return { value: verdict.apply(work) };
    } catch (error) {
      if (error instanceof WebhookError) return { error };
      throw error;
    }
  });
  work.write();
  return results;
}

export function endAttempt(
  eventId: string,
  attempt: AttemptArgs,
  outcome: AttemptOutcome,
  reason: string | null,
): Verdict {
  return {
    needs: { eventIds: [eventId], ends: [{ eventId, attempt }] },
    apply(work): EventStatus {
      const row = work.require(eventId);
      const living = isOurs(row, attempt, work);
      keepAttempt(work, row, attempt, living);
      if (!living) return row.status;
      const status = eventStatus({ outcome, ...work.progress(row) });
      return work.change(row, { status, outcome, reason, unfinished: 0 });
    },
  };
}

export function interrupt(eventId: string, attempt: AttemptArgs): Verdict {
  return {
    needs: { eventIds: [eventId], ends: [{ eventId, attempt }] },
    apply(work): void {
      const row = work.require(eventId);
      const living = isOurs(row, attempt, work);
      keepAttempt(work, row, attempt, living);
      if (living) putEventBack(work, row, Math.max(0, row.unfinished - 1));
    },
  };
}

export function addToTrail(
  eventId: string,
  jobId: string | null,
  number: number,
  stepJson: string,
): Verdict {
  return {
    needs: { eventIds: [eventId] },
    apply(work): void {
      const row = work.find(eventId);
      if (row !== undefined) work.addToTrail(row.seq, jobId, number, stepJson);
    },
  };
}

/**
 * A job of an attempt that is no longer the living one is kept as `superseded`: it is seen, never run.
 * Parking the same arrival again changes nothing.
 */
export function park(args: ParkArgs): Verdict {
  const { job, attempt } = args;
  const { eventId } = job;
  return {
    needs: { eventIds: eventId === null ? [] : [eventId], parks: [args] },
    apply(work): void {
      const row = eventId === null ? null : work.require(eventId);
      if (work.isKnown(arrivalKey(job))) return;
      if (row === null) {
        work.park(args, null, job.state);
        work.addAttempt(null, job.id, attempt);
        return;
      }
      const living = row.attempt === job.eventAttempt && isInFlow(row) && !isOfAnother(row, work);
      work.park(args, row, living ? job.state : 'superseded');
      work.addAttempt(row.seq, job.id, attempt);
      if (living) work.change(row, { status: 'retrying', parked: row.parked + 1 });
    },
  };
}

export function settle(args: SettleArgs): Verdict {
  const [jobId, attempt] = args;
  return {
    needs: { eventIds: [], jobIds: [jobId] },
    apply(work): EventStatus | null {
      const row = work.job(jobId);
      if (row === undefined) throw new WebhookError('not-found', `There is no retry job ${jobId}.`);
      // Its lease ended, and another instance runs the job now.
      const isLate = isInHand(row) && row.owner !== work.me;
      const change = isLate ? null : settled(row, args);
      if (change === null) return work.at(row.event_seq)?.status ?? null;
      work.addAttempt(row.event_seq, jobId, attempt);
      return follow(
        work,
        work.changeJob(row, { ...change, last_error: attempt[5] ?? row.last_error }),
      );
    },
  };
}

/** The event's status after a change of one of its jobs; jobs of earlier attempts change nothing. */
export function follow(work: Work, job: JobHead): EventStatus | null {
  const row = work.at(job.event_seq);
  if (row === undefined) return null;
  if (row.attempt !== job.event_attempt || !isInFlow(row)) return row.status;
  const status = eventStatus({ outcome: row.outcome, ...work.progress(row) });
  if (status === row.status) return status;
  const reason = status === 'failed' ? (row.reason ?? whyLost(job)) : row.reason;
  return work.change(row, { status, reason });
}

export function putEventBack(work: Work, row: EventEntry, unfinished: number): void {
  work.change(row, { status: 'pending', outcome: null, reason: null, unfinished });
}

/** What a dead instance had in its flow; `failed` once it did so too often. */
export function reclaimEvent(work: Work, row: EventEntry): EventStatus {
  work.addAttempt(row.seq, null, crashed('delivery', row.attempt, work.nowMs));
  if (row.unfinished >= MAX_CRASHES) {
    work.supersede(row.seq);
    return giveUpEvent(work, row);
  }
  putEventBack(work, row, row.unfinished);
  return 'pending';
}

export function giveUpEvent(work: Work, row: EventEntry): EventStatus {
  return work.change(row, { status: 'failed', outcome: 'failed', reason: CRASHED_REASON });
}

export function giveUpJob(work: Work, row: JobEntry): void {
  follow(work, work.changeJob(row, { state: 'exhausted', held: 0, reason: 'crashed' }));
}

function isOurs(row: EventEntry, attempt: AttemptArgs, work: Work): boolean {
  return isLiving(row, attempt) && !isOfAnother(row, work);
}

/** Another instance has it in its flow. */
function isOfAnother({ owner }: EventEntry, { me }: Work): boolean {
  return owner !== null && owner !== me;
}

function keepAttempt(work: Work, row: EventEntry, attempt: AttemptArgs, living: boolean): void {
  if (living || !work.isKnown(endKey(row.seq, attempt))) work.addAttempt(row.seq, null, attempt);
}
