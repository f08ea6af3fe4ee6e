/** Upper bounds for what takes from half a millisecond to ten seconds. Seconds. */
export const LATENCY_BOUNDS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

export interface HistogramValue {
  /** How many values were not above each bound, in the order of the bounds. */
  readonly cumulative: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** Of two histograms with the same bounds. */
export function summed(a: HistogramValue, b: HistogramValue): HistogramValue {
  return {
    cumulative: a.cumulative.map((count, at) => count + (b.cumulative[at] ?? 0)),
    count: a.count + b.count,
    sum: a.sum + b.sum,
  };
}

/** Counts values by size. `observe` costs some nanoseconds: it is called for each request. */
export class Histogram {
  readonly bounds: readonly number[];
  /** One more than there are bounds: what is above all of them. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[] = LATENCY_BOUNDS) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds } = this;
    let place = 0;
    while (place < bounds.length && value > (bounds[place] ?? 0)) place++;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#sum += value;
  }

  read(): HistogramValue {
    let count = 0;
    const cumulative = Array.from(this.#counts, (n) => (count += n));
    cumulative.pop();
    return { cumulative, count, sum: this.#sum };
  }
}
