import type { AttemptRecord, RetryJob } from '../events/event';
import type { EventStore, JobSettlement } from '../events/event-store';
import { loadMessage } from '../events/message-bytes';
import { FINAL_STATUSES } from '../events/states';
import { hasExpired, nextAttempt } from '../retry/policy';
import type { Timer } from '../shared/clock';
import { errorText } from '../shared/errors';
import type { Attempt, AttemptOptions, AttemptResult } from './attempt';
import { attemptError } from './attempt-error';
import { attemptRecord, interruptedRecord } from './attempt-record';
import type { FlowMessage } from './flow-hooks';
import { keepLateError } from './late-error';
import type { QuarantineWorker } from './quarantine';
import { retryMessage, type RetrySettings, type RetryTools } from './retry-settings';

interface Transition extends Pick<JobSettlement, 'state' | 'reason' | 'uncounted'> {
  readonly delayMs?: number;
}

const CLAIM_RETRY_MS = 1000;
/** A place in the cluster may have become free without a word to this process. */
const IN_TURN_MS = 5000;

/**
 * The parked messages of one retry node: claims each when it is due, durably, runs it, and writes
 * what came of it. A job is in the store, not here: any instance of the node may run it.
 */
export class RetryJobs implements QuarantineWorker {
  readonly #tools: RetryTools;
  readonly #settings: () => RetrySettings;
  #open = false;
  #running = 0;
  #claiming = false;
  #timer: Timer | null = null;
  #nextDueAtMs = Infinity;
  /** Attempts that timed out and still work: the job's next one waits for them, bounded (rule 5). */
  readonly #undrained = new Map<string, Promise<void>>();
  /** What can't be stored of a parked message: kept as long as the process lives. */
  readonly #handles = new Map<string, FlowMessage>();

  constructor(settings: () => RetrySettings, tools: RetryTools) {
    this.#settings = settings;
    this.#tools = tools;
  }

  open(): void {
    this.#open = true;
    this.wake();
  }

  wake(): void {
    this.#dueAt(this.#tools.clock.now());
  }

  close(): void {
    this.#open = false;
    this.#timer?.cancel();
    this.#timer = null;
  }

  async takeAlone(): Promise<void> {
    const nowMs = this.#tools.clock.now();
    const before = this.#running;
    for (const store of this.#stores()) {
      if (this.#open && this.#running === before) await this.#claimFrom(store, nowMs, true);
    }
  }

  get running(): number {
    return this.#running;
  }

  /** A message was parked; `attempt` is the one that failed. */
  parked(job: Pick<RetryJob, 'id' | 'dueAtMs'>, msg: FlowMessage, attempt: Attempt | null): void {
    const { req, res } = msg;
    if (res !== undefined) this.#handles.set(job.id, { req, res });
    if (attempt !== null) this.#waitForDrain(job.id, attempt);
    this.#dueAt(job.dueAtMs);
  }

  /** A user ended it in the store. */
  ended(jobId: string): void {
    this.#handles.delete(jobId);
    this.#settings().onChange();
  }

  #dueAt(dueAtMs: number): void {
    this.#nextDueAtMs = Math.min(this.#nextDueAtMs, dueAtMs);
    this.#pump();
  }

