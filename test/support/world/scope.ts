import assert from 'node:assert/strict';
import type {
  Attempt,
  AttemptOptions,
  AttemptOwner,
  AttemptResult,
} from '../../../src/delivery/attempt';

export type ScopeKind = 'delivery' | 'first try' | 'job';

/**
 * What happened within one attempt, as the rules count it (DESIGN section 2, rules 1, 4 and 8), told by
 * the test and not by the tracker: the outcome that the attempt must have follows from it.
 */
export class Scope {
  readonly kind: ScopeKind;
  readonly options: AttemptOptions;
  readonly owner: AttemptOwner | null;
  attempt: Attempt | null = null;
  result: AttemptResult | null = null;
  /** Nodes that work on a message of it. */
  working = 0;
  /** Paths that ended at a node. */
  ends = 0;
  /** Paths that ended at a filter. */
  drops = 0;
  errors = 0;
  verdict: 'success' | 'failed' | null = null;

  constructor(kind: ScopeKind, options: AttemptOptions, owner: AttemptOwner | null) {
    this.kind = kind;
    this.options = options;
    this.owner = owner;
  }

  get isLiving(): boolean {
    return this.result === null;
  }

  /** What is reported from now on counts. */
  get isOpen(): boolean {
    return this.isLiving && this.verdict === null;
  }

  /** `mayBreakOff`: a deploy goes on, or its event is delivered again. */
  conclude(result: AttemptResult, mayBreakOff: () => boolean): void {
    assert.equal(this.result, null, 'an attempt ends once');
    this.result = result;
    const { outcome, error } = result;
    if (this.verdict !== null) return assert.equal(outcome, this.verdict, this.#says('a verdict'));
    if (outcome === 'interrupted') {
      return assert.ok(mayBreakOff(), this.#says('nothing interrupts it'));
    }
    const isTimeout = error?.category === 'TIMEOUT' || this.#mustTimeOut;
    if (isTimeout) return this.#checkTimeout(result);
    const filtered = this.drops > 0 && this.ends === 0;
    const expected = this.errors > 0 ? 'failed' : filtered ? 'ignored' : 'success';
    assert.equal(outcome, expected, this.#says('as the flow ended'));
  }

  /** It lasts at least as long as it may: beneath retry nodes, and in deploys, the time stands still. */
  #checkTimeout({ outcome, startedAtMs, endedAtMs }: AttemptResult): void {
    assert.equal(outcome, 'failed', this.#says('it works, so only the time-out ends it'));
    const says = this.#says('not before its time');
    assert.ok(endedAtMs - startedAtMs >= this.options.timeoutMs, says);
    assert.ok(this.#mustTimeOut, this.#says('it had ended'));
  }

  get #mustTimeOut(): boolean {
    return this.working > 0 || this.options.outcome === 'explicit';
  }

  #says(rule: string): string {
    const { kind, working, ends, drops, errors, verdict, result } = this;
    return `${rule}: ${JSON.stringify({ kind, working, ends, drops, errors, verdict, result })}`;
  }
}
