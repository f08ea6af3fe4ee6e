import { WebhookError } from '../../shared/errors';
import type { AttemptRecord, EventSummary, NewEvent, Rejection, RetryJob } from '../event';
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
  SyncRecall,
  SyncSaving,
  TrailAddition,
  Waiting,
  WaitingPlace,
} from '../event-store';
import type { EventPage, EventQuery } from '../event-query';
import type { Peers } from '../peers';
import type { EndpointActivity } from '../minute-counts';
import { fromAttempt, fromError } from '../rows';
import type { EventStatus } from '../states';
import type { CallOptions } from './call-queue';
import { claimEvents } from './claims';
import { ClusterLink } from './cluster-link';
import type { LinkOptions } from './cluster-link';
import { cancelJob, discard, hastenJob, isTaken, remove, requeue } from './interventions';
import { claimJobs } from './job-claims';
import { Queries } from './queries';
import { Readers } from './readers';
import { saveSync } from './syncs';
import { takeOver } from './takeover';
import type { Transaction, Underway } from './transaction';
import { addToTrail, applyVerdicts, endAttempt, interrupt, park, settle } from './verdicts';
import type { Verdict } from './verdicts';

const LONGEST_PAGE = 500;
/** Removed in one transaction: others pass between them. */
const REMOVED_AT_ONCE = 500;
const LAZY: CallOptions = { urgency: 'lazy' };

/** The port: each call becomes a task of the writing connection, or a question. Made by `openPostgresStore`. */
export class PostgresEventStore implements EventStore {
  readonly #link: ClusterLink;
  readonly #readers: Readers;
  readonly #queries: Queries;
  /** What this process was handed and has not ended. */
  readonly #inHand = { events: new Set<string>(), jobs: new Set<string>() };
  #closing: Promise<void> | null = null;

  constructor(options: LinkOptions) {
    this.#readers = new Readers(options.settings);
    const hooks = { onBroken: () => this.#readers.drop() };
    this.#link = new ClusterLink(options, this.#inHand, hooks);
    this.#queries = new Queries(this.#readers, this.#link.clock, () => this.#link.instance);
  }

  open(): Promise<void> {
    return this.#link.open();
  }

  /** It could not be opened. */
  async abandon(): Promise<void> {
    await this.#readers.end();
  }

  async accept(
    event: NewEvent,
    { handOver, dedup, awaited = false }: AcceptOptions,
  ): Promise<Acceptance> {
    const receivedAtMs = this.#link.clock.toServer(event.receivedAtMs);
    const requestJson = JSON.stringify(event.request);
    const accept = { event, requestJson, receivedAtMs, handOver, awaited, dedup };
    const options = { refusable: true, bytes: event.body.length };
    const acceptance = await this.#link.queue.call<Acceptance>({ kind: 'accept', accept }, options);
    this.#link.secretTimes.note(event);
    if (handOver && acceptance.kind === 'stored') this.#inHand.events.add(event.id);
    return acceptance;
  }

  async claim(request: ClaimRequest): Promise<Claim> {
    const { endpointIds } = this.#link.writer;
    const isSolo = request.ordered || request.withinCluster !== undefined;
    const claim = await this.#alone((tx) => claimEvents(tx, request, endpointIds), { isSolo });
    for (const { id } of claim.events) this.#inHand.events.add(id);
    return claim;
  }

  async endAttempt({ eventId, attempt, outcome, reason }: AttemptEnd): Promise<EventStatus> {
    const verdict = endAttempt(eventId, fromAttempt(attempt), outcome, reason);
    const status = await this.#verdict<EventStatus>(verdict, LAZY);
    this.#inHand.events.delete(eventId);
    this.#link.keeper.written();
    return status;
  }

  async interrupt(eventId: string, attempt: AttemptRecord): Promise<void> {
    await this.#verdict(interrupt(eventId, fromAttempt(attempt)), LAZY);
    this.#inHand.events.delete(eventId);
  }

  async addToTrail({ eventId, jobId, number, step }: TrailAddition): Promise<void> {
    await this.#verdict(addToTrail(eventId, jobId, number, JSON.stringify(step)), LAZY);
  }

  async park({ job, attempt }: NewRetryJob): Promise<void> {
    const dueAtMs = this.#link.clock.toServer(job.dueAtMs);
    const errorJson = fromError(job.lastError);
    const verdict = park({ job, dueAtMs, errorJson, attempt: fromAttempt(attempt) });
    await this.#verdict(verdict, { bytes: job.message.length });
  }

  async claimJobs(request: JobClaimRequest): Promise<JobClaim> {
    const isSolo = request.withinCluster !== undefined;
    const run = (tx: Transaction): Promise<Underway<JobClaim>> =>
      claimJobs(tx, request, this.#link.clock);
    const claim = await this.#alone(run, { isSolo });
    for (const { id } of claim.jobs) this.#inHand.jobs.add(id);
    return claim;
  }

  async settleJob(settlement: JobSettlement): Promise<EventStatus | null> {
    const { jobId, attempt, state, dueAtMs, reason = null, uncounted = false } = settlement;
    const due = dueAtMs === undefined ? null : this.#link.clock.toServer(dueAtMs);
    const verdict = settle([jobId, fromAttempt(attempt), state, due, reason, uncounted]);
    const status = await this.#verdict<EventStatus | null>(verdict);
    this.#inHand.jobs.delete(jobId);
    this.#link.keeper.written();
    return status;
  }

  async requeue(eventId: string): Promise<void> {
    await this.#verdict(requeue(eventId));
  }

  async remove(eventIds: readonly string[]): Promise<number> {
    let removed = 0;
    for (let at = 0; at < eventIds.length; at += REMOVED_AT_ONCE) {
      const slice = eventIds.slice(at, at + REMOVED_AT_ONCE);
      removed += await this.#alone((tx) => remove(tx, slice), { refusable: true });
    }
    return removed;
  }

  async discard(eventId: string, reason = 'discarded'): Promise<void> {
    await this.#verdict(discard(eventId, reason));
  }

  cancelJob(jobId: string): Promise<EventStatus | null> {
    return this.#verdict(cancelJob(jobId));
  }

  async hastenJob(jobId: string, nodeId?: string): Promise<void> {
    await this.#alone(async (tx) => {
      const taken = nodeId !== undefined && (await isTaken(tx, jobId, nodeId));
      const [result] = await applyVerdicts(tx, [hastenJob(jobId, nodeId ?? null, taken)]);
      if (result !== undefined && 'error' in result) throw result.error;
    });
  }

