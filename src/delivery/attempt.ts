import type { AttemptError, TrailStep } from '../events/event';
import type { EventStore } from '../events/event-store';
import type { AttemptOutcome } from '../events/states';
import type { Clock, Timer } from '../shared/clock';
import { timeoutError } from './attempt-error';
import type { FlowNode } from './flow-hooks';
import { Trail } from './trail';

/** Whose attempt it is: an event's, a job's of it, or (null) a message's that no webhook sent. */
export interface AttemptOwner {
  readonly eventId: string;
  /** The hand-over of that event. */
  readonly eventAttempt: number;
  /** Where the event is kept: its retry jobs belong there as well. */
  readonly store: EventStore;
}

export interface AttemptOptions {
  /** An attempt that has not drained after this long fails. Milliseconds of its own running time. */
  readonly timeoutMs: number;
  /** How long it must stay drained before its outcome is final. Milliseconds. */
  readonly quietMs: number;
  /** A message that leaves an `http request` with status >= 400 fails the attempt ... */
  readonly failOnHttpStatus: boolean;
  /** ... unless the status is one of these. */
  readonly acceptStatus: readonly number[];
}

/** Where an attempt belongs. */
export interface AttemptPlace {
  readonly owner: AttemptOwner | null;
  /** The attempt within which a retry node started this one. */
  readonly outer: Attempt | null;
}

export interface AttemptResult {
  readonly outcome: AttemptOutcome | 'interrupted';
  readonly error: AttemptError | null;
  /** The condition at which a filter dropped the message, for `ignored`. */
  readonly reason: string | null;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly trail: readonly TrailStep[];
}

export interface AttemptListener {
  /** Nothing works on it any more (now): its place may go to another one. Called once. */
  onDrained?(): void;
  /** Its outcome is final. Called once, always; after `onDrained` unless it timed out. */
  onConcluded(result: AttemptResult): void;
}

/** A legacy node never reports done: leave it at least this long to send. Milliseconds. */
const LEGACY_SETTLE_MS = 30;

/** Nodes that hold messages only until others come, which after an error may be never. */
const WAITING_TYPES: readonly string[] = ['link call', 'join'];

/**
 * One try of a flow with one message. Counts the nodes that work on messages of it and draws the
 * conclusion (see docs/DELIVERY.md, "When an attempt ends").
 *
 * pending > 0  ->  drained (pending = 0, one turn of the event loop later)  ->  quiet  ->  concluded
 *      ^_____________________a node sends again_____________________|
 *
 * `frozen` (a deploy is going on) stops every transition; `thaw` or `interrupt` ends that.
 */
export class Attempt {
  readonly owner: AttemptOwner | null;
  readonly trail: Trail;
  readonly startedAtMs: number;
  readonly messageIds = new Set<string>();
  /** Nodes working on a message of this attempt, with how many. */
  readonly workingAt = new Map<FlowNode, number>();

  readonly #options: AttemptOptions;
  readonly #clock: Clock;
  readonly #listener: AttemptListener;
  readonly #finished: (attempt: Attempt) => void;
  readonly #outer: Attempt | null;
  #pending = 1; // the sender's own hold, until `sent` is called
  #idle = 0;
  #inner = 0;
  #legacy = false;
  #frozen = false;
  #drained = false;
  #concluded = false;
  #checkQueued = false;
  #catchable = true;
  #error: AttemptError | null = null;
  #quiet: Timer | null = null;
  #timeout: Timer | null = null;
  #timeoutLeftMs: number;
  #timeoutSinceMs = 0;
  #abort: AbortController | null = null;
  #whenIdle: (() => void)[] = [];

  constructor(
    options: AttemptOptions,
    clock: Clock,
    listener: AttemptListener,
    finished: (attempt: Attempt) => void,
    place: AttemptPlace,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#listener = listener;
    this.#finished = finished;
    this.#outer = place.outer;
    this.owner = place.owner;
    this.startedAtMs = clock.now();
    this.trail = new Trail(this.startedAtMs);
    this.#timeoutLeftMs = options.timeoutMs;
    this.#runTimeout();
    if (place.outer !== null) place.outer.#innerStarted();
  }

  get options(): AttemptOptions {
    return this.#options;
  }

  get concluded(): boolean {
    return this.#concluded;
  }

  /** Aborts when the attempt ends, for nodes of ours that can stop what they do. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#concluded) this.#abort.abort();
    return this.#abort.signal;
  }

  /** The first message is on its way: from now on only nodes keep the attempt open. */
  sent(): void {
    this.#pending--;
    this.#checkSoon();
  }

