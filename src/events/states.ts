/**
 * The life of an event; the table, with the reasons, stands in docs/DELIVERY.md.
 * Everything here is pure: the stores apply it inside their transactions.
 */
export const EVENT_STATUSES = [
  'pending',
  'processing',
  'retrying',
  'success',
  'failed',
  'ignored',
] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

export const EVENT_TRANSITIONS: Readonly<Record<EventStatus, readonly EventStatus[]>> = {
  pending: ['processing', 'failed'],
  processing: ['success', 'failed', 'retrying', 'ignored', 'pending'],
  retrying: ['processing', 'success', 'failed', 'pending'],
  failed: ['pending'],
  success: [],
  ignored: [],
};

/** Statuses in which nothing is left to do. */
export const FINAL_STATUSES: readonly EventStatus[] = ['success', 'failed', 'ignored'];
export type FinalStatus = 'success' | 'failed' | 'ignored';

export function isFinal(status: EventStatus): status is FinalStatus {
  return FINAL_STATUSES.includes(status);
}

export function canBecome(from: EventStatus, to: EventStatus): boolean {
  return EVENT_TRANSITIONS[from].includes(to);
}

/** How an attempt ended. `ignored`: every path ended at a filter drop (rule 8). */
export type AttemptOutcome = 'success' | 'failed' | 'ignored';

/** A retry job: a message parked at a retry node until its next attempt. */
export const JOB_STATES = [
  'waiting',
  'running',
  'exhausting',
  'done',
  'exhausted',
  'superseded',
  'cancelled',
] as const;
export type JobState = (typeof JOB_STATES)[number];

export const JOB_TRANSITIONS: Readonly<Record<JobState, readonly JobState[]>> = {
  waiting: ['running', 'superseded', 'cancelled'],
  running: ['done', 'waiting', 'exhausting', 'exhausted', 'superseded', 'cancelled'],
  exhausting: ['exhausted', 'superseded'],
  done: [],
  exhausted: [],
  superseded: [],
  cancelled: [],
};

/** States in which a job still has work to do. */
export const OPEN_JOB_STATES: readonly JobState[] = ['waiting', 'running', 'exhausting'];

/** What the status of an event follows from, once it was handed to the flow. */
export interface EventProgress {
  /** The outcome of its latest attempt; null while that one runs. */
  readonly outcome: AttemptOutcome | null;
  /** Jobs of that attempt which still have work to do. */
  readonly openJobs: number;
  /** Jobs of that attempt which ended without success. */
  readonly lostJobs: number;
  /** Jobs of that attempt which ended well. */
  readonly doneJobs: number;
}

/** Rule 1: `retrying` while a job is open; then `failed` if one was lost, else as the attempt ended. */
export function eventStatus(progress: EventProgress): EventStatus {
  if (progress.openJobs > 0) return 'retrying';
  if (progress.outcome === null) return 'processing';
  if (progress.lostJobs > 0 || progress.outcome === 'failed') return 'failed';
  if (progress.outcome === 'ignored' && progress.doneJobs === 0) return 'ignored';
  return 'success';
}

/** Rule 3: after this many hand-overs that ended with the death of the process, none follows. */
export const MAX_CRASHES = 3;

/**
 * What the deaths of the process with an event, or a job, in hand make of it. A death counts for all that
 * were in hand; so the last one before MAX_CRASHES must have been of this one alone.
 * `suspect`: one, not handed over ahead of a free place. `alone`: more, handed over by itself.
 */
export type Suspicion = 'fresh' | 'suspect' | 'alone';

export function suspicion(crashes: number): Suspicion {
  if (crashes >= MAX_CRASHES - 1) return 'alone';
  return crashes > 0 ? 'suspect' : 'fresh';
}
