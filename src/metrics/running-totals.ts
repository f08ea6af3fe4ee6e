import type { EndpointTotal } from '../events/totals';

/** What the stores of a history counted. */
export interface HistoryTotal extends EndpointTotal {
  readonly history: string;
}

/** A store, of which a history may have several: one after the other, or for a moment two. */
export interface TotalsSource {
  /** Of that store only. */
  readonly id: string;
  /** The value of its label. */
  readonly history: string;
}

type Counts = Map<string, HistoryTotal>;

/**
 * The totals of several stores in one, since the start of the process. A store that is opened anew counts from
 * nothing again, and one that is closed counts no more: no sum goes back because of that.
 */
export class RunningTotals {
  /** Of stores that are closed, or were opened anew. */
  readonly #ended: Counts = new Map();
  readonly #stores = new Map<string, Counts>();

  /** What a store counts now. */
  update({ id, history }: TotalsSource, totals: readonly EndpointTotal[]): void {
    const last: Counts = this.#stores.get(id) ?? new Map<string, HistoryTotal>();
    const now: Counts = new Map();
    for (const each of totals) add(now, { ...each, history });
    const isNew = [...last].some(([key, { count }]) => (now.get(key)?.count ?? 0) < count);
    if (isNew) this.#end(last);
    this.#stores.set(id, now);
  }

  /** All other stores are closed: what they have counted stays. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const [id, counts] of this.#stores) {
      if (ids.has(id)) continue;
      this.#end(counts);
      this.#stores.delete(id);
    }
  }

  /** By history, endpoint and kind. */
  read(): HistoryTotal[] {
    const sums: Counts = new Map();
    for (const counts of [this.#ended, ...this.#stores.values()]) {
      for (const each of counts.values()) add(sums, each);
    }
    return [...sums.values()];
  }

  #end(counts: Counts): void {
    for (const each of counts.values()) add(this.#ended, each);
  }
}

function add(to: Counts, each: HistoryTotal): void {
  const key = JSON.stringify([each.history, each.total, each.endpoint]);
  const known = to.get(key);
  to.set(key, known === undefined ? each : { ...each, count: known.count + each.count });
}
