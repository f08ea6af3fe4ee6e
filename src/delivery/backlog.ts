interface Amount {
  readonly count: number;
  /** Of the bodies, as they arrived. */
  readonly bytes: number;
}

interface Bounds {
  readonly limit: number;
  readonly maxBytes: number;
  /** It may take nothing although something waits: because of either. */
  readonly ordered?: boolean;
  readonly withinCluster?: number;
}

const NOTHING: Amount = { count: 0, bytes: 0 };

/**
 * How many events of an endpoint wait in the store, as far as its dispatcher knows. While any does, new
 * ones queue up behind them; the sooner it is known that none does, the sooner new events take the
 * short way again. The store does what it is told in order, so a claim that was sent and is large
 * enough for all that wait leaves nothing behind.
 */
export class Backlog {
  #waiting = NOTHING;
  /** There may be more than was counted: at the start, after a replay. */
  #unknown = true;
  /** Grows with each `isUnknown`: a claim that was sent before tells nothing of what came later. */
  #doubts = 0;
  #claims = 0;

  get isEmpty(): boolean {
    return !this.#unknown && this.#waiting.count === 0;
  }

  isUnknown(): void {
    this.#unknown = true;
    this.#doubts++;
  }

  /** An event is being stored that has to wait. The function that it returns: it was not stored after all. */
  added(bytes: number): () => void {
    const one = { count: 1, bytes };
    this.#waiting = { count: this.#waiting.count + 1, bytes: this.#waiting.bytes + bytes };
    const claims = this.#claims;
    return () => {
      // A claim that was sent since has counted it: taken off again, it would take another one with it.
      if (claims === this.#claims) this.#waiting = less(this.#waiting, one);
    };
  }

  /** A claim is sent. The function that it returns is told what came of it. */
  claiming(bounds: Bounds): (claimed: Amount & { readonly more: boolean }) => void {
    this.#claims++;
    const before = this.#waiting;
    const doubts = this.#doubts;
    const takesAll = !this.#unknown && takes(bounds, before);
    if (takesAll) this.#waiting = NOTHING;
    return ({ more, ...claimed }) => {
      if (takesAll) return;
      this.#waiting = less(this.#waiting, more ? claimed : before);
      if (!more && doubts === this.#doubts) this.#unknown = false;
    };
  }
}

function takes(bounds: Bounds, { count, bytes }: Amount): boolean {
  const { limit, maxBytes, ordered = false, withinCluster } = bounds;
  if (ordered || withinCluster !== undefined) return false;
  return count <= limit && (bytes <= maxBytes || count <= 1);
}

function less(from: Amount, { count, bytes }: Amount): Amount {
  return { count: Math.max(0, from.count - count), bytes: Math.max(0, from.bytes - bytes) };
}
