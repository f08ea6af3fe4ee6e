/** What is counted of an endpoint, minute by minute. */
export const COUNTED = ['received', 'failed', 'rejected'] as const;
export type Counted = (typeof COUNTED)[number];

/** Minutes that are kept: the current one, and those before it. */
export const COUNTED_MINUTES = 60;

/** Events stored, events that became `failed`, and refused requests that were kept, in each minute. */
export type EndpointActivity = { readonly endpoint: string } & {
  /** COUNTED_MINUTES numbers, the current minute last. */
  readonly [Kind in Counted]: readonly number[];
};

interface Ring {
  /** The minute of its last number, since the epoch. */
  minute: number;
  /** The newest minute in which something was counted. */
  countedAt: number;
  readonly counts: Readonly<Record<Counted, number[]>>;
}

type Addition = readonly [endpoint: string, kind: Counted, atMs: number];

const MINUTE_MS = 60_000;
/** An endpoint's ring takes about 1.5 KB. */
const MOST_ENDPOINTS = 500;

/**
 * Counters of the last hour, by endpoint, in bounded memory: nobody scans a store for them. What is added
 * belongs to the transaction: `mark` at its begin, `revert` when it is rolled back.
 */
export class MinuteCounts {
  readonly #rings = new Map<string, Ring>();
  #added: Addition[] = [];

  add(endpoint: string, kind: Counted, atMs: number): void {
    this.#added.push([endpoint, kind, atMs]);
  }

  mark(): void {
    if (this.#added.length === 0) return;
    for (const addition of this.#added) this.#count(addition);
    this.#added = [];
  }

  revert(): void {
    this.#added = [];
  }

  /** Of endpoints at which something was counted within the minutes that are kept. */
  read(nowMs: number): EndpointActivity[] {
    this.mark();
    const minute = minuteOf(nowMs);
    this.#forget(minute);
    return [...this.#rings].map(([endpoint, ring]) => {
      turn(ring, minute);
      const { received, failed, rejected } = ring.counts;
      return { endpoint, received: [...received], failed: [...failed], rejected: [...rejected] };
    });
  }

  #count([endpoint, kind, atMs]: Addition): void {
    const minute = minuteOf(atMs);
    const ring = this.#rings.get(endpoint) ?? this.#open(endpoint, minute);
    if (ring === undefined) return;
    turn(ring, minute);
    ring.countedAt = Math.max(ring.countedAt, minute);
    const place = COUNTED_MINUTES - 1 - (ring.minute - minute);
    if (place >= 0) ring.counts[kind][place] = (ring.counts[kind][place] ?? 0) + 1;
  }

  /** Undefined: there are too many. Paths come from flows, not from requests, so this is no attack. */
  #open(endpoint: string, minute: number): Ring | undefined {
    if (this.#rings.size >= MOST_ENDPOINTS) this.#forget(minute);
    if (this.#rings.size >= MOST_ENDPOINTS) return undefined;
    const ring: Ring = {
      minute,
      countedAt: minute,
      counts: { received: zeros(), failed: zeros(), rejected: zeros() },
    };
    this.#rings.set(endpoint, ring);
    return ring;
  }

  #forget(minute: number): void {
    for (const [endpoint, ring] of this.#rings) {
      if (minute - ring.countedAt >= COUNTED_MINUTES) this.#rings.delete(endpoint);
    }
  }
}

function turn(ring: Ring, minute: number): void {
  const passed = Math.min(minute - ring.minute, COUNTED_MINUTES);
  if (passed <= 0) return;
  for (const kind of COUNTED) {
    ring.counts[kind].splice(0, passed);
    for (let n = 0; n < passed; n++) ring.counts[kind].push(0);
  }
  ring.minute = minute;
}

function zeros(): number[] {
  return new Array<number>(COUNTED_MINUTES).fill(0);
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS);
}
