import type { AttemptError, TrailStep } from '../events/event';
import { storeMessage } from '../events/message-bytes';
import { nextAttempt } from '../retry/policy';
import { newId } from '../shared/ids';
import type { Attempt, AttemptOwner, AttemptResult } from './attempt';
import { attemptRecord } from './attempt-record';
import type { FlowMessage } from './flow-hooks';
import { keepLateError } from './late-error';
import type { RetryJobs } from './retry-jobs';
import { retryMessage, type RetrySettings, type RetryTools } from './retry-settings';

/** A message on its first attempt, before anything of it is stored. */
interface FirstAttempt {
  readonly msg: FlowMessage;
  readonly startedAtMs: number;
  readonly outer: Attempt | null;
  readonly done: (error?: unknown) => void;
}

interface Parking {
  readonly state: 'waiting' | 'exhausting';
  /** Attempts made. */
  readonly attempts: number;
  readonly delayMs: number;
  readonly error: AttemptError | null;
  readonly reason: string | null;
}

/** Hand-overs of which arrivals are counted at once. */
const MAX_COUNTED = 1000;

/**
 * The first attempt of each message at a retry node: it runs within the attempt that brought it, and
 * the node reports done when it succeeded - or when the message is safely parked (rule 1).
 */
export class FirstAttempts {
  readonly #tools: RetryTools;
  readonly #settings: () => RetrySettings;
  readonly #jobs: RetryJobs;
  readonly #interrupted: FirstAttempt[] = [];
  /** Messages parked of each hand-over of an event: (event, node, arrival) names a job. */
  readonly #arrivals = new Map<string, number>();
  #open = false;

  constructor(settings: () => RetrySettings, tools: RetryTools, jobs: RetryJobs) {
    this.#settings = settings;
    this.#tools = tools;
    this.#jobs = jobs;
  }

  open(): void {
    this.#open = true;
    for (const first of this.#interrupted.splice(0)) {
      // Where the attempt outside ended meanwhile, its event is delivered again as a whole.
      if (first.outer?.concluded !== true) this.#try(first);
    }
  }

  close(): void {
    this.#open = false;
  }

  get waiting(): number {
    return this.#interrupted.length;
  }

  receive(msg: FlowMessage, done: (error?: unknown) => void): void {
    const { tracker, nodeId, clock } = this.#tools;
    const outer = tracker.attemptOf(nodeId, msg) ?? null;
    this.#try({ msg, startedAtMs: clock.now(), outer, done });
  }

  #try(first: FirstAttempt): void {
    const { msg, outer, startedAtMs: firstAttemptAtMs } = first;
    const settings = this.#settings();
    const job = { attempts: 1, lastError: null, firstAttemptAtMs, reason: null };
    const attempt: Attempt = this.#tools.tracker.start(
      settings.attempt,
      {
        onConcluded: (result) => void this.#concluded(first, attempt, result),
        onLateError: (step) => this.#failedLate(outer, step),
      },
      retryMessage(this.#tools, settings, msg, job),
      settings.sendAttempt,
      { owner: outer?.owner ?? null, outer },
    );
  }

  /** A first attempt that succeeded has no record of its own: it is part of the attempt that brought it. */
  #failedLate(outer: Attempt | null, step: TrailStep): void {
    if (outer?.concluded === false) outer.trail.include(step);
    else if (outer?.owner) {
      const { eventId, eventAttempt, store } = outer.owner;
      keepLateError(this.#tools, store, { eventId, jobId: null, number: eventAttempt }, step);
    }
  }

  async #concluded(first: FirstAttempt, attempt: Attempt, result: AttemptResult): Promise<void> {
    if (result.outcome === 'interrupted') {
      await this.#wasInterrupted(first, result);
      return;
    }
    const { error } = result;
    if (error === null) {
      // Rule 8 looks through a retry node: what was filtered behind it ended at it.
      if (result.outcome === 'ignored') {
        first.outer?.trail.dropped(this.#tools.nodeId, result.reason ?? '');
      }
      first.outer?.trail.includeAttempt(result.trail, result.startedAtMs);
      first.done();
      return;
    }
    try {
      await this.#park(first, attempt, result, this.#parking(error, first.startedAtMs));
      first.done();
    } catch (thrown) {
      first.done(thrown);
    }
  }

  #parking(error: AttemptError, startedAtMs: number): Parking {
    const { permanent, retryAfterMs } = error;
    const ageMs = this.#tools.clock.now() - startedAtMs;
    const failed = { attempts: 1, permanent, retryAfterMs, ageMs };
    const decision = nextAttempt(this.#settings().policy, failed, this.#tools.random);
    return decision.kind === 'retry'
      ? { state: 'waiting', attempts: 1, delayMs: decision.delayMs, error, reason: null }
      : { state: 'exhausting', attempts: 1, delayMs: 0, error, reason: decision.reason };
  }

  /**
   * A deploy took a node away. If it took this one as well, the attempt outside is interrupted too
   * and its event is delivered again; a message that no event stands for would be lost: it is parked.
   */
  async #wasInterrupted(first: FirstAttempt, result: AttemptResult): Promise<void> {
    if (first.outer?.concluded) return;
    if (first.outer !== null || this.#open) {
      this.#interrupted.push(first);
      return;
    }
    const again: Parking = { state: 'waiting', attempts: 0, delayMs: 0, error: null, reason: null };
    try {
      await this.#park(first, null, result, again);
      first.done();
    } catch (thrown) {
      first.done(thrown);
    }
  }

  async #park(
    first: FirstAttempt,
    attempt: Attempt | null,
    result: AttemptResult,
    to: Parking,
  ): Promise<void> {
    const { clock, nodeId, writer } = this.#tools;
    const { store: own, onChange } = this.#settings();
    const nowMs = clock.now();
    const owner = first.outer?.owner ?? null;
    // The job and its event's status are one transaction.
    const store = owner?.store ?? own;
    const job = {
      id: newId(nowMs),
      eventId: owner?.eventId ?? null,
      eventAttempt: owner?.eventAttempt ?? 0,
      nodeId,
      arrival: this.#arrival(owner),
      state: to.state,
      attempts: to.attempts,
      firstAttemptAtMs: first.startedAtMs,
      dueAtMs: nowMs + to.delayMs,
      lastError: to.error,
      reason: to.reason,
      message: storeMessage(first.msg),
    };
    const record = attemptRecord('retry', 1, result);
    await writer.write(`retry job ${job.id}`, () => store.park({ job, attempt: record }));
    this.#jobs.parked(job, first.msg, attempt);
    onChange();
  }

  #arrival(owner: AttemptOwner | null): number {
    if (owner === null) return 1;
    const key = `${owner.eventId} ${owner.eventAttempt}`;
    const arrival = (this.#arrivals.get(key) ?? 0) + 1;
    this.#arrivals.set(key, arrival);
    if (this.#arrivals.size > MAX_COUNTED) {
      this.#arrivals.delete(this.#arrivals.keys().next().value ?? '');
    }
    return arrival;
  }
}
