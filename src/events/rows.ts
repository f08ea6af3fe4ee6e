import type { AttemptError, AttemptRecord, EventSummary, RequestData, RetryJob } from './event';
import type { Rejection, StoredEvent, TrailStep, Verification } from './event';
import type { AttemptOutcome, EventStatus, JobState } from './states';

export const FLAG_EDITED = 1;
export const FLAG_TEST = 2;
/** Its key was known with another body. */
export const FLAG_CONFLICT = 4;

export type AttemptArgs = readonly [
  kind: string,
  number: number,
  startedAtMs: number,
  endedAtMs: number,
  outcome: string,
  errorJson: string | null,
  trailJson: string,
];

/** The part of an event's row that its state machine works on. */
export interface EventRow {
  readonly seq: number;
  readonly id: string;
  readonly endpoint_id: number;
  readonly status: EventStatus;
  /** Kept while jobs are open, too; shown only where it explains the status. */
  readonly reason: string | null;
  /** Of the latest attempt; null while it runs. */
  readonly outcome: AttemptOutcome | null;
  readonly attempt: number;
  /** Hand-overs of which no end is known. */
  readonly unfinished: number;
}

/** What lists show; `endpoint` comes from its own table. */
export interface SummaryRow {
  readonly id: string;
  readonly endpoint: string;
  readonly status: EventStatus;
  readonly reason: string | null;
  readonly attempt: number;
  readonly received_at: number;
  readonly updated_at: number;
  readonly method: string;
  readonly path: string;
  readonly name: string;
  readonly provider: string;
  readonly event_type: string | null;
  readonly delivery_id: string | null;
  readonly scheme: string | null;
  readonly secret: string | null;
  readonly replay_of: string | null;
  readonly flags: number;
  readonly body_bytes: number;
  readonly repeats: number;
  readonly repeated_at: number | null;
}

export interface FullEventRow extends SummaryRow {
  readonly request: string;
  readonly body: Uint8Array;
}

export interface JobRow {
  readonly seq: number;
  readonly id: string;
  readonly event_id: string | null;
  readonly event_attempt: number;
  readonly node_id: string;
  readonly arrival: number;
  readonly state: JobState;
  readonly attempts: number;
  readonly first_attempt_at: number;
  readonly due_at: number;
  readonly last_error: string | null;
  readonly reason: string | null;
  readonly message: Uint8Array | null;
}

export interface AttemptRow {
  readonly job_id: string | null;
  readonly kind: AttemptRecord['kind'];
  readonly number: number;
  readonly started_at: number;
  readonly ended_at: number;
  readonly outcome: AttemptRecord['outcome'];
  readonly error: string | null;
  readonly trail: string;
}

export interface RejectionRow {
  readonly id: string;
  readonly at: number;
  readonly endpoint: string;
  readonly status: number;
  readonly cause: string;
  readonly detail: string;
  readonly method: string;
  readonly path: string;
  readonly ip: string;
  readonly headers: string;
  readonly body_bytes: number | null;
}

export function toSummary(row: SummaryRow): EventSummary {
  return { ...known(row), method: row.method, path: row.path, bodyBytes: row.body_bytes };
}

export function toStoredEvent(row: FullEventRow): StoredEvent {
  return { ...known(row), request: JSON.parse(row.request) as RequestData, body: row.body };
}

export function toRetryJob(row: JobRow): RetryJob {
  return {
    id: row.id,
    eventId: row.event_id,
    eventAttempt: row.event_attempt,
    nodeId: row.node_id,
    arrival: row.arrival,
    state: row.state,
    attempts: row.attempts,
    firstAttemptAtMs: row.first_attempt_at,
    dueAtMs: row.due_at,
    lastError: toError(row.last_error),
    reason: row.reason,
    message: row.message ?? new Uint8Array(0),
  };
}

export function toAttempt(row: AttemptRow): AttemptRecord & { readonly jobId: string | null } {
  return {
    jobId: row.job_id,
    kind: row.kind,
    number: row.number,
    startedAtMs: row.started_at,
    endedAtMs: row.ended_at,
    outcome: row.outcome,
    error: toError(row.error),
    trail: JSON.parse(row.trail) as TrailStep[],
  };
}

export function toRejection({ at, headers, body_bytes, ...row }: RejectionRow): Rejection {
  return {
    ...row,
    atMs: at,
    headers: JSON.parse(headers) as Rejection['headers'],
    bodyBytes: body_bytes,
  };
}

export function fromAttempt(attempt: AttemptRecord): AttemptArgs {
  return [
    attempt.kind,
    attempt.number,
    attempt.startedAtMs,
    attempt.endedAtMs,
    attempt.outcome,
    fromError(attempt.error),
    attempt.trail.length === 0 ? '[]' : JSON.stringify(attempt.trail),
  ];
}

export function fromError(error: AttemptError | null): string | null {
  return error === null ? null : JSON.stringify(error);
}

function toError(json: string | null): AttemptError | null {
  return json === null ? null : (JSON.parse(json) as AttemptError);
}

function known(row: SummaryRow): Omit<StoredEvent, 'request' | 'body'> {
  const explained = row.status === 'failed' || row.status === 'ignored';
  return {
    id: row.id,
    endpoint: row.endpoint,
    name: row.name,
    provider: row.provider,
    eventType: row.event_type,
    deliveryId: row.delivery_id,
    receivedAtMs: row.received_at,
    verification: toVerification(row.scheme, row.secret),
    replayOf: row.replay_of,
    edited: (row.flags & FLAG_EDITED) !== 0,
    test: (row.flags & FLAG_TEST) !== 0,
    status: row.status,
    reason: explained ? row.reason : null,
    attempt: row.attempt,
    redelivered: row.attempt > 1,
    conflict: (row.flags & FLAG_CONFLICT) !== 0,
    repeats: row.repeats,
    repeatedAtMs: row.repeated_at,
    updatedAtMs: row.updated_at,
  };
}

function toVerification(scheme: string | null, secret: string | null): Verification | null {
  if (scheme === null) return null;
  return { scheme, secret: secret === 'previous' ? 'previous' : 'current' };
}