  nodeStarted(node: FlowNode): void {
    this.#pending++;
    this.workingAt.set(node, (this.workingAt.get(node) ?? 0) + 1);
    if (this.#quiet === null) return;
    this.#quiet.cancel();
    this.#quiet = null;
    // A failing attempt does not wait for this node if it is a join: its quiet period starts again.
    this.#checkSoon();
  }

  nodeFinished(node: FlowNode): void {
    this.#pending--;
    const left = (this.workingAt.get(node) ?? 1) - 1;
    if (left > 0) this.workingAt.set(node, left);
    else this.workingAt.delete(node);
    this.#checkSoon();
  }

  /** A node took part that may send later without ever saying that it is done. */
  legacyNode(): void {
    this.#legacy = true;
  }

  /** Marks the attempt as failing; the first error counts. `catchable`: a Catch node may see it. */
  fail(error: AttemptError, catchable: boolean): void {
    if (this.#concluded) return;
    this.#error ??= error;
    this.#catchable = catchable;
    this.#checkSoon();
  }

  /** A retry node runs an attempt of its own below this one: the time-out stands still (rule 5). */
  #innerStarted(): void {
    if (this.#inner++ === 0) this.#stopTimeout();
  }

  /** What holds this one is only the quiet period of the inner one: it does not hold its place. */
  #innerDrained(): void {
    this.#idle++;
    this.#checkSoon();
  }

  #innerConcluded(drained: boolean): void {
    if (drained) this.#idle--;
    if (--this.#inner === 0 && !this.#concluded && !this.#frozen) this.#runTimeout();
  }

  /** A deploy begins: no verdict until `thaw` or `interrupt`. */
  freeze(): void {
    this.#frozen = true;
    this.#quiet?.cancel();
    this.#quiet = null;
    this.#stopTimeout();
  }

  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    if (this.#inner === 0) this.#runTimeout();
    this.#checkSoon();
  }

  /** While frozen: the rest of its quiet period tells nothing new, since none of its nodes sends any more. */
  endQuiet(): void {
    if (this.#concluded || this.#busy + this.#idle > 0) return;
    this.#frozen = false;
    this.#reportIdle();
    this.#concludeDrained();
  }

  interrupt(): void {
    this.#frozen = false;
    this.#conclude('interrupted', null);
  }

  /** Calls back once nothing works on it any more, at the latest after `boundMs`. */
  whenIdle(boundMs: number, callback: () => void): void {
    if (this.#busy <= 0) return callback();
    let called = false;
    const once = (): void => {
      if (called) return;
      called = true;
      timer.cancel();
      callback();
    };
    const timer = this.#clock.after(boundMs, once);
    this.#whenIdle.push(once);
  }

  /** What still goes on, apart from the quiet periods of inner attempts. */
  get #busy(): number {
    const busy = this.#pending - this.#idle;
    if (busy <= 0 || this.#error === null) return busy;
    let waiting = 0;
    for (const [node, count] of this.workingAt) {
      if (WAITING_TYPES.includes(node.type)) waiting += count;
    }
    return busy - waiting;
  }

  #checkSoon(): void {
    if (this.#checkQueued || this.#busy > 0) return;
    this.#checkQueued = true;
    // Not at once: nodes report done before they send, and Complete nodes are reached after it.
    setImmediate(() => {
      this.#checkQueued = false;
      this.#check();
    });
  }

  #check(): void {
    if (this.#busy > 0 || this.#frozen) return;
    this.#reportIdle();
    if (this.#concluded || this.#busy + this.#idle > 0 || this.#quiet !== null) return;
    const quietMs = this.#quietMs();
    if (quietMs === 0) return this.#concludeDrained();
    this.#quiet = this.#clock.after(quietMs, () => {
      this.#quiet = null;
      if (this.#busy + this.#idle <= 0 && !this.#frozen) this.#concludeDrained();
    });
  }

  #quietMs(): number {
    if (this.#error !== null && !this.#catchable) return 0;
    return Math.max(this.#options.quietMs, this.#legacy ? LEGACY_SETTLE_MS : 0);
  }

  #concludeDrained(): void {
    if (this.#error !== null) return this.#conclude('failed', this.#error);
    this.#conclude(this.trail.endedOnlyInDrops() ? 'ignored' : 'success', null);
  }

  #timedOut(): void {
    const waitingAt = [...this.workingAt.keys()].map(
      (node) => node.name || `${node.type} ${node.id}`,
    );
    this.#conclude('failed', this.#error ?? timeoutError(this.#options.timeoutMs, waitingAt));
  }

  #conclude(outcome: AttemptResult['outcome'], error: AttemptError | null): void {
    if (this.#concluded) return;
    this.#concluded = true;
    this.#stopTimeout();
    this.#quiet?.cancel();
    this.#abort?.abort();
    if (this.#outer !== null) this.#outer.#innerConcluded(this.#drained);
    this.#listener.onConcluded({
      outcome,
      error,
      reason: outcome === 'ignored' ? this.trail.firstDrop() : (error?.message ?? null),
      startedAtMs: this.startedAtMs,
      endedAtMs: this.#clock.now(),
      trail: this.trail.steps(),
    });
    if (outcome === 'interrupted') this.#reportIdle();
    if (this.#pending <= 0 || outcome === 'interrupted') return this.#finished(this);
    // Zombie: messages of it still live. Its lineage is kept for a while, so that they are not
    // taken for messages of a later attempt.
    this.whenIdle(this.#options.timeoutMs, () => this.#finished(this));
  }

  #reportIdle(): void {
    for (const callback of this.#whenIdle.splice(0)) callback();
    if (this.#drained) return;
    this.#drained = true;
    if (!this.#concluded && this.#outer !== null) this.#outer.#innerDrained();
    this.#listener.onDrained?.();
  }

  #runTimeout(): void {
    this.#timeoutSinceMs = this.#clock.now();
    this.#timeout = this.#clock.after(this.#timeoutLeftMs, () => this.#timedOut());
  }

  #stopTimeout(): void {
    if (this.#timeout === null) return;
    this.#timeout.cancel();
    this.#timeout = null;
    this.#timeoutLeftMs -= this.#clock.now() - this.#timeoutSinceMs;
  }
}
