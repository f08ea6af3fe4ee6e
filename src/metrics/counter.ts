export type Labels = Readonly<Record<string, string>>;

export interface Counted {
  readonly labels: Labels;
  readonly value: number;
}

/** More combinations of labels than this are a mistake, which must not cost memory for ever. */
const MOST_SERIES = 5000;

/** A counter with labels. Its series are bounded: what would be one too many is not counted. */
export class Counter {
  readonly #names: readonly string[];
  readonly #series = new Map<string, { readonly labels: Labels; value: number }>();

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** `values` in the order of the names. */
  add(values: readonly string[], count = 1): void {
    const key = values.join('\0');
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= MOST_SERIES) return;
      const labels = Object.fromEntries(this.#names.map((name, at) => [name, values[at] ?? '']));
      this.#series.set(key, (series = { labels, value: 0 }));
    }
    series.value += count;
  }

  read(): Counted[] {
    return [...this.#series.values()].map(({ labels, value }) => ({ labels, value }));
  }
}
