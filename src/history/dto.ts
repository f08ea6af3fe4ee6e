import type { EndpointActivity } from '../events/minute-counts';
import type {
  AttemptRecord,
  EventSummary,
  Rejection,
  RetryJob,
  StoredEvent,
} from '../events/event';

/** What the sidebar and the admin API may see. Times are ISO 8601, bytes are base64. */
export interface EventDto {
  readonly id: string;
  readonly endpoint: string;
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly provider: string;
  readonly eventType: string | null;
  readonly deliveryId: string | null;
  readonly receivedAt: string;
  readonly updatedAt: string;
  readonly status: string;
  readonly reason: string | null;
  readonly attempt: number;
  readonly redelivered: boolean;
  readonly conflict: boolean;
  /** How often it was sent again, and answered without another delivery. */
  readonly repeats: number;
  /** The last time that it was; null: never. */
  readonly repeatedAt: string | null;
  readonly verification: { readonly scheme: string; readonly secret: string } | null;
  readonly replayOf: string | null;
  readonly edited: boolean;
  readonly test: boolean;
  readonly bodyBytes: number;
}

export interface EventPageDto {
  readonly events: readonly EventDto[];
  /** `before` of the next page; null: there is nothing more. */
  readonly next: string | null;
}

export interface ActivityDto {
  readonly minutes: number;
  /** The end of the last minute, which is not over. */
  readonly until: string;
  /** Of those at which something came in these minutes; one number for each, the oldest first. */
  readonly endpoints: readonly EndpointActivity[];
}

export interface AttemptDto extends Omit<AttemptRecord, 'startedAtMs' | 'endedAtMs'> {
  readonly jobId: string | null;
  readonly startedAt: string;
  readonly endedAt: string;
}

/** A retry job without the message that it holds. */
export interface JobDto {
  readonly id: string;
  readonly eventId: string | null;
  readonly nodeId: string;
  /** False: the retry node was deleted or is not running, so nobody runs the job. */
  readonly nodeExists: boolean;
  readonly state: string;
  readonly attempts: number;
  readonly firstAttemptAt: string;
  readonly dueAt: string;
  readonly lastError: RetryJob['lastError'];
  readonly reason: string | null;
}

export interface JobPageDto {
  readonly jobs: readonly JobDto[];
  readonly next: string | null;
}

export interface RejectionDto extends Omit<Rejection, 'atMs'> {
  readonly at: string;
}

export interface RejectionPageDto {
  readonly rejections: readonly RejectionDto[];
  readonly next: string | null;
}

export interface EventDetailDto extends EventDto {
  readonly request: StoredEvent['request'];
  /** The body as text where it is UTF-8, else null. */
  readonly bodyText: string | null;
  /** The body where it is not UTF-8, else null. */
  readonly bodyBase64: string | null;
  readonly attempts: readonly AttemptDto[];
  readonly jobs: readonly JobDto[];
}

export function eventDto(event: EventSummary): EventDto {
  const { id, endpoint, name, method, path, provider, eventType, deliveryId } = event;
  const { status, reason, attempt, redelivered, conflict, repeats, repeatedAtMs } = event;
  const { verification, replayOf, edited, test } = event;
  return {
    ...{ id, endpoint, name, method, path, provider, eventType, deliveryId },
    receivedAt: iso(event.receivedAtMs),
    updatedAt: iso(event.updatedAtMs),
    ...{ status, reason, attempt, redelivered, conflict, repeats },
    repeatedAt: repeatedAtMs === null ? null : iso(repeatedAtMs),
    ...{ verification, replayOf, edited, test },
    bodyBytes: event.bodyBytes,
  };
}

export function attemptDto(attempt: AttemptRecord & { readonly jobId: string | null }): AttemptDto {
  const { startedAtMs, endedAtMs, ...rest } = attempt;
  return { ...rest, startedAt: iso(startedAtMs), endedAt: iso(endedAtMs) };
}

export function jobDto(job: RetryJob, nodeExists: boolean): JobDto {
  const { id, eventId, nodeId, state, attempts, firstAttemptAtMs, dueAtMs, lastError, reason } =
    job;
  const times = { firstAttemptAt: iso(firstAttemptAtMs), dueAt: iso(dueAtMs) };
  return { id, eventId, nodeId, nodeExists, state, attempts, ...times, lastError, reason };
}

export function rejectionDto({ atMs, ...rest }: Rejection): RejectionDto {
  return { ...rest, at: iso(atMs) };
}

/** The body for a reader: as text where it is valid UTF-8. */
export function bodyDto(body: Uint8Array): Pick<EventDetailDto, 'bodyText' | 'bodyBase64'> {
  try {
    return { bodyText: new TextDecoder('utf-8', { fatal: true }).decode(body), bodyBase64: null };
  } catch {
    return { bodyText: null, bodyBase64: Buffer.from(body).toString('base64') };
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
