import { WebhookError } from '../../shared/errors';
import { endOf, isInHand } from '../job-rules';
import type { EventStatus } from '../states';
import type { Transaction } from './transaction';
import { follow, putEventBack } from './verdicts';
import type { Verdict } from './verdicts';
import type { JobEntry } from './work-rows';
import type { Work } from './work';

const REMOVE = {
  name: 'remove',
  text: `WITH gone AS (
      DELETE FROM events WHERE id = ANY($1::text[]) AND status IN ('success', 'failed', 'ignored')
      RETURNING seq),
    b AS (DELETE FROM bodies USING gone WHERE bodies.seq = gone.seq),
    a AS (DELETE FROM attempts USING gone WHERE event_seq = gone.seq),
    j AS (DELETE FROM retry_jobs USING gone WHERE event_seq = gone.seq RETURNING retry_jobs.seq),
    m AS (DELETE FROM job_messages USING j WHERE job_messages.seq = j.seq)
    SELECT count(*)::int AS n FROM gone`,
};

/** A stored event back to `pending`, if it is `failed` (rule 7). */
export function requeue(eventId: string): Verdict {
  return {
    needs: { eventIds: [eventId] },
    apply(work): void {
      const row = work.require(eventId);
      if (row.status !== 'failed') {
        throw new WebhookError(
          'bad-config',
          `The event ${eventId} is ${row.status}: only a failed one can be delivered again; replay it instead.`,
        );
      }
      putEventBack(work, row, 0);
    },
  };
}

/** Removes those that are finished; how many. */
export async function remove(tx: Transaction, eventIds: readonly string[]): Promise<number> {
  const [row] = await tx.query<{ n: number }>(REMOVE, [eventIds]);
  return row?.n ?? 0;
}

/** Gives up an event that waits, with its jobs; one that is in the flow is refused. */
export function discard(eventId: string, reason: string): Verdict {
  return {
    needs: { eventIds: [eventId], openJobsOf: [eventId] },
    apply(work): void {
      const row = work.require(eventId);
      const open = work.openJobsOf(row.seq);
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
      if (row.status === 'pending') work.supersede(row.seq);
      else for (const job of open) work.changeJob(job, { state: endOf(job) });
      const change = { status: 'failed', outcome: 'failed', reason } as const;
      work.change(row, { ...change, unfinished: 0 });
    },
  };
}

/** No more attempts; the status of its event follows. */
export function cancelJob(jobId: string): Verdict {
  return {
    needs: { jobIds: [jobId] },
    apply(work): EventStatus | null {
      const row = waitingJob(work, jobId);
      return follow(work, work.changeJob(row, { state: endOf(row) }));
    },
  };
}

const TAKEN = {
  name: 'job-taken',
  text: `SELECT 1 FROM retry_jobs a JOIN retry_jobs b ON b.event_seq = a.event_seq
      AND b.event_attempt = a.event_attempt AND b.arrival = a.arrival AND b.node_id = $2
    WHERE a.id = $1 AND b.id <> a.id`,
};

/** Whether the node has a job of the same message already. */
export async function isTaken(tx: Transaction, jobId: string, nodeId: string): Promise<boolean> {
  return (await tx.query(TAKEN, [jobId, nodeId])).length > 0;
}

/** Its next attempt is due now, at the node that is named, or at its own. */
export function hastenJob(jobId: string, nodeId: string | null, taken: boolean): Verdict {
  return {
    needs: { jobIds: [jobId] },
    apply(work): void {
      const row = waitingJob(work, jobId);
      if (work.at(row.event_seq)?.status === 'pending') {
        throw new WebhookError(
          'conflict',
          `The event of the retry job ${jobId} is about to be delivered again, which replaces the job.`,
        );
      }
      if (taken) {
        throw new WebhookError(
          'conflict',
          `The retry node ${nodeId ?? ''} has a job of this message already: cancel the job ${jobId} instead.`,
        );
      }
      const moved = nodeId === null ? row : work.moveJob(row, nodeId);
      work.changeJob(moved, { due_at: Math.min(row.due_at, work.nowMs) });
    },
  };
}

function waitingJob(work: Work, jobId: string): JobEntry {
  const row = work.job(jobId);
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
