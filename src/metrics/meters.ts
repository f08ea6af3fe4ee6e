import { Counter } from './counter';
import { Histogram, type HistogramValue } from './histogram';

/** How a sync ended, and what became of its items. */
export interface SyncFigures {
  readonly outcome: 'success' | 'failed';
  readonly sent: number;
  readonly skipped: number;
  readonly failed: number;
}

/** What a request asked for. `unknown`: no endpoint is there, or none with its method. */
export type RequestTarget = 'endpoint' | 'unknown' | 'health' | 'metrics';

const TARGETS: readonly RequestTarget[] = ['endpoint', 'unknown', 'health', 'metrics'];
/** By the first digit of a status; who was gone before the answer has none. */
const CODES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx', 'other'] as const;
/** What is to be watched must be there before the first of it comes. */
const WATCHED: readonly string[] = ['2xx', '4xx', '5xx'];

interface RequestFigures {
  readonly target: RequestTarget;
  readonly code: (typeof CODES)[number];
  readonly histogram: Histogram;
}

/**
 * What is counted where it happens, since the start of the process. Called for each request: nothing here
 * allocates but the first time.
 */
export class Meters {
  readonly rejections = new Counter(['endpoint', 'cause']);
  readonly handshakes = new Counter(['endpoint', 'outcome']);
  readonly syncRuns = new Counter(['node', 'outcome']);
  readonly syncItems = new Counter(['node', 'outcome']);
  readonly #writes = new Map<string, Histogram>();
  readonly #requests: Readonly<Record<RequestTarget, readonly RequestFigures[]>> = {
    endpoint: requestFigures('endpoint'),
    unknown: requestFigures('unknown'),
    health: requestFigures('health'),
    metrics: requestFigures('metrics'),
  };

  /** How long writes to a history take, by the value of its label. */
  writesTo(history: string): Histogram {
    let histogram = this.#writes.get(history);
    if (histogram === undefined) this.#writes.set(history, (histogram = new Histogram()));
    return histogram;
  }

  writes(): ReadonlyMap<string, Histogram> {
    return this.#writes;
  }

  /** A request was answered, so long after its headers came. Milliseconds. Null: its client was gone. */
  answered(target: RequestTarget, status: number | null, ms: number): void {
    const place = status === null ? 0 : Math.min(Math.floor(status / 100), CODES.length - 1);
    this.#requests[target][place]?.histogram.observe(ms / 1000);
  }

  rejected(endpoint: string, cause: string): void {
    this.rejections.add([endpoint, cause]);
  }

  shookHands(endpoint: string, outcome: 'answered' | 'refused'): void {
    this.handshakes.add([endpoint, outcome]);
  }

  synced(node: string, { outcome, ...items }: SyncFigures): void {
    this.syncRuns.add([node, outcome]);
    for (const [what, count] of Object.entries(items)) {
      if (count > 0) this.syncItems.add([node, what], count);
    }
  }

  /** By what was asked for and `2xx` and so on; those that there were. */
  requests(): (RequestFigures & { readonly value: HistogramValue })[] {
    return TARGETS.flatMap((target) =>
      this.#requests[target].flatMap((figures) => {
        const value = figures.histogram.read();
        const isShown =
          value.count > 0 || (target === 'endpoint' && WATCHED.includes(figures.code));
        return isShown ? [{ ...figures, value }] : [];
      }),
    );
  }
}

function requestFigures(target: RequestTarget): RequestFigures[] {
  return CODES.map((code) => ({ target, code, histogram: new Histogram() }));
}
