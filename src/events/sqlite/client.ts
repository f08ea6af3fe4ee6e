import { WebhookError } from '../../shared/errors';
import type { EventSummary, NewEvent, Rejection, RetryJob } from '../event';
import type { AttemptRecord } from '../event';
import type {
  Acceptance,
  AcceptOptions,
  AttemptEnd,
  Claim,
  ClaimRequest,
  EventDetail,
  EventStore,
  JobClaim,
  JobClaimRequest,
  JobQuery,
  RejectionQuery,
  JobSettlement,
  NewRetryJob,
  PendingRoute,
  RecoveryReport,
  RetentionLimits,
  SecretMatches,
  StoreMeasures,
  StoreStats,
  TrailAddition,
  Waiting,
  WaitingPlace,
  SyncRecall,
  SyncSaving,
} from '../event-store';
import type { EventPage, EventQuery } from '../event-query';
import type { EndpointActivity } from '../minute-counts';
import type { EventStatus } from '../states';
import type { Channel } from './channel';
import { STORED } from './protocol';
import type { AcceptArgs, AcceptResult, Args, CallName, ParkArgs, Result } from './protocol';
import {
  FLAG_EDITED,
  FLAG_TEST,
  fromAttempt,
  fromError,
  toAttempt,
  toRejection,
  toRetryJob,
  toStoredEvent,
  toSummary,
} from '../rows';
import type { StoreThread } from './thread';

const LONGEST_PAGE = 500;
/** Deleting more in one transaction stalls the inserts behind it (retention takes as many). */
const REMOVED_AT_ONCE = 40;

/** What this process was handed and has not ended: a new thread of the store leaves it alone. */
export interface InHandSets {
  readonly events: Set<string>;
  readonly jobs: Set<string>;
}

/** The port on the main thread: translates calls for the store's thread. Made by `openSqliteStore`. */
export class SqliteEventStore implements EventStore {
  /** Where a damaged file was put when this store was opened; null: the file was sound. */
  readonly recoveredFrom: string | null;
  /** The file is locked. */
  readonly peers = null;
  readonly #channel: Channel;
  readonly #thread: StoreThread;
  readonly #inHand: InHandSets;
  #closing: Promise<void> | null = null;

  constructor(
    channel: Channel,
    thread: StoreThread,
    inHand: InHandSets,
    recoveredFrom: string | null,
  ) {
    this.#channel = channel;
    this.#thread = thread;
    this.#inHand = inHand;
    this.recoveredFrom = recoveredFrom;
  }

