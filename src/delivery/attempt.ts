import type { AttemptError } from '../events/event';
import type { Clock } from '../shared/clock';
import type { AttemptListener, AttemptOptions, AttemptOwner, Verdict } from './attempt-contract';
import type { AttemptResult } from './attempt-contract';
import { AttemptFindings } from './attempt-findings';
import type { Conclusion } from './attempt-findings';
import { AttemptTimer } from './attempt-timer';
import type { FlowNode } from './flow-hooks';
import { onceWithin } from './once-within';
import { OpenWork, Work } from './open-work';
import { Trail } from './trail';

export type {
  AttemptListener,
  AttemptOptions,
  AttemptOwner,
  AttemptResult,
  Verdict,
} from './attempt-contract';

/** Where an attempt belongs. */
export interface AttemptPlace {
  readonly owner: AttemptOwner | null;
  /** The attempt within which a retry node started this one. */
  readonly outer: Attempt | null;
}

/** Nodes that hold messages only until others come, which after an error may be never. */
const WAITING_TYPES: readonly string[] = ['link call', 'join'];
/** What such a node does with a message is an attempt of its own. */
const OUTER_TYPES: readonly string[] = ['webhook-retry'];

/**
 * One try of a flow with one message. Counts the nodes that work on messages of it, and ends when its
 * findings and its timer say so (see docs/DELIVERY.md, "When an attempt ends").
 *
 * pending > 0  ->  drained (pending = 0, one turn of the event loop later)  ->  quiet  ->  concluded
 *      ^_____________________a node sends again_____________________|
 *
 * A webhook-outcome node or the time-out concludes it from any state; with `outcome: explicit` nothing
 * else does. `frozen` (a deploy is going on) stops every transition; `thaw` or `interrupt` ends that.
 */
export class Attempt {
  readonly owner: AttemptOwner | null;
  readonly trail: Trail;
  readonly startedAtMs: number;
  readonly openWork = new OpenWork<Attempt>();