  #pump(): void {
    if (!this.#open || this.#claiming || this.#running >= this.#settings().concurrency) return;
    if (!this.#tools.quarantine.isOpen) return;
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#nextDueAtMs === Infinity) return;
    const nowMs = this.#tools.clock.now();
    if (this.#nextDueAtMs <= nowMs) void this.#claim(nowMs);
    else this.#timer = this.#tools.clock.after(this.#nextDueAtMs - nowMs, () => this.#pump());
  }

  async #claim(nowMs: number): Promise<void> {
    this.#claiming = true;
    // What is parked from here on sets it again; the claim sees all that was parked before.
    this.#nextDueAtMs = Infinity;
    const before = this.#running;
    for (const store of this.#stores()) {
      const dueAtMs = await this.#claimFrom(store, nowMs);
      this.#nextDueAtMs = Math.min(this.#nextDueAtMs, dueAtMs);
    }
    this.#claiming = false;
    if (this.#running > before) this.#settings().onChange();
    this.#pump();
  }

  /** A job is where its event is, whatever history this node uses. */
  #stores(): Set<EventStore> {
    return new Set([this.#settings().store, ...(this.#tools.stores?.all() ?? [])]);
  }

  /** Takes what is due there, as far as there is room for it; returns when the next one is due. */
  async #claimFrom(store: EventStore, nowMs: number, alone = false): Promise<number> {
    const { nodeId, logger, quarantine } = this.#tools;
    const { concurrency, clusterWide } = this.#settings();
    const limit = alone ? 1 : concurrency - this.#running;
    const bounds = clusterWide === true ? { limit, withinCluster: concurrency } : { limit };
    if (limit <= 0) return nowMs;
    quarantine.entered();
    try {
      const claim = await store.claimJobs({ nodeId, nowMs, alone, ...bounds });
      const { jobs, nextDueAtMs, isFull = false } = claim;
      quarantine.entered(jobs.length);
      if (claim.alone && !isFull) quarantine.request(this);
      for (const job of jobs) void this.#run(job, store);
      if (nextDueAtMs === null) return Infinity;
      return isFull ? Math.max(nextDueAtMs, nowMs + IN_TURN_MS) : nextDueAtMs;
    } catch (thrown) {
      logger.warn(`Cannot read due retries of node ${nodeId}: ${errorText(thrown)}`);
      return nowMs + CLAIM_RETRY_MS;
    } finally {
      quarantine.left();
    }
  }

  /** `store` is where the job is kept: a deploy may give the node another one meanwhile. */
  async #run(job: RetryJob, store: EventStore): Promise<void> {
    this.#running++;
    const mayRun = await this.#isStillDue(job, store);
    const nowMs = this.#tools.clock.now();
    const kind = job.state === 'exhausting' ? 'exhausted' : 'retry';
    if (!this.#open || !mayRun) {
      this.#running--;
      const state = job.state === 'exhausting' ? 'exhausting' : 'waiting';
      const record = interruptedRecord(kind, job.attempts, nowMs);
      this.#settle(job, store, record, { state, uncounted: true });
      return;
    }
    if (job.state !== 'exhausting' && this.#expire(job, store, nowMs)) return;
    try {
      this.#start(job, store);
    } catch (thrown) {
      this.#running--;
      const error = attemptError(thrown, this.#tools.nodeId);
      const record = { ...interruptedRecord(kind, job.attempts, nowMs), error };
      this.#settle(job, store, { ...record, outcome: 'failed' }, { state: 'exhausted' });
    }
  }

  /** While it waits for what its last attempt left, its event may be delivered again, which replaces it. */
  async #isStillDue(job: RetryJob, store: EventStore): Promise<boolean> {
    const undrained = this.#undrained.get(job.id);
    if (undrained === undefined) return true;
    await undrained;
    if (job.eventId === null) return true;
    try {
      const detail = await store.get(job.eventId);
      if (detail?.event.status === 'pending') return false;
      return detail?.jobs.some(({ id, state }) => id === job.id && state === job.state) ?? false;
    } catch {
      // The store reports its own problems. To run once too often is allowed, not to run is not.
      return true;
    }
  }

  /** True: it waited for longer than it may, while nobody could run it. */
  #expire(job: RetryJob, store: EventStore, nowMs: number): boolean {
    if (!hasExpired(this.#settings().policy, nowMs - job.firstAttemptAtMs)) return false;
    this.#running--;
    const record = interruptedRecord('retry', job.attempts, nowMs);
    this.#settle(job, store, record, { state: 'exhausting', reason: 'expired', uncounted: true });
    return true;
  }

  /** Throws if the message of the job cannot be read. */
  #start(job: RetryJob, store: EventStore): void {
    const settings = this.#settings();
    const msg: FlowMessage = { ...loadMessage(job.message), ...this.#handles.get(job.id) };
    if (msg['res'] === null) msg['res'] = this.#tools.inertResponse();
    const owner =
      job.eventId === null ? null : { eventId: job.eventId, eventAttempt: job.eventAttempt, store };
    const attempt: Attempt = this.#tools.tracker.start(
      job.state === 'exhausting' ? judgedByItself(settings.attempt) : settings.attempt,
      {
        onConcluded: (result) => this.#concluded(job, store, attempt, result),
        onLateError: (step) => {
          if (owner === null) return;
          const { eventId } = owner;
          keepLateError(this.#tools, store, { eventId, jobId: job.id, number: job.attempts }, step);
        },
      },
      retryMessage(this.#tools, settings, msg, job),
      job.state === 'exhausting' ? settings.sendExhausted : settings.sendAttempt,
      { owner, outer: null },
    );
  }

  #concluded(job: RetryJob, store: EventStore, attempt: Attempt, result: AttemptResult): void {
    this.#running--;
    const exhausting = job.state === 'exhausting';
    const record = attemptRecord(exhausting ? 'exhausted' : 'retry', job.attempts, result);
    const to = exhausting ? afterExhausted(result) : this.#after(job, attempt, result);
    this.#settle(job, store, record, to);
  }

  #after(job: RetryJob, attempt: Attempt, result: AttemptResult): Transition {
    if (result.outcome === 'interrupted') return { state: 'waiting', uncounted: true };
    if (result.error === null) return { state: 'done' };
    const { permanent, retryAfterMs } = result.error;
    const ageMs = this.#tools.clock.now() - job.firstAttemptAtMs;
    const failed = { attempts: job.attempts, permanent, retryAfterMs, ageMs };
    const decision = nextAttempt(this.#settings().policy, failed, this.#tools.random);
    if (decision.kind === 'exhausted') return { state: 'exhausting', reason: decision.reason };
    this.#waitForDrain(job.id, attempt);
    return { state: 'waiting', delayMs: decision.delayMs };
  }

  #settle(
    job: RetryJob,
    store: EventStore,
    attempt: AttemptRecord,
    { delayMs = 0, ...to }: Transition,
  ): void {
    const { writer, quarantine, clock, logger, onEventEnded } = this.#tools;
    const { onChange, clusterWide } = this.#settings();
    const dueAtMs = clock.now() + delayMs;
    const open = to.state === 'waiting' || to.state === 'exhausting';
    if (!open) this.#handles.delete(job.id);
    writer
      .write(`the outcome of retry job ${job.id}`, async () => {
        const status = await store.settleJob({ jobId: job.id, attempt, dueAtMs, ...to });
        if (status !== null && FINAL_STATUSES.includes(status)) onEventEnded();
        if (open) this.#dueAt(dueAtMs);
        // Its place in the cluster is free.
        if (clusterWide === true) this.wake();
        else this.#pump();
        onChange();
      })
      .catch((thrown: unknown) => {
        logger.error(`Cannot write retry job ${job.id}: ${errorText(thrown)}`);
        this.#pump();
      })
      .finally(() => quarantine.left());
  }

  #waitForDrain(jobId: string, attempt: Attempt): void {
    let idle = false;
    const drained = new Promise<void>((resolve) => {
      attempt.whenIdle(this.#settings().attempt.timeoutMs, () => {
        idle = true;
        this.#undrained.delete(jobId);
        resolve();
      });
    });
    if (!idle) this.#undrained.set(jobId, drained);
  }
}

/**
 * How the branch behind the `exhausted` output is followed. Its end changes nothing, so there no
 * webhook-outcome node is waited for: without one the event would be `retrying` until the time-out.
 */
function judgedByItself(options: AttemptOptions): AttemptOptions {
  return { ...options, outcome: 'automatic' };
}

/** The branch behind the `exhausted` output has run; whatever its end, the job is a dead letter. */
function afterExhausted(result: AttemptResult): Transition {
  return result.outcome === 'interrupted'
    ? { state: 'exhausting', uncounted: true }
    : { state: 'exhausted' };
}
