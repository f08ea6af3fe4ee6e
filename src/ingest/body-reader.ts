import type { Readable } from 'node:stream';
import type { Clock, Timer } from '../shared/clock';
import type { ByteBudget } from './byte-budget';

export interface BodyLimits {
  readonly maxBytes: number;
  /** Without a single byte for that long, the sender has stalled. */
  readonly stallMs: number;
  /** A body must be complete by then. */
  readonly totalMs: number;
}

export interface BodyTools {
  readonly clock: Clock;
  readonly budget: ByteBudget;
}

/** `complete` bytes are taken from the budget: whoever gets them gives them back. */
export type BodyResult =
  | { readonly kind: 'complete'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' | 'too-slow' | 'overloaded' }
  /** The client went away: there is nobody to answer. */
  | { readonly kind: 'aborted' };

const EMPTY: BodyResult = { kind: 'complete', bytes: Buffer.alloc(0) };

/**
 * Reads a request's bytes as they came over the wire. A body over the limit is refused by its
 * declared length before anything is read, else as soon as it passes the limit; what is beyond is
 * not read. `declaredBytes` is null for a chunked body, 0 for a request without a body.
 */
export function readBody(
  stream: Readable,
  declaredBytes: number | null,
  limits: BodyLimits,
  tools: BodyTools,
): Promise<BodyResult> {
  if (declaredBytes === 0) return Promise.resolve(EMPTY);
  if ((declaredBytes ?? 0) > limits.maxBytes) return Promise.resolve({ kind: 'too-large' });
  return new Promise((resolve) => {
    new BodyReading(stream, limits, tools, resolve).start();
  });
}

class BodyReading {
  readonly #stream: Readable;
  readonly #limits: BodyLimits;
  readonly #tools: BodyTools;
  readonly #resolve: (result: BodyResult) => void;
  readonly #chunks: Buffer[] = [];
  readonly #startedAtMs: number;
  #progressAtMs: number;
  #bytes = 0;
  #timer: Timer | undefined;

  constructor(
    stream: Readable,
    limits: BodyLimits,
    tools: BodyTools,
    resolve: (result: BodyResult) => void,
  ) {
    this.#stream = stream;
    this.#limits = limits;
    this.#tools = tools;
    this.#resolve = resolve;
    this.#startedAtMs = this.#progressAtMs = tools.clock.now();
  }

  start(): void {
    const stream = this.#stream;
    stream.on('data', this.#take);
    stream.on('end', this.#complete);
    stream.on('close', this.#abort);
    stream.on('error', this.#abort);
    if (stream.destroyed) this.#abort();
    else this.#watch();
  }

  /** One timer a request: it looks how long ago the last byte came, and waits for the rest of the time. */
  #watch(): void {
    const { clock } = this.#tools;
    const { stallMs, totalMs } = this.#limits;
    const now = clock.now();
    const left = Math.min(this.#progressAtMs + stallMs, this.#startedAtMs + totalMs) - now;
    if (left <= 0) this.#end({ kind: 'too-slow' });
    else this.#timer = clock.after(left, () => this.#watch());
  }

  readonly #take = (chunk: Buffer): void => {
    if (this.#bytes + chunk.length > this.#limits.maxBytes) return this.#end({ kind: 'too-large' });
    if (!this.#tools.budget.tryTake(chunk.length)) return this.#end({ kind: 'overloaded' });
    this.#bytes += chunk.length;
    this.#progressAtMs = this.#tools.clock.now();
    this.#chunks.push(chunk);
  };

  readonly #complete = (): void => {
    const [first] = this.#chunks;
    const bytes =
      this.#chunks.length === 1 && first !== undefined
        ? first
        : Buffer.concat(this.#chunks, this.#bytes);
    this.#end({ kind: 'complete', bytes });
  };

  readonly #abort = (): void => this.#end({ kind: 'aborted' });

  #end(result: BodyResult): void {
    const stream = this.#stream;
    this.#timer?.cancel();
    stream.off('data', this.#take);
    stream.off('end', this.#complete);
    stream.off('close', this.#abort);
    if (result.kind !== 'complete') {
      // The error listener stays: a client that goes away now must not take the process with it.
      stream.pause();
      this.#tools.budget.give(this.#bytes);
      this.#bytes = 0;
    } else {
      stream.off('error', this.#abort);
    }
    this.#resolve(result);
  }
}