  get peers(): Peers {
    return this.#link.peers;
  }

  recover(nowMs: number): Promise<RecoveryReport> {
    return this.#alone((tx) => takeOver(tx, this.#link.clock.toServer(nowMs)));
  }

  list(query: EventQuery): Promise<EventPage> {
    return this.#ask(() => this.#queries.list({ ...query, limit: page(query.limit) }));
  }

  get(eventId: string): Promise<EventDetail | undefined> {
    return this.#ask(() => this.#queries.get(eventId));
  }

  summaries(eventIds: readonly string[]): Promise<readonly EventSummary[]> {
    return this.#ask(() => {
      page(eventIds.length || 1);
      return this.#queries.summaries(eventIds);
    });
  }

  activity(nowMs: number): Promise<readonly EndpointActivity[]> {
    const { activity, clock } = this.#link;
    return this.#ask(() => activity.read(this.#readers, clock.toServer(nowMs)));
  }

  jobs(query: JobQuery): Promise<readonly RetryJob[]> {
    return this.#ask(() => this.#queries.jobs({ ...query, limit: page(query.limit) }));
  }

  pendingRoutes(): Promise<readonly PendingRoute[]> {
    return this.#ask(() => this.#queries.pendingRoutes());
  }

  stats(): Promise<StoreStats> {
    return this.#ask(() => this.#queries.stats());
  }

  measures(): Promise<StoreMeasures> {
    return this.#ask(async () => ({
      ...(await this.#queries.measures()),
      totals: this.#link.totals.read(),
    }));
  }

  waiting(at: WaitingPlace): Promise<Waiting> {
    return this.#ask(() => this.#queries.waiting(at));
  }

  async reject(rejection: Rejection): Promise<void> {
    const options = { urgency: 'lazy', refusable: true } as const;
    const atMs = this.#link.clock.toServer(rejection.atMs);
    const task = { kind: 'reject', reject: { rejection, countedAtMs: atMs } } as const;
    await this.#link.queue.call(task, options);
  }

  rejections(query: RejectionQuery): Promise<readonly Rejection[]> {
    return this.#ask(() => this.#queries.rejections({ ...query, limit: page(query.limit) }));
  }

  secretMatches(): Promise<readonly SecretMatches[]> {
    return this.#ask(() => this.#link.secretTimes.read(this.#readers));
  }

  async forgetSecretMatches(endpoint: string): Promise<void> {
    await this.#alone((tx) => this.#link.secretTimes.forget(tx, endpoint), LAZY);
  }

  async saveSync(saving: SyncSaving): Promise<void> {
    const check = this.#link.turns.check(saving.key);
    await this.#alone((tx) => {
      check(tx);
      return saveSync(tx, saving);
    });
  }

  recallSync(key: string, digests: readonly string[]): Promise<SyncRecall> {
    return this.#ask(() => this.#queries.recallSync(key, digests));
  }

  setRetention(limits: RetentionLimits): Promise<void> {
    this.#link.keeper.limits = limits;
    this.#link.keeper.written();
    return Promise.resolve();
  }

  /** Calls made before are written; a second close waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#link.close(closed());
    await this.#readers.end();
  }

  #verdict<Result>(verdict: Verdict, options: CallOptions = {}): Promise<Result> {
    return this.#link.queue.call<Result>({ kind: 'verdict', verdict }, options);
  }

  #alone<Result>(
    run: (tx: Transaction) => Promise<Result | Underway<Result>>,
    options: CallOptions = {},
  ): Promise<Result> {
    return this.#link.queue.call<Result>({ kind: 'alone', run }, options);
  }

  /** A question sees the writes that were called before it. */
  async #ask<Result>(question: () => Promise<Result>): Promise<Result> {
    if (this.#closing !== null) throw closed();
    await this.#link.queue.settled();
    return question();
  }
}

function closed(): WebhookError {
  return new WebhookError('store-unavailable', 'The history is closed.');
}

function page(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LONGEST_PAGE) return limit;
  throw new WebhookError('bad-config', `Expected a limit from 1 to ${LONGEST_PAGE}, got ${limit}.`);
}
