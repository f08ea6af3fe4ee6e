import type { AttemptRecord, NewEvent, Rejection, RetryJob, StoredEvent, TrailStep } from './event';
import type { EventSummary } from './event';
import type { EventPage, EventQuery } from './event-query';
import type { EndpointActivity } from './minute-counts';
import type { Peers } from './peers';
import type { AttemptOutcome, EventStatus, JobState, Suspicion } from './states';
import type { EndpointTotal } from './totals';

/**
 * The port behind which events, attempts, retry jobs and rejections are kept.
 *
 * Durability: `accept`, `claim`, `park`, `settleJob`, `claimJobs`, `requeue`, `remove`,
 * `discard`, `cancelJob`, `hastenJob`, `saveSync` resolve
 * after the commit is on disk. `endAttempt`, `interrupt`, `addToTrail`, `reject`, `forgetSecretMatches`
 * are written with the next urgent write or within 50 ms: losing one repeats a delivery that is marked `redelivered`, it never loses an event.
 * That an event was sent again may be counted some time after its sender was answered, many at once: `list`, `get`
 * and `summaries` of this process know of it at once, and `close` writes it.
 * Order: calls take effect in the order in which they were made.
 * Every call rejects with a `WebhookError`: `store-busy` (the bounded queue is full: answer 503; only
 * new events, rejections and questions),
 * `store-unavailable` (disk full, read-only, closed: answer 503) - and then nothing was written.
 * No connection, statement or transaction crosses this line.
 */
export interface EventStore {
  /** Stores an event, or tells that it is a duplicate; decided in the transaction that stores it. */
  accept(event: NewEvent, options: AcceptOptions): Promise<Acceptance>;

  /**
   * Takes the oldest pending events of an endpoint and counts one hand-over for each, durably,
   * before it happens. Events that reached MAX_CRASHES become `failed` instead and are not returned.
   * The events of a claim are under the same suspicion; one that is to be `alone` comes only if asked for.
   */
  claim(request: ClaimRequest): Promise<Claim>;

  /** Ends a hand-over; the event's status follows from this outcome and its jobs. */
  endAttempt(end: AttemptEnd): Promise<EventStatus>;

  /** The flow was taken away below an attempt: pending again, and the hand-over is not counted as a crash. */
  interrupt(eventId: string, attempt: AttemptRecord): Promise<void>;

  /**
   * An error that came after the end of an attempt: one more step on its trail, which changes nothing else
   * (rule 4). Of an attempt that is not kept: nothing happens.
   */
  addToTrail(addition: TrailAddition): Promise<void>;

  /** Stores a job and makes its event `retrying`, in one transaction. */
  park(job: NewRetryJob): Promise<void>;

  /** Takes due jobs of a retry node, oldest due first, and counts one attempt for each, durably. */
  claimJobs(request: JobClaimRequest): Promise<JobClaim>;

  /** Ends an attempt of a job; the status of its event follows in the same transaction. */
  settleJob(settlement: JobSettlement): Promise<EventStatus | null>;

  /** A stored event back to `pending`, if it is `failed` (rule 7); others are refused: replay them. */
  requeue(eventId: string): Promise<void>;

  /** Removes events with their attempts and jobs, but never an unfinished one. How many were removed. */
  remove(eventIds: readonly string[]): Promise<number>;

  /**
   * Gives up an event that waits for its turn or for its retries: it is `failed`, for that reason or,
   * without one, `discarded`.
   * Rejects with `not-found`, or `conflict` while it is in the flow or once it is finished.
   */
  discard(eventId: string, reason?: string): Promise<void>;

  /**
   * Ends a job that waits; the status of its event follows in the same transaction.
   * Rejects with `not-found`, or `conflict` while an attempt of it runs or once it has ended.
   */
  cancelJob(jobId: string): Promise<EventStatus | null>;

  /**
   * A job that waits is due now; with `nodeId` it goes on at another retry node than its own, which may
   * be gone. Rejects as `cancelJob`.
   */
  hastenJob(jobId: string, nodeId?: string): Promise<void>;

  /** The other processes that may use the same store; null: there are none. */
  readonly peers: Peers | null;

  /** Puts back what a dead process had in its hands. Called once, before anything is claimed. */
  recover(nowMs: number): Promise<RecoveryReport>;

