import { WebhookError } from '../../shared/errors';
import type { ErrorCode } from '../../shared/errors';
import type { Args, Batch, Call, CallName, Reply } from './protocol';

/** An idle write waits this long for an urgent one to travel with. */
const LAZY_MS = 50;

/**
 * What a full queue refuses: new work, and questions. What continues or ends an event that was
 * acknowledged always passes: there are only so many of them, and until they are written their
 * events keep places and memory.
 */
const REFUSABLE: ReadonlySet<CallName> = new Set<CallName>([
  ...(['accept', 'reject'] as const),
  ...(['list', 'get', 'jobs', 'stats', 'rejections', 'remove'] as const),
]);

export interface QueueLimits {
  /** Calls that are not answered yet. */
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: WebhookError) => void;
  readonly bytes: number;
}

/** Sends a batch; its buffer is transferred. */
export type Post = (batch: Batch, transfer: ArrayBuffer[]) => void;

const NOTHING = new Uint8Array(0);

/**
 * The bounded queue in front of the store's thread. Urgent calls of one tick leave together in its
 * check phase, with the lazy ones that were made before them.
 */
export class Channel {
  readonly #limits: QueueLimits;
  readonly #now: () => number;
  readonly #waiting = new Map<number, Waiting>();
  #post: Post | null = null;
  #refusal = 'The history is not open yet.';
  #refusing = false;
  #lastId = 0;
  #waitingBytes = 0;
  #calls: Call[] = [];
  #bodies: Uint8Array[] = [];
  #bodyBytes = 0;
  #flushing = false;
  #lazyTimer: NodeJS.Timeout | null = null;

  constructor(limits: QueueLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Calls are sent from now on. */
  connect(post: Post): void {
    this.#post = post;
  }

  /** Rejects what waits, and each later call until the next `connect`, with `store-unavailable`. */
  disconnect(why: string): void {
    this.#post = null;
    this.#refusal = why;
    this.#clear();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#waitingBytes = 0;
    for (const { reject } of waiting) reject(new WebhookError('store-unavailable', why));
  }

  /** Later calls are rejected; those that were made are still done. */
  refuse(why: string): void {
    this.#refusal = why;
    this.#refusing = true;
  }

  /** How many were made so far. */
  get calls(): number {
    return this.#lastId;
  }

  /** How many of them have no answer yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Rejects at once with `store-busy` past the bounds, with `store-unavailable` while disconnected. */
  call<Name extends CallName>(
    name: Name,
    args: Args<Name>,
    urgency: 'urgent' | 'lazy' = 'urgent',
    bytes: Uint8Array = NOTHING,
  ): Promise<unknown> {
    const refusal = this.#refuse(name, bytes.length);
    if (refusal !== null) return Promise.reject(refusal);
    const id = ++this.#lastId;
    this.#calls.push([id, name, this.#bodyBytes, bytes.length, args] as unknown as Call);
    if (bytes.length > 0) this.#bodies.push(bytes);
    this.#bodyBytes += bytes.length;
    this.#waitingBytes += bytes.length;
    if (urgency === 'urgent') this.#flushSoon();
    else this.#lazyTimer ??= setTimeout(() => this.#flush(), LAZY_MS);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, bytes: bytes.length });
    });
  }

  answer(replies: readonly Reply[]): void {
    for (const [id, result, code, text] of replies) {
      const waiting = this.#waiting.get(id);
      if (waiting === undefined) continue;
      this.#waiting.delete(id);
      this.#waitingBytes -= waiting.bytes;
      if (code === undefined) waiting.resolve(result);
      else waiting.reject(new WebhookError(code as ErrorCode, text ?? code));
    }
  }

  #refuse(name: CallName, bytes: number): WebhookError | null {
    if (this.#post === null || this.#refusing) {
      return new WebhookError('store-unavailable', this.#refusal);
    }
    if (!REFUSABLE.has(name)) return null;
    const { maxQueued, maxQueuedBytes } = this.#limits;
    if (this.#waiting.size < maxQueued && this.#waitingBytes + bytes <= maxQueuedBytes) return null;
    return new WebhookError(
      'store-busy',
      `The history cannot keep up: ${this.#waiting.size} writes with ${this.#waitingBytes} bytes wait for the disk.`,
    );
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    const calls = this.#calls;
    if (calls.length === 0 || this.#post === null) return;
    const bytes = pack(this.#bodies, this.#bodyBytes);
    this.#clear();
    this.#post({ nowMs: this.#now(), calls, bytes }, bytes === null ? [] : [bytes]);
  }

  #clear(): void {
    this.#calls = [];
    this.#bodies = [];
    this.#bodyBytes = 0;
    if (this.#lazyTimer !== null) clearTimeout(this.#lazyTimer);
    this.#lazyTimer = null;
  }
}

/** One buffer for all: not zeroed first, and never one of the pool, which could not be transferred. */
function pack(bodies: readonly Uint8Array[], length: number): ArrayBuffer | null {
  if (length === 0) return null;
  const packed = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const body of bodies) {
    packed.set(body, at);
    at += body.length;
  }
  return packed.buffer;
}
