import type { Labels } from './counter';

/** How long what belongs to something that is gone is shown after its last change. Milliseconds. */
const SHOWN_MS = 3_600_000;

/**
 * Lets the counters of endpoints, nodes and histories end that are gone: an alert must not watch the silence of
 * what was removed. Not at once, since events of it may still be in the flow; and they are not forgotten: no
 * counter begins anew when what it counts comes back.
 */
export class GoneSeries {
  readonly #seen = new Map<string, { value: number; changedAtMs: number }>();

  /** `isThere`: what the labels name is there. `nowMs`: of a clock that nobody sets. */
  isShown(name: string, labels: Labels, value: number, isThere: boolean, nowMs: number): boolean {
    const key = name + JSON.stringify(labels);
    const seen = this.#seen.get(key);
    if (seen === undefined) this.#seen.set(key, { value, changedAtMs: nowMs });
    else if (seen.value !== value) Object.assign(seen, { value, changedAtMs: nowMs });
    return isThere || nowMs - (seen?.changedAtMs ?? nowMs) < SHOWN_MS;
  }
}