  readonly #options: AttemptOptions;
  readonly #clock: Clock;
  readonly #listener: AttemptListener;
  readonly #finished: (attempt: Attempt) => void;
  readonly #outer: Attempt | null;
  readonly #findings: AttemptFindings;
  readonly #timer: AttemptTimer;
  #pending = 1; // the sender's own hold, until `sent` is called
  #idle = 0;
  #inner = 0;
  #frozen = false;
  #drained = false;
  #outcome: AttemptResult['outcome'] | null = null;
  #checkQueued = false;
  #abort: AbortController | null = null;
  #whenIdle: (() => void)[] | null = null;
  #firstMessageId: string | null = null;
  #moreMessageIds: string[] | null = null;

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
    this.#findings = new AttemptFindings(options);
    this.#timer = new AttemptTimer(clock, options.timeoutMs, (what) =>
      what === 'time-out' ? this.#timedOut() : this.#quietIsOver(),
    );
    this.startedAtMs = this.#timer.startedAtMs;
    this.trail = new Trail(this.startedAtMs);
    this.#runTimeout();
    if (place.outer !== null) place.outer.#innerStarted();
  }

  get options(): AttemptOptions {
    return this.#options;
  }

  get concluded(): boolean {
    return this.#outcome !== null;
  }

  /** An error was reported that no webhook-outcome node has overruled. */
  get failing(): boolean {
    return this.#findings.error !== null;
  }

  /** Most attempts have one id only. */
  addMessageId(id: string): void {
    if (this.#firstMessageId === null) this.#firstMessageId = id;
    else (this.#moreMessageIds ??= []).push(id);
  }

  messageIds(): string[] {
    const first = this.#firstMessageId;
    return first === null ? [] : [first, ...(this.#moreMessageIds ?? [])];
  }

  /** Aborts when the attempt ends, for nodes of ours that can stop what they do. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.concluded) this.#abort.abort();
    return this.#abort.signal;
  }

  /** The first message is on its way: from now on only nodes keep the attempt open. */
  sent(): void {
    this.#pending--;
    this.#checkSoon();
  }

  /** A message is on its way to a node; the work on it is to be ended by `nodeFinished`. */
  nodeStarted(node: FlowNode): Work<Attempt> {
    const work = new Work(this, node);
    this.openWork.add(work);
    this.#pending++;
    if (this.#timer.isQuiet) {
      this.#timer.stop();
      this.#runTimeout();
      // A failing attempt does not wait for this node if it is a join: its quiet period starts again.
      this.#checkSoon();
    }
    return work;
  }

  nodeFinished(work: Work<Attempt>): void {
    if (!work.open) return;
    this.openWork.remove(work);
    this.#pending--;
    this.#checkSoon();
  }

  /** A node took part that may send later without ever saying that it is done. */
  legacyNode(): void {
    this.#findings.legacyNode();
  }

  /** Marks the attempt as failing; the first error counts. `catchable`: a Catch node may see it. */
  fail(error: AttemptError, catchable: boolean): void {
    if (this.concluded || this.#findings.areDecided) return;
    this.#findings.fail(error, catchable);
    this.#checkSoon();
  }

  /** A webhook-outcome node ends it, in a moment and whatever was reported so far. False: it had ended. */
  end(verdict: Verdict, nodeId: string): boolean {
    if (this.concluded || this.#findings.areDecided) return false;
    this.#findings.decide(verdict, nodeId);
    const { error } = this.#findings;
    if (error !== null) this.trail.failed(nodeId, error.message);
    // Not at once: the flow may run within the call that starts the attempt.
    setImmediate(Attempt.#concludeNow, this);
    return true;
  }

  /** A node reported an error: on the trail in any case, and after a success for the listener to keep. */
  noteError(node: Pick<FlowNode, 'id' | 'type' | 'name'>, text: string): void {
    const isNews = this.trail.failed(node.id, text);
    if (this.#outcome !== 'success' && this.#outcome !== 'ignored') return;
    const step = isNews ? this.trail.late(node, text, this.#timer.ageMs) : null;
    if (step !== null) this.#listener.onLateError?.(step);
  }

  /** A retry node runs an attempt of its own below this one: the time-out stands still (rule 5). */
  #innerStarted(): void {
    if (this.#inner++ === 0 && !this.#timer.isQuiet) this.#timer.stop();
  }

  /** What holds this one is only the quiet period of the inner one: it does not hold its place. */
  #innerDrained(): void {
    this.#idle++;
    this.#checkSoon();
  }

  #innerConcluded(drained: boolean): void {
    if (drained) this.#idle--;
    this.#inner--;
    if (!this.#timer.isQuiet) this.#runTimeout();
  }

  /** A deploy begins: no verdict until `thaw` or `interrupt`. */
  freeze(): void {
    this.#frozen = true;
    this.#timer.stop();
  }

  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    if (this.#findings.areDecided) return this.#concludeDecided();
    this.#runTimeout();
    this.#checkSoon();
  }

  /** While frozen: the rest of its quiet period tells nothing new, since none of its nodes sends any more. */
  endQuiet(): void {
    if (this.#findings.areExplicit || this.concluded || this.#busy + this.#idle > 0) return;
    this.#frozen = false;
    this.#reportIdle();
    if (this.#findings.areDecided) this.#concludeDecided();
    else this.#concludeDrained();
  }

  /** What works at nodes that are `isGone` will never report done, and is not waited for. */
  interrupt(isGone: (node: FlowNode) => boolean = () => false): void {
    this.#frozen = false;
    this.#pending -= this.openWork.removeAt(
      (node) => OUTER_TYPES.includes(node.type) || isGone(node),
    );
    if (this.#findings.areDecided) this.#concludeDecided();
    else this.#conclude({ outcome: 'interrupted', error: null });
    this.#checkSoon();
  }

  get isIdle(): boolean {
    return this.#busy <= 0;
  }

  /** Calls back once nothing works on it any more, at the latest after `boundMs`. */
  whenIdle(boundMs: number, callback: () => void): void {
    if (this.#busy <= 0) return callback();
    (this.#whenIdle ??= []).push(onceWithin(this.#clock, boundMs, callback));
  }

  /** What still goes on, apart from the quiet periods of inner attempts. */
  get #busy(): number {
    const busy = this.#pending - this.#idle;
    if (busy <= 0 || !this.failing) return busy;
    return busy - this.openWork.countAt(WAITING_TYPES);
  }

  #checkSoon(): void {
    if (this.#checkQueued || this.#busy > 0) return;
    this.#checkQueued = true;
    // Not at once: nodes report done before they send, and Complete nodes are reached after it.
    setImmediate(Attempt.#checkNow, this);
  }

  static readonly #checkNow = (attempt: Attempt): void => {
    attempt.#checkQueued = false;
    attempt.#check();
  };

  static readonly #concludeNow = (attempt: Attempt): void => {
    if (!attempt.#frozen) attempt.#concludeDecided();
  };

  #check(): void {
    if (this.#busy > 0) return;
    if (this.#frozen) return this.#callWhoWaits();
    if (this.#findings.areExplicit && !this.concluded) return;
    this.#reportIdle();
    if (this.concluded || this.#busy + this.#idle > 0 || this.#timer.isQuiet) return;
    const { quietMs } = this.#findings;
    if (quietMs === 0) this.#concludeDrained();
    else this.#timer.runQuiet(quietMs);
  }

  #concludeDrained(): void {
    this.#conclude(this.#findings.drained(() => this.trail.endedOnlyInDrops()));
  }

  #concludeDecided(): void {
    this.#conclude(this.#findings.decided());
  }

  #timedOut(): void {
    this.#conclude(this.#findings.timedOut(this.openWork.nodes()));
  }

  #quietIsOver(): void {
    if (this.#busy + this.#idle <= 0 && !this.#frozen) this.#concludeDrained();
    else this.#runTimeout();
  }

  #conclude({ outcome, error }: Conclusion): void {
    if (this.concluded) return;
    this.#outcome = outcome;
    this.#timer.stop();
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
    if (this.#busy <= 0) this.#reportIdle();
    else if (outcome === 'interrupted') this.#reportDrained();
    if (this.#pending <= 0) return this.#finished(this);
    // Zombie: messages of it still live. Its lineage is kept for a while, so that they are not
    // taken for messages of a later attempt.
    this.whenIdle(this.#options.timeoutMs, () => this.#finished(this));
  }

  #callWhoWaits(): void {
    const waiting = this.#whenIdle ?? [];
    this.#whenIdle = null;
    for (const callback of waiting) callback();
  }

  #reportIdle(): void {
    this.#callWhoWaits();
    this.#reportDrained();
  }

  #reportDrained(): void {
    if (this.#drained) return;
    this.#drained = true;
    if (!this.concluded && this.#outer !== null) this.#outer.#innerDrained();
    this.#listener.onDrained?.();
  }

  /** The time-out stands still in a deploy, below a retry node that works, and in the quiet period. */
  #runTimeout(): void {
    if (this.#inner > 0 || this.#frozen || this.concluded) return;
    this.#timer.runTimeout();
  }
}