  /** Rejects with `bad-config` for a limit that is none. */
  list(query: EventQuery): Promise<EventPage>;
  get(eventId: string): Promise<EventDetail | undefined>;
  /** Those of these events that there are; at most 500. */
  summaries(eventIds: readonly string[]): Promise<readonly EventSummary[]>;
  /** What came and what failed, minute by minute: from counters, no events are read. */
  activity(nowMs: number): Promise<readonly EndpointActivity[]>;
  jobs(query: JobQuery): Promise<readonly RetryJob[]>;
  /** For which endpoints and methods events are `pending`. */
  pendingRoutes(): Promise<readonly PendingRoute[]>;
  stats(): Promise<StoreStats>;
  /** For monitoring, again and again: cheap, however much is stored. */
  measures(): Promise<StoreMeasures>;
  /** What waits at an endpoint (`pending` events) or at a retry node (open jobs), in figures. */
  waiting(at: WaitingPlace): Promise<Waiting>;

  reject(rejection: Rejection): Promise<void>;
  rejections(query: RejectionQuery): Promise<readonly Rejection[]>;

  /** When the secrets of endpoints last verified a request of a sender: neither a replay nor a test. */
  secretMatches(): Promise<readonly SecretMatches[]>;
  /** The secrets of an endpoint have changed: what is known of the ones before is forgotten. */
  forgetSecretMatches(endpoint: string): Promise<void>;

  /** Keeps what a sync remembers; resolves when it is on disk. */
  saveSync(saving: SyncSaving): Promise<void>;
  /** The memory of a sync, and which of these items it has delivered. */
  recallSync(key: string, digests: readonly string[]): Promise<SyncRecall>;

  /** The bounds of what is kept, from now on. What is beyond them goes little by little. */
  setRetention(limits: RetentionLimits): Promise<void>;

  /** Writes what is queued, then closes. Later calls reject with `store-unavailable`. */
  close(): Promise<void>;
}

export interface AcceptOptions {
  /** Count the first hand-over in the same commit: the caller delivers it when this resolves. */
  readonly handOver: boolean;
  /**
   * Its sender waits here for what becomes of it: while this process lives, and until `Peers.letGo`, no other one
   * takes the event.
   */
  readonly awaited?: boolean;
  /** The idempotency key and how long it is remembered; null: never a duplicate. */
  readonly dedup: { readonly key: string; readonly windowMs: number } | null;
}

export type Acceptance =
  | {
      readonly kind: 'stored';
      /** Same key, other body: delivered, and marked. */ readonly conflict: boolean;
    }
  | { readonly kind: 'duplicate'; readonly eventId: string }
  /** The event with this key had failed: it is pending again, attempt + 1. */
  | { readonly kind: 'requeued'; readonly eventId: string };

export interface ClaimRequest {
  readonly endpoint: string;
  readonly methods: readonly string[];
  readonly limit: number;
  /** Of the bodies together, as they arrived: all of them are in memory at once. One is taken whatever its size. */
  readonly maxBytes: number;
  /** Nothing is taken while an event of these methods is in the flow or retried. */
  readonly ordered: boolean;
  /**
   * Nothing is taken beyond so many events of these methods in hand, of all processes together, as long as
   * their ends are not written. A store of one process may ignore it: the caller keeps bounds of its own.
   */
  readonly withinCluster?: number;
  /** Nothing else is in the flows: one event that is to be alone may be taken. */
  readonly alone?: boolean;
}

export interface Claim {
  readonly events: readonly StoredEvent[];
  /** Others wait: beyond a bound, because of the order, or under another suspicion. */
  readonly more: boolean;
  /** The suspicion under which the next of those stands. */
  readonly next: Suspicion;
}

export interface RetentionLimits {
  /** Finished events that are kept; as many failed ones beside them. */
  readonly maxEvents: number;
  /** Finished events older than this are evicted; null: whatever their age. */
  readonly maxAgeMs: number | null;
  /** Finished events are evicted when what is stored comes near this size; null or absent: no bound. */
  readonly maxBytes?: number | null;
}

export interface AttemptEnd {
  readonly eventId: string;
  readonly attempt: AttemptRecord;
  readonly outcome: AttemptOutcome;
  readonly reason: string | null;
}

export interface TrailAddition {
  readonly eventId: string;
  /** Null: of the attempt with that number of the event itself. */
  readonly jobId: string | null;
  readonly number: number;
  readonly step: TrailStep;
}

export interface NewRetryJob {
  readonly job: Omit<RetryJob, 'state'> & { readonly state: 'waiting' | 'exhausting' };
  /** The attempt that failed, for the job's history. */
  readonly attempt: AttemptRecord;
}

