import { Counter } from './counter';
import { Histogram, type HistogramValue } from './histogram';

/** How a sync ended, and what became of its items. */
export interface SyncFigures {
  readonly outcome: 'success' | 'failed';
  readonly sent: number;
  readonly skipped: number;
  readonly failed: number;
}

/**
 * What is counted where it happens, since the start of the process. Called for each request: nothing here
 * allocates but the first time.
 */
export class Meters {
  readonly write = new Histogram();
  readonly rejections = new Counter(['endpoint', 'cause']);
  readonly syncRuns = new Counter(['node', 'outcome']);
  readonly syncItems = new Counter(['node', 'outcome']);
  /** By the first digit of the status. */
  readonly #requests = Array.from({ length: 6 }, () => new Histogram());

  /** An event is on disk, so long after it was given to the store. Milliseconds. */
  written(ms: number): void {
    this.write.observe(ms / 1000);
  }

  /** A request was answered, so long after its headers came. Milliseconds. */
  answered(status: number, ms: number): void {
    this.#requests[Math.floor(status / 100)]?.observe(ms / 1000);
  }

  rejected(endpoint: string, cause: string): void {
    this.rejections.add([endpoint, cause]);
  }

  synced(node: string, { outcome, ...items }: SyncFigures): void {
    this.syncRuns.add([node, outcome]);
    for (const [what, count] of Object.entries(items)) {
      if (count > 0) this.syncItems.add([node, what], count);
    }
  }

  /** By `2xx` and so on; those that there were. */
  requests(): { readonly code: string; readonly histogram: Histogram; value: HistogramValue }[] {
    return this.#requests.flatMap((histogram, digit) => {
      const value = histogram.read();
      return value.count === 0 && digit !== 2 ? [] : [{ code: `${digit}xx`, histogram, value }];
    });
  }
}