  async accept(event: NewEvent, options: AcceptOptions): Promise<Acceptance> {
    const args = acceptArgs(event, options);
    const result = (await this.#channel.call('accept', args, 'urgent', event.body)) as AcceptResult;
    if (typeof result !== 'number') return { kind: result[0], eventId: result[1] };
    if (options.handOver) this.#inHand.events.add(event.id);
    return result === STORED ? STORED_ANSWER : CONFLICT_ANSWER;
  }

  async claim(request: ClaimRequest): Promise<Claim> {
    const { endpoint, methods, limit, maxBytes, ordered, alone = false } = request;
    const args = [endpoint, methods, limit, maxBytes, ordered, alone] as const;
    const { events, ...rest } = await this.#call('claim', args);
    for (const { id } of events) this.#inHand.events.add(id);
    return { events: events.map(toStoredEvent), ...rest };
  }

  async endAttempt({ eventId, attempt, outcome, reason }: AttemptEnd): Promise<EventStatus> {
    const args = [eventId, fromAttempt(attempt), outcome, reason] as const;
    const status = await this.#call('endAttempt', args, 'lazy');
    this.#inHand.events.delete(eventId);
    return status;
  }

  async interrupt(eventId: string, attempt: AttemptRecord): Promise<void> {
    await this.#call('interrupt', [eventId, fromAttempt(attempt)], 'lazy');
    this.#inHand.events.delete(eventId);
  }

  async addToTrail({ eventId, jobId, number, step }: TrailAddition): Promise<void> {
    await this.#call('addToTrail', [eventId, jobId, number, JSON.stringify(step)], 'lazy');
  }

  async park({ job, attempt }: NewRetryJob): Promise<void> {
    const args: ParkArgs = [
      job.id,
      job.eventId,
      job.eventAttempt,
      job.nodeId,
      job.arrival,
      job.state,
      job.attempts,
      job.firstAttemptAtMs,
      job.dueAtMs,
      fromError(job.lastError),
      job.reason,
      fromAttempt(attempt),
    ];
    await this.#channel.call('park', args, 'urgent', job.message);
  }

  async claimJobs(request: JobClaimRequest): Promise<JobClaim> {
    const { nodeId, nowMs, limit, alone = false } = request;
    const { jobs, ...rest } = await this.#call('claimJobs', [nodeId, nowMs, limit, alone]);
    for (const { id } of jobs) this.#inHand.jobs.add(id);
    return { jobs: jobs.map(toRetryJob), ...rest };
  }

  async settleJob(settlement: JobSettlement): Promise<EventStatus | null> {
    const { jobId, attempt, state, dueAtMs = null, reason = null, uncounted = false } = settlement;
    const args = [jobId, fromAttempt(attempt), state, dueAtMs, reason, uncounted] as const;
    const status = await this.#call('settleJob', args);
    this.#inHand.jobs.delete(jobId);
    return status;
  }

  async requeue(eventId: string): Promise<void> {
    await this.#call('requeue', [eventId]);
  }

  /** In slices, each in a transaction of its own: writes of others pass between them. */
  async remove(eventIds: readonly string[]): Promise<number> {
    let removed = 0;
    for (let at = 0; at < eventIds.length; at += REMOVED_AT_ONCE) {
      removed += await this.#call('remove', [eventIds.slice(at, at + REMOVED_AT_ONCE)]);
    }
    return removed;
  }

  async discard(eventId: string, reason = 'discarded'): Promise<void> {
    await this.#call('discard', [eventId, reason]);
  }

  cancelJob(jobId: string): Promise<EventStatus | null> {
    return this.#call('cancelJob', [jobId]);
  }

  async hastenJob(jobId: string, nodeId?: string): Promise<void> {
    await this.#call('hastenJob', [jobId, nodeId ?? null]);
  }

  recover(nowMs: number): Promise<RecoveryReport> {
    return this.#call('recover', [nowMs]);
  }

  async list(query: EventQuery): Promise<EventPage> {
    const others = this.#channel.waiting;
    const answer = this.#call('list', [{ ...query, limit: page(query.limit) }]);
    const calls = this.#channel.calls;
    const { rows, next } = await answer;
    const isQuiet = others === 0 && this.#channel.calls === calls;
    return { events: rows.map(toSummary), next, isQuiet };
  }

  async get(eventId: string): Promise<EventDetail | undefined> {
    const detail = await this.#call('get', [eventId]);
    if (detail === null) return undefined;
    return {
      event: toStoredEvent(detail.event),
      attempts: detail.attempts.map(toAttempt),
      jobs: detail.jobs.map(toRetryJob),
    };
  }

  async summaries(eventIds: readonly string[]): Promise<readonly EventSummary[]> {
    page(eventIds.length || 1);
    return (await this.#call('summaries', [eventIds])).map(toSummary);
  }

  activity(nowMs: number): Promise<readonly EndpointActivity[]> {
    return this.#call('activity', [nowMs]);
  }

  async jobs(query: JobQuery): Promise<readonly RetryJob[]> {
    const rows = await this.#call('jobs', [{ ...query, limit: page(query.limit) }]);
    return rows.map(toRetryJob);
  }

  pendingRoutes(): Promise<readonly PendingRoute[]> {
    return this.#call('pendingRoutes', []);
  }

  stats(): Promise<StoreStats> {
    return this.#call('stats', []);
  }

  measures(): Promise<StoreMeasures> {
    return this.#call('measures', []);
  }

  waiting(at: WaitingPlace): Promise<Waiting> {
    return this.#call('waiting', 'endpoint' in at ? [at.endpoint, null] : [null, at.nodeId]);
  }

  async reject(rejection: Rejection): Promise<void> {
    const { id, atMs, endpoint, status, cause, detail, method, path, ip } = rejection;
    const { headers, bodyBytes } = rejection;
    const args: Args<'reject'> = [
      ...([id, atMs, endpoint, status, cause, detail, method, path, ip] as const),
      ...([JSON.stringify(headers), bodyBytes] as const),
    ];
    await this.#call('reject', args, 'lazy');
  }

  async rejections(query: RejectionQuery): Promise<readonly Rejection[]> {
    const { endpoint = null, before = null, limit } = query;
    const rows = await this.#call('rejections', [endpoint, before, page(limit)]);
    return rows.map(toRejection);
  }

  secretMatches(): Promise<readonly SecretMatches[]> {
    return this.#call('secretMatches', []);
  }

  async forgetSecretMatches(endpoint: string): Promise<void> {
    await this.#call('forgetSecretMatches', [endpoint], 'lazy');
  }

  async saveSync({ key, memory, delivered, maxItems }: SyncSaving): Promise<void> {
    await this.#call('saveSync', [key, memory ?? null, delivered, maxItems]);
  }

  recallSync(key: string, digests: readonly string[]): Promise<SyncRecall> {
    return this.#call('recallSync', [key, digests]);
  }

  async setRetention(limits: RetentionLimits): Promise<void> {
    this.#thread.retention = limits;
    await this.#call('setRetention', [limits]);
  }

  /** The settings of the connection that writes, for diagnosis. */
  pragmas(): Promise<Readonly<Record<string, string | number>>> {
    return this.#call('pragmas', []);
  }

  /** Calls made before are written; a second close waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = this.#channel.call('close', []);
    this.#channel.refuse('The history is closed.');
    try {
      const exited = this.#thread.end('by itself');
      await closed;
      await exited;
    } catch {
      await this.#thread.end('at once');
    }
  }

  #call<Name extends CallName>(
    name: Name,
    args: Args<Name>,
    urgency: 'urgent' | 'lazy' = 'urgent',
  ): Promise<Result<Name>> {
    return this.#channel.call(name, args, urgency) as Promise<Result<Name>>;
  }
}

const STORED_ANSWER: Acceptance = { kind: 'stored', conflict: false };
const CONFLICT_ANSWER: Acceptance = { kind: 'stored', conflict: true };

function acceptArgs(event: NewEvent, { handOver, dedup }: AcceptOptions): AcceptArgs {
  const { verification, request } = event;
  return [
    event.id,
    event.endpoint,
    event.name,
    event.provider,
    event.eventType,
    event.deliveryId,
    event.receivedAtMs,
    verification?.scheme ?? null,
    verification?.secret ?? null,
    request.method,
    request.path,
    JSON.stringify(request),
    event.replayOf,
    (event.edited ? FLAG_EDITED : 0) | (event.test ? FLAG_TEST : 0),
    handOver,
    dedup?.key ?? null,
    dedup?.windowMs ?? 0,
  ];
}

function page(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LONGEST_PAGE) return limit;
  throw new WebhookError('bad-config', `Expected a limit from 1 to ${LONGEST_PAGE}, got ${limit}.`);
}