export interface JobClaimRequest {
  readonly nodeId: string;
  readonly nowMs: number;
  readonly limit: number;
  /** As `ClaimRequest.withinCluster`, of the jobs of this node. */
  readonly withinCluster?: number;
  /** Nothing else is in the flows: take one job that is to be alone, and no others. */
  readonly alone?: boolean;
}

export interface JobClaim {
  /** `running` ones are to be tried, `exhausting` ones go to the exhausted output. */
  readonly jobs: readonly RetryJob[];
  /** When the next job of this node is due; null if none waits. */
  readonly nextDueAtMs: number | null;
  /** A due job is left that is to be alone. */
  readonly alone: boolean;
  /** Due ones may be left for which there is no place in the cluster: ask again when one has ended somewhere. */
  readonly isFull?: boolean;
}

export interface JobSettlement {
  readonly jobId: string;
  readonly attempt: AttemptRecord;
  /** `waiting` with a new `dueAtMs` for another try. An interrupted job waits again, not counted. */
  readonly state: Exclude<JobState, 'running' | 'superseded'>;
  readonly dueAtMs?: number;
  readonly reason?: string;
  /** The attempt was interrupted by a deploy: it does not count as one. */
  readonly uncounted?: boolean;
}

export interface RecoveryReport {
  /** Events that were in a flow and are pending again. */
  readonly redelivered: number;
  /** Events and jobs given up because they crashed the runtime MAX_CRASHES times. */
  readonly poisoned: number;
  /** Jobs that were running and wait again. */
  readonly jobs: number;
  /** Endpoints with pending events. */
  readonly pendingEndpoints: readonly string[];
}

export interface EventDetail {
  readonly event: StoredEvent;
  readonly attempts: readonly (AttemptRecord & { readonly jobId: string | null })[];
  readonly jobs: readonly RetryJob[];
}

export interface JobQuery {
  readonly id?: string;
  readonly nodeId?: string;
  readonly eventId?: string;
  readonly open?: boolean;
  /** Only those that are older than the one with this id. */
  readonly before?: string;
  readonly limit: number;
}

export interface RejectionQuery {
  readonly endpoint?: string;
  /** Only those that are older than the one with this id. */
  readonly before?: string;
  readonly limit: number;
}

export interface PendingRoute {
  readonly endpoint: string;
  readonly method: string;
  /** Events that wait. */
  readonly count: number;
  /** Another living process takes them. */
  readonly elsewhere?: boolean;
}

export interface SyncSaving {
  /** Which sync. */
  readonly key: string;
  /** Its new memory, a text of its own format; absent: as it was. */
  readonly memory?: string;
  /** Digests (hexadecimal) of items that were delivered. */
  readonly delivered: readonly string[];
  /** Digests kept for this sync; beyond it the oldest go. */
  readonly maxItems: number;
}

export interface SyncRecall {
  readonly memory: string | null;
  readonly delivered: readonly string[];
}

/** Epoch milliseconds; null: never. After a crash they may be a minute too early. */
export interface SecretMatches {
  readonly endpoint: string;
  readonly currentAtMs: number | null;
  readonly previousAtMs: number | null;
}

export type WaitingPlace = { readonly endpoint: string } | { readonly nodeId: string };

/** Exact up to `COUNTED_WAITING`. */
export const COUNTED_WAITING = 1000;

export interface Waiting {
  /** At most COUNTED_WAITING. */
  readonly count: number;
  /** Since when the oldest waits: received, or tried for the first time. */
  readonly oldestAtMs: number | null;
  /** When the next job is due; null for events, and where none waits for its time. */
  readonly nextDueAtMs: number | null;
}

/** Counts above this may stay at it. */
export const COUNTED_MEASURE = 100_000;

export interface StoreMeasures {
  /** What this process did, since it opened the store. */
  readonly totals: readonly EndpointTotal[];
  /** How many events are stored in the statuses that somebody may have to look after. */
  readonly events: Readonly<Record<MeasuredStatus, number>>;
  readonly openJobs: number;
  readonly bytes: number;
}

export const MEASURED_STATUSES = ['pending', 'processing', 'retrying', 'failed'] as const;
export type MeasuredStatus = (typeof MEASURED_STATUSES)[number];

export interface StoreStats {
  readonly byStatus: Readonly<Record<EventStatus, number>>;
  readonly openJobs: number;
  readonly rejections: number;
  readonly bytes: number;
}
