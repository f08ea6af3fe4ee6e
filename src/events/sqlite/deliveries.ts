import { WebhookError } from '../../shared/errors';
import { CRASHED_REASON, crashed, isLiving } from '../attempt-rules';
import type { RecoveryReport } from '../event-store';
import { eventStatus, MAX_CRASHES, suspicion } from '../states';
import type { AttemptOutcome, EventStatus, Suspicion } from '../states';
import { bodyDigest } from './dedup';
import type { AcceptArgs, AcceptResult, Args } from './protocol';
import { STORED, STORED_CONFLICT } from './protocol';
import type { AttemptArgs, EventRow } from '../rows';
import { FLAG_TEST } from '../rows';
import type { Tables } from './tables';

/** Rows of events, for the caller to read in full, and whether others wait. */
export interface Claimed {
  readonly seqs: readonly number[];
  readonly more: boolean;
  readonly next: Suspicion;
}

const DAMAGED_REASON = 'damaged in the history file: its body cannot be read';
const NONE_LEFT = { more: false, next: 'fresh' } as const;
const NO_JOBS = { openJobs: 0, lostJobs: 0, doneJobs: 0 };

/**
 * What happens to events between the socket and the end of an attempt, inside the writer's transactions.
 * Each operation checks before it writes, so that a refusal leaves the transaction of the others sound.
 */
export class Deliveries {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  accept(args: AcceptArgs, body: Uint8Array, nowMs: number): AcceptResult {
    const { endpoints, dedup } = this.#tables;
    const [id, endpoint, , , , , receivedAtMs, , , , , , , , , key, windowMs] = args;
    const endpointId = endpoints.findOrAdd(endpoint);
    this.#noteSecret(args, endpointId);
    if (key === null) {
      this.#store(args, endpointId, body, false);
      return STORED;
    }
    const digest = bodyDigest(body);
    const known = dedup.find(endpointId, key, digest, receivedAtMs);
    if (known.eventId !== null) return this.#duplicate(args, known.eventId, nowMs);
    this.#store(args, endpointId, body, known.conflict);
    dedup.insert(endpointId, key, digest, id, receivedAtMs + windowMs);
    return known.conflict ? STORED_CONFLICT : STORED;
  }

