/**
 * How many events of an endpoint wait in the store, as far as its dispatcher knows. While any does, new
 * ones queue up behind them; the sooner it is known that none does, the sooner new events take the
 * short way again. The store does what it is told in order, so a claim that was sent and is large
 * enough for all that wait leaves nothing behind.
 */
export class Backlog {
  #waiting = 0;
  /** There may be more than was counted: at the start, after a replay. */
  #unknown = true;
  /** Grows with each `isUnknown`: a claim that was sent before tells nothing of what came later. */
  #doubts = 0;
  #claims = 0;

  get isEmpty(): boolean {
    return !this.#unknown && this.#waiting === 0;
  }

  isUnknown(): void {
    this.#unknown = true;
    this.#doubts++;
  }

  /** An event is being stored that has to wait. The function that it returns: it was not stored after all. */
  added(): () => void {
    this.#waiting++;
    const claims = this.#claims;
    return () => {
      // A claim that was sent since has counted it: taken off again, it would take another one with it.
      if (claims === this.#claims) this.#waiting = Math.max(0, this.#waiting - 1);
    };
  }

  /** A claim of up to `limit` is sent. The function that it returns is told what came of it. */
  claiming(limit: number): (claimed: number) => void {
    this.#claims++;
    const before = this.#waiting;
    const doubts = this.#doubts;
    const takesAll = !this.#unknown && before <= limit;
    if (takesAll) this.#waiting = 0;
    return (claimed) => {
      if (takesAll) return;
      const isAll = claimed < limit;
      this.#waiting = Math.max(0, this.#waiting - (isAll ? before : claimed));
      if (isAll && doubts === this.#doubts) this.#unknown = false;
    };
  }
}
