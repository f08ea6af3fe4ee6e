import type { Labels } from './counter';

/** What stands for all values beyond the bound. */
export const OTHER = 'other';
const LONGEST = 200;

/**
 * The values of labels, bounded in number and length: each value is a time series for ever in the server that
 * scrapes. Who came first keeps its place, so that no counter of a value goes back.
 */
export class BoundedLabels {
  readonly #most: number;
  readonly #known = new Map<string, Map<string, string>>();

  /** `most`: values of each label. */
  constructor(most: number) {
    this.#most = most;
  }

  of(labels: Labels): Labels {
    return Object.fromEntries(
      Object.entries(labels).map(([name, value]) => [name, this.#value(name, value)]),
    );
  }

  #value(name: string, value: string): string {
    // Prometheus takes an empty one for none.
    if (value === '') return value;
    const values = this.#known.get(name) ?? new Map<string, string>();
    this.#known.set(name, values);
    const known = values.get(value);
    if (known !== undefined) return known;
    if (values.size >= this.#most) return OTHER;
    // A half of a surrogate pair has no bytes in UTF-8: two values must not become one on the way.
    const text = Buffer.from(value).toString();
    const label = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
    values.set(value, label);
    return label;
  }
}
