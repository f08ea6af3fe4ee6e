import { CRASHED_REASON } from './attempt-rules';
import type { AttemptError } from './event';
import type { AttemptArgs } from './rows';
import { JOB_TRANSITIONS } from './states';
import type { JobState } from './states';

/** The part of a job's row that its state machine works on. */
export interface JobHead {
  readonly seq: number;
  readonly id: string;
  readonly event_seq: number | null;
  readonly event_attempt: number;
  readonly state: JobState;
  /** 1: its `exhausted` branch runs now. */
  readonly held: number;
  readonly attempts: number;
  /** Attempts of which no end is known. */
  readonly unfinished: number;
  readonly due_at: number;
  readonly last_error: string | null;
  readonly reason: string | null;
}

export type JobChange = Partial<
  Pick<JobHead, 'state' | 'held' | 'attempts' | 'unfinished' | 'due_at' | 'last_error' | 'reason'>
>;

export type SettleArgs = readonly [
  jobId: string,
  attempt: AttemptArgs,
  state: 'waiting' | 'exhausting' | 'done' | 'exhausted' | 'cancelled',
  dueAtMs: number | null,
  reason: string | null,
  uncounted: boolean,
];

/** What claiming changes: an attempt is counted before it begins. */
export function handOver(row: JobHead): JobChange {
  const unfinished = row.unfinished + 1;
  if (row.state === 'exhausting') return { held: 1, unfinished };
  return { state: 'running', attempts: row.attempts + 1, unfinished };
}

/** What a settlement changes; null: the job's state does not allow it, so it comes too late. */
export function settled(row: JobHead, args: SettleArgs): JobChange | null {
  const [, attempt, state, dueAtMs, reason, uncounted] = args;
  if (!isOfLatest(row, attempt)) return null;
  const due = dueAtMs === null ? {} : { due_at: dueAtMs };
  const unfinished = uncounted ? Math.max(0, row.unfinished - 1) : 0;
  if (row.state === 'exhausting' && (state === 'exhausting' || state === 'waiting')) {
    return { held: 0, unfinished: Math.max(0, row.unfinished - 1), ...due };
  }
  if (!JOB_TRANSITIONS[row.state].includes(state)) return null;
  const attempts = uncounted ? Math.max(0, row.attempts - 1) : row.attempts;
  return { state, held: 0, attempts, unfinished, reason: reason ?? row.reason, ...due };
}

/** A repeated settlement, whose answer got lost, must not end the attempt that runs by now. */
function isOfLatest(row: JobHead, [kind, number]: AttemptArgs): boolean {
  if (row.state === 'running') return kind === 'retry' && number === row.attempts;
  return row.state !== 'exhausting' || kind === 'exhausted';
}

/** A job that nobody has in hand waits again, due now. `processLives`: its attempt is not counted. */
export function putBack(row: JobHead, nowMs: number, processLives: boolean): JobChange {
  const unfinished = processLives ? Math.max(0, row.unfinished - 1) : row.unfinished;
  if (row.state === 'exhausting') return { held: 0, unfinished };
  const attempts = processLives ? Math.max(0, row.attempts - 1) : row.attempts;
  return { state: 'waiting', due_at: nowMs, attempts, unfinished };
}

/** An attempt of it, or its `exhausted` branch, runs. */
export function isInHand(row: JobHead): boolean {
  return row.state === 'running' || row.held === 1;
}

/** A user ends it: a job that is out of attempts is exhausted, with or without its last branch. */
export function endOf(row: JobHead): 'exhausted' | 'cancelled' {
  return row.state === 'exhausting' ? 'exhausted' : 'cancelled';
}

/** Why the event of a job that ended without success is `failed`. */
export function whyLost(job: JobHead): string {
  if (job.reason === 'crashed') return CRASHED_REASON;
  if (job.state === 'cancelled') return 'its retries were cancelled';
  const error = job.last_error === null ? null : (JSON.parse(job.last_error) as AttemptError);
  return `retries ended (${job.reason ?? 'exhausted'})${error === null ? '' : `: ${error.message}`}`;
}
