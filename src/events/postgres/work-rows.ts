import type { NewRetryJob } from '../event-store';
import type { RetryJob } from '../event';
import type { JobHead } from '../job-rules';
import type { AttemptArgs, EventRow } from '../rows';

export interface EventEntry extends EventRow {
  /** The instance that has it in hand. */
  readonly owner: number | null;
  /** Jobs that were parked in its latest attempt. */
  readonly parked: number;
  /** The key of its endpoint. */
  readonly endpoint: string;
}

export interface JobEntry extends JobHead {
  readonly owner: number | null;
  readonly node_id: string;
}

export type EventChange = Partial<
  Pick<EventEntry, 'status' | 'reason' | 'outcome' | 'attempt' | 'unfinished' | 'parked'>
>;

export interface ParkArgs {
  readonly job: NewRetryJob['job'];
  /** By the server's clock. */
  readonly dueAtMs: number;
  readonly errorJson: string | null;
  readonly attempt: AttemptArgs;
}

/** An end of an attempt of the event itself, which its caller may repeat. */
export function endKey(eventSeq: number, [, number, startedAtMs, , outcome]: AttemptArgs): string {
  return `end ${eventSeq} ${number} ${startedAtMs} ${outcome}`;
}

export type Arrival = Pick<RetryJob, 'id' | 'eventId' | 'eventAttempt' | 'nodeId' | 'arrival'>;

/** (event, attempt, retry node, arrival) names a job; one of no event is named by its id. */
export function arrivalKey(job: Arrival): string {
  const { id, eventId, eventAttempt, nodeId, arrival } = job;
  return eventId === null ? `job ${id}` : `arrival ${eventId} ${eventAttempt} ${arrival} ${nodeId}`;
}
