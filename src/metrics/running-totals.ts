import type { EndpointTotal, Total } from '../events/totals';

interface Source {
  /** Of what was opened before. */
  base: Map<string, EndpointTotal>;
  last: Map<string, EndpointTotal>;
}

/**
 * The totals of several stores in one, since the start of the process. A store that is opened anew counts from
 * nothing again, and one that is closed counts no more: no sum goes back because of that.
 */
export class RunningTotals {
  readonly #sources = new Map<string, Source>();

  /** What the store of that name counts now. */
  update(name: string, totals: readonly EndpointTotal[]): void {
    const source: Source = this.#sources.get(name) ?? { base: new Map(), last: new Map() };
    this.#sources.set(name, source);
    const now = new Map(totals.map((each) => [keyOf(each), each]));
    const isNew = [...source.last].some(([key, { count }]) => (now.get(key)?.count ?? 0) < count);
    if (isNew) for (const each of source.last.values()) add(source.base, each);
    source.last = now;
  }

  /** By endpoint and kind; all stores together. */
  read(): EndpointTotal[] {
    const sums = new Map<string, EndpointTotal>();
    for (const { base, last } of this.#sources.values()) {
      for (const each of base.values()) add(sums, each);
      for (const each of last.values()) add(sums, each);
    }
    return [...sums.values()];
  }
}

function add(to: Map<string, EndpointTotal>, each: EndpointTotal): void {
  const key = keyOf(each);
  const known = to.get(key);
  to.set(key, known === undefined ? each : { ...each, count: known.count + each.count });
}

function keyOf({ endpoint, total }: { endpoint: string; total: Total }): string {
  return `${total} ${endpoint}`;
}
