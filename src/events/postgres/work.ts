import { WebhookError } from '../../shared/errors';
import { isInFlow } from '../attempt-rules';
import { isInHand } from '../job-rules';
import type { JobChange } from '../job-rules';
import type { AttemptArgs } from '../rows';
import { canBecome, isFinal, OPEN_JOB_STATES } from '../states';
import type { EventProgress, EventStatus, JobState } from '../states';
import { attemptTotal } from '../totals';
import { arrivalKey, endKey } from './work-rows';
import type { EventChange, EventEntry, JobEntry, ParkArgs } from './work-rows';
import { WorkWriter } from './work-writer';
import type { Transaction } from './transaction';

/** How many jobs of the latest attempt of an event are in which state. */
type Counts = Map<JobState, number>;

export interface Loaded {
  readonly events: readonly EventEntry[];
  readonly jobs: readonly JobEntry[];
  readonly counts: readonly { event_seq: number; state: JobState; n: number }[];
  /** See `arrivalKey` and `endKey`. */
  readonly known: ReadonlySet<string>;
}

/**
 * The rows of events and jobs that a stretch of calls is about, locked and in memory: the rules of the state
 * machine work on them one call after the other, and what they changed is written at once.
 */
export class Work {
  readonly me: number;
  readonly nowMs: number;
  readonly #tx: Transaction;
  readonly #events = new Map<number, EventEntry>();
  readonly #seqs = new Map<string, number>();
  readonly #jobs = new Map<string, JobEntry>();
  readonly #counts = new Map<number, Counts>();
  readonly #known: Set<string>;
  readonly #writer = new WorkWriter();

  constructor(tx: Transaction, { events, jobs, counts, known }: Loaded) {
    this.#tx = tx;
    this.me = tx.me;
    this.nowMs = tx.nowMs;
    for (const event of events) {
      this.#events.set(event.seq, event);
      this.#seqs.set(event.id, event.seq);
    }
    for (const job of jobs) this.#jobs.set(job.id, job);
    for (const { event_seq, state, n } of counts) this.#count(event_seq).set(state, n);
    this.#known = new Set(known);
  }

  find(id: string): EventEntry | undefined {
    const seq = this.#seqs.get(id);
    return seq === undefined ? undefined : this.#events.get(seq);
  }

  /** Throws `not-found`. */
  require(id: string): EventEntry {
    const row = this.find(id);
    if (row === undefined) throw new WebhookError('not-found', `There is no event ${id}.`);
    return row;
  }

  /** The event of a job. */
  at(seq: number | null): EventEntry | undefined {
    return seq === null ? undefined : this.#events.get(seq);
  }

  job(id: string): JobEntry | undefined {
    return this.#jobs.get(id);
  }

  openJobsOf(eventSeq: number): JobEntry[] {
    return [...this.#jobs.values()].filter(
      ({ event_seq, state }) => event_seq === eventSeq && OPEN_JOB_STATES.includes(state),
    );
  }

  progress({ seq }: EventEntry): Omit<EventProgress, 'outcome'> {
    let openJobs = 0;
    let lostJobs = 0;
    let doneJobs = 0;
    for (const [state, n] of this.#count(seq)) {
      if (OPEN_JOB_STATES.includes(state)) openJobs += n;
      else if (state === 'done') doneJobs += n;
      else if (state !== 'superseded') lostJobs += n;
    }
    return { openJobs, lostJobs, doneJobs };
  }

  /** Of an arrival or an end of an attempt: it is in the store, or was written by an earlier call. */
  isKnown(key: string): boolean {
    return this.#known.has(key);
  }

  /** Writes a change, and refuses a status that EVENT_TRANSITIONS does not allow. */
  change(row: EventEntry, change: EventChange): EventStatus {
    const merged = { ...row, ...change };
    if (merged.status !== row.status && !canBecome(row.status, merged.status)) {
      throw new WebhookError('bad-config', `A ${row.status} event can't become ${merged.status}.`);
    }
    const inHand = isInFlow(merged) && merged.outcome === null;
    const next = { ...merged, owner: inHand ? merged.owner : null };
    this.#events.set(row.seq, next);
    this.#writer.changeEvent(next);
    if (next.status === 'failed' && row.status !== 'failed') {
      this.#tx.count({ endpoint: row.endpoint, kind: 'failed', atMs: this.nowMs });
    }
    if (next.status === 'pending') this.#tx.wakeOthers();
    else if (isFinal(next.status)) {
      if (next.status !== row.status) this.#tx.total(row.endpoint, `finished:${next.status}`);
      this.#tx.eventEnded(next.endpoint_id);
    }
    return next.status;
  }

  /** Of a message that no webhook sent it is counted only. */
  addAttempt(eventSeq: number | null, jobId: string | null, attempt: AttemptArgs): void {
    this.#tx.total(this.at(eventSeq)?.endpoint ?? '', attemptTotal(attempt));
    if (eventSeq === null) return;
    if (jobId === null) this.#known.add(endKey(eventSeq, attempt));
    this.#writer.addAttempt(eventSeq, jobId, attempt);
  }

  addToTrail(eventSeq: number, jobId: string | null, number: number, stepJson: string): void {
    this.#writer.addToTrail(eventSeq, jobId, number, stepJson);
  }

  park(args: ParkArgs, event: EventEntry | null, state: JobState): void {
    const { job } = args;
    this.#known.add(arrivalKey(job));
    this.#writer.park(args, event?.seq ?? null, state);
    if (event !== null && job.eventAttempt === event.attempt) this.#add(event.seq, state, 1);
    if (OPEN_JOB_STATES.includes(state)) this.#tx.wakeOthers();
  }

  changeJob(row: JobEntry, change: JobChange): JobEntry {
    const merged = { ...row, ...change };
    const next = { ...merged, owner: isInHand(merged) ? merged.owner : null };
    this.#jobs.set(row.id, next);
    this.#writer.changeJob(row, next);
    const event = this.at(row.event_seq);
    if (event !== undefined && event.attempt === row.event_attempt) {
      this.#add(event.seq, row.state, -1);
      this.#add(event.seq, next.state, 1);
    }
    if (OPEN_JOB_STATES.includes(next.state) && !isInHand(next)) this.#tx.wakeOthers();
    else if (isInHand(row) && !isInHand(next)) this.#tx.jobEnded(row.node_id);
    return next;
  }

  moveJob(row: JobEntry, nodeId: string): JobEntry {
    const next = { ...row, node_id: nodeId };
    this.#jobs.set(row.id, next);
    this.#writer.moveJob(next);
    return next;
  }

  /** The event is given up or handed over again: what is left of its earlier attempt must not run. */
  supersede(eventSeq: number): void {
    for (const row of this.openJobsOf(eventSeq)) {
      this.changeJob(row, { state: 'superseded', held: 0 });
    }
  }

  write(): void {
    this.#writer.write(this.#tx);
  }

  #add(eventSeq: number, state: JobState, n: number): void {
    const counts = this.#count(eventSeq);
    counts.set(state, (counts.get(state) ?? 0) + n);
  }

  #count(eventSeq: number): Counts {
    const known = this.#counts.get(eventSeq);
    if (known !== undefined) return known;
    const counts: Counts = new Map();
    this.#counts.set(eventSeq, counts);
    return counts;
  }
}
