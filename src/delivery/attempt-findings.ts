import type { AttemptError } from '../events/event';
import type { AttemptOptions, AttemptResult, Verdict } from './attempt-contract';
import { explicitError, noOutcomeError, timeoutError } from './attempt-error';
import type { FlowNode } from './flow-hooks';

/** A legacy node never reports done: leave it at least this long to send. Milliseconds. */
const LEGACY_SETTLE_MS = 30;

export type Conclusion = Pick<AttemptResult, 'outcome' | 'error'>;

/** What was reported of an attempt so far, and what follows from it when it ends. */
export class AttemptFindings {
  readonly #options: AttemptOptions;
  #error: AttemptError | null = null;
  #decided = false;
  #catchable = true;
  #legacy = false;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  /** What was reported first, or what a webhook-outcome node made of it. */
  get error(): AttemptError | null {
    return this.#error;
  }

  /** A webhook-outcome node has spoken. */
  get areDecided(): boolean {
    return this.#decided;
  }

  /** Only a webhook-outcome node ends it, so until then it keeps its place. */
  get areExplicit(): boolean {
    return this.#options.outcome === 'explicit';
  }

  /** The first error counts. `catchable`: a Catch node may see it. */
  fail(error: AttemptError, catchable: boolean): void {
    this.#error ??= error;
    this.#catchable = catchable;
  }

  /** A node took part that may send later without ever saying that it is done. */
  legacyNode(): void {
    this.#legacy = true;
  }

  decide(verdict: Verdict, nodeId: string): void {
    this.#decided = true;
    this.#error = explicitError(verdict, nodeId, this.#error);
  }

  /** How long it must stay drained. Milliseconds. */
  get quietMs(): number {
    if (this.#error !== null && !this.#catchable) return 0;
    return Math.max(this.#options.quietMs, this.#legacy ? LEGACY_SETTLE_MS : 0);
  }

  /** As the webhook-outcome node said. */
  decided(): Conclusion {
    return { outcome: this.#error === null ? 'success' : 'failed', error: this.#error };
  }

  /** Nothing works on it any more. `onlyDrops`: every path ended at a filter (rule 8). */
  drained(onlyDrops: () => boolean): Conclusion {
    if (this.#error !== null) return { outcome: 'failed', error: this.#error };
    return { outcome: onlyDrops() ? 'ignored' : 'success', error: null };
  }

  /** Its time is up while these nodes work on it. */
  timedOut(working: readonly FlowNode[]): Conclusion {
    if (this.#decided) return this.decided();
    const waitingAt = working.map((node) => node.name || `${node.type} ${node.id}`);
    const { timeoutMs } = this.#options;
    const isUndecided = this.areExplicit && waitingAt.length === 0;
    const error = isUndecided ? noOutcomeError(timeoutMs) : timeoutError(timeoutMs, waitingAt);
    return { outcome: 'failed', error: this.#error ?? error };
  }
}