  /** Neither a replay nor a test says anything about what the sender signs with. */
  #noteSecret(args: AcceptArgs, endpointId: number): void {
    const [, endpoint, , , , , receivedAtMs, , secret, , , , replayOf, flags] = args;
    if (secret === null || replayOf !== null || (flags & FLAG_TEST) !== 0) return;
    const which = secret === 'previous' ? 'previous' : 'current';
    this.#tables.secretTimes.note(endpointId, endpoint, which, receivedAtMs);
  }

  /** The oldest pending events, `processing` now. */
  claim(
    [endpoint, methods, limit, maxBytes, ordered, alone]: Args<'claim'>,
    nowMs: number,
  ): Claimed {
    const { endpoints, events, jobs } = this.#tables;
    const endpointId = endpoints.find(endpoint);
    if (endpointId === undefined) return { seqs: [], ...NONE_LEFT };
    const most = ordered && events.isAnyInFlow(endpointId, methods) ? 0 : limit;
    const seqs: number[] = [];
    let bytes = 0;
    let taken: Suspicion | null = alone ? 'alone' : null;
    for (;;) {
      // One more than are taken: it tells whether any is left.
      const wanted = most - seqs.length + 1;
      const rows = events.pending(endpointId, methods, wanted);
      for (const row of rows) {
        bytes += row.body_bytes;
        const next = suspicion(row.unfinished);
        const isFull = seqs.length >= most || (seqs.length > 0 && bytes > maxBytes);
        if (isFull || next !== (taken ?? next) || (next === 'alone' && !alone)) {
          return { seqs, more: true, next };
        }
        jobs.supersede(row.seq);
        if (row.unfinished >= MAX_CRASHES) this.#giveUp(row, nowMs);
        else {
          seqs.push(this.#handOver(row, nowMs));
          taken = next;
        }
      }
      if (rows.length < wanted) return { seqs, ...NONE_LEFT };
    }
  }

  endAttempt(
    eventId: string,
    attempt: AttemptArgs,
    outcome: AttemptOutcome,
    reason: string | null,
    nowMs: number,
  ): EventStatus {
    const { events, attempts, jobs } = this.#tables;
    const fresh = events.takeFresh(eventId);
    if (fresh !== undefined && isLiving(fresh, attempt)) {
      attempts.insertFirst(fresh, attempt);
      const status = eventStatus({ outcome, ...NO_JOBS });
      return events.change(fresh, { status, outcome, reason, unfinished: 0 }, nowMs);
    }
    const row = events.require(eventId);
    const living = isLiving(row, attempt);
    if (living || !attempts.isKnown(row.seq, attempt)) attempts.insert(row, null, attempt);
    if (!living) return row.status;
    const progress = jobs.progress(row.seq, row.attempt);
    const status = eventStatus({ outcome, ...progress });
    return events.change(row, { status, outcome, reason, unfinished: 0 }, nowMs);
  }

  interrupt(eventId: string, attempt: AttemptArgs, nowMs: number): null {
    const { events, attempts } = this.#tables;
    const row = events.require(eventId);
    const living = isLiving(row, attempt);
    if (living || !attempts.isKnown(row.seq, attempt)) attempts.insert(row, null, attempt);
    if (living) this.#putBack(row, Math.max(0, row.unfinished - 1), nowMs);
    return null;
  }

  /** A claim that did not reach anybody: the hand-over does not count. */
  takeBack(seq: number, nowMs: number): void {
    const row = this.#tables.events.at(seq);
    if (row?.status === 'processing') this.#putBack(row, Math.max(0, row.unfinished - 1), nowMs);
  }

  /** What was stored of the event can't be read any more. */
  giveUpDamaged(seq: number, nowMs: number): void {
    const row = this.#tables.events.at(seq);
    if (row?.status === 'processing') this.#giveUp(row, nowMs, DAMAGED_REASON);
  }

  addToTrail(eventId: string, jobId: string | null, number: number, stepJson: string): null {
    const { events, attempts } = this.#tables;
    const row = events.find(eventId);
    if (row !== undefined) attempts.addToTrail(row.seq, jobId, number, stepJson);
    return null;
  }

  requeue(eventId: string, nowMs: number): null {
    const row = this.#tables.events.require(eventId);
    if (row.status !== 'failed') {
      throw new WebhookError(
        'bad-config',
        `The event ${eventId} is ${row.status}: only a failed one can be delivered again; replay it instead.`,
      );
    }
    this.#putBack(row, 0, nowMs);
    return null;
  }

  /**
   * Puts back what nobody has in hand: all that was in a flow when the process died, or - `living` -
   * what this process does not know of, because the store's thread died with the answer.
   */
  recover(nowMs: number, living: ReadonlySet<string> | null): Omit<RecoveryReport, 'jobs'> {
    const { endpoints, events } = this.#tables;
    let redelivered = 0;
    let poisoned = 0;
    const pendingEndpoints: string[] = [];
    for (const endpointId of endpoints.ids()) {
      const open = [
        ...events.inState(endpointId, 'processing'),
        ...events.inState(endpointId, 'retrying').filter(({ outcome }) => outcome === null),
      ].filter(({ id }) => living?.has(id) !== true);
      for (const row of open) {
        if (this.#reclaim(row, nowMs, living !== null) === 'failed') poisoned += 1;
        else redelivered += 1;
      }
      if (events.inState(endpointId, 'pending').length > 0) {
        pendingEndpoints.push(endpoints.key(endpointId));
      }
    }
    return { redelivered, poisoned, pendingEndpoints };
  }

  #store(args: AcceptArgs, endpointId: number, body: Uint8Array, conflict: boolean): void {
    const seq = this.#tables.events.insert(args, endpointId, body.length, conflict);
    this.#tables.texts.stored(seq);
    this.#tables.bodies.insert(seq, args[11], body);
  }

  #duplicate(args: AcceptArgs, eventId: string, nowMs: number): AcceptResult {
    const [, endpoint, , , , , receivedAtMs] = args;
    const { events, repeats, totals } = this.#tables;
    const row = events.find(eventId);
    const kind = row?.status === 'failed' ? 'requeued' : 'duplicate';
    totals.add(endpoint, kind);
    if (row?.status === 'failed') this.#putBack(row, 0, nowMs);
    else if (row !== undefined) repeats.note(eventId, receivedAtMs, nowMs);
    return [kind, eventId];
  }

  #handOver(row: EventRow, nowMs: number): number {
    const { attempt, unfinished } = row;
    const change = {
      status: 'processing',
      outcome: null,
      reason: null,
      attempt: attempt + 1,
      unfinished: unfinished + 1,
    } as const;
    this.#tables.events.change(row, change, nowMs);
    return row.seq;
  }

  #putBack(row: EventRow, unfinished: number, nowMs: number): void {
    const change = { status: 'pending', outcome: null, reason: null, unfinished } as const;
    this.#tables.events.change(row, change, nowMs);
  }

  #reclaim(row: EventRow, nowMs: number, processLives: boolean): EventStatus {
    const { attempts, jobs } = this.#tables;
    if (processLives) {
      this.#putBack(row, Math.max(0, row.unfinished - 1), nowMs);
      return 'pending';
    }
    attempts.insert(row, null, crashed('delivery', row.attempt, nowMs));
    if (row.unfinished < MAX_CRASHES) {
      this.#putBack(row, row.unfinished, nowMs);
      return 'pending';
    }
    jobs.supersede(row.seq);
    return this.#giveUp(row, nowMs);
  }

  #giveUp(row: EventRow, nowMs: number, reason = CRASHED_REASON): EventStatus {
    const change = { status: 'failed', outcome: 'failed', reason } as const;
    return this.#tables.events.change(row, change, nowMs);
  }
}
