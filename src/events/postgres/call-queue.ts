import { WebhookError } from '../../shared/errors';
import type { AcceptCall } from './accepting';
import type { Transaction } from './transaction';
import type { Verdict } from './verdicts';
import type { RejectCall } from './rejections';

/** What is to be done in a transaction. Neighbours of one kind are done together. */
export type Task =
  | { readonly kind: 'accept'; readonly accept: AcceptCall }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'reject'; readonly reject: RejectCall }
  | { readonly kind: 'alone'; readonly run: (tx: Transaction) => Promise<unknown> };

export interface Call {
  readonly task: Task;
  readonly bytes: number;
  readonly isSolo: boolean;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

export interface QueueLimits {
  /** Calls that are not answered yet. */
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
}

export interface CallOptions {
  /** A lazy write waits a little for an urgent one to travel with. */
  readonly urgency?: 'urgent' | 'lazy';
  /** A full queue refuses it: new work. What ends or continues an event always passes. */
  readonly refusable?: boolean;
  readonly bytes?: number;
  /**
   * A transaction of its own: it waits for a lock that another instance may hold. Two of them in one
   * transaction, in another order there, would wait for each other.
   */
  readonly isSolo?: boolean;
}

const LAZY_MS = 50;
/** One transaction: more would make its first caller wait. */
const ROUND_CALLS = 100;
const ROUND_ACCEPTS = 50;
const ROUND_BYTES = 1024 * 1024;

/** The bounded queue in front of the writing connection: what waits becomes rounds, in order. */
export class CallQueue {
  readonly #limits: QueueLimits;
  readonly #run: (calls: readonly Call[]) => Promise<void>;
  #calls: Call[] = [];
  #unanswered = 0;
  #bytes = 0;
  #refusal: WebhookError | null = null;
  #lazy: NodeJS.Timeout | null = null;
  #pumping = false;
  /** Calls that were made, and those of them that were answered. */
  #made = 0;
  #done = 0;
  #waiting: { readonly upTo: number; readonly resolve: () => void }[] = [];

  /** `run` settles each call of a round, and never rejects. */
  constructor(limits: QueueLimits, run: (calls: readonly Call[]) => Promise<void>) {
    this.#limits = limits;
    this.#run = run;
  }

  /** Rejects at once with `store-busy` past the bounds, with `store-unavailable` while refusing. */
  call<Result>(task: Task, options: CallOptions = {}): Promise<Result> {
    const { urgency = 'urgent', refusable = false, bytes = 0, isSolo = false } = options;
    const refusal = this.#refusal ?? (refusable ? this.#busy(bytes) : null);
    if (refusal !== null) return Promise.reject(refusal);
    this.#made++;
    this.#unanswered++;
    this.#bytes += bytes;
    return new Promise<Result>((resolve, reject) => {
      this.#calls.push({
        task,
        bytes,
        isSolo,
        resolve: this.#settling<never>(bytes, resolve),
        reject: this.#settling(bytes, reject),
      });
      if (urgency === 'urgent') this.#pump();
      else this.#lazy ??= setTimeout(() => this.#pump(), LAZY_MS);
    });
  }

  /** Resolves when all calls that were made so far are answered. */
  async settled(): Promise<void> {
    const upTo = this.#made;
    if (this.#done >= upTo) return;
    this.#pump();
    await new Promise<void>((resolve) => void this.#waiting.push({ upTo, resolve }));
  }

  /** Calls are refused from now on; those that wait are still done. Null: no longer. */
  refuse(why: WebhookError | null): void {
    this.#refusal = why;
  }

  /** Those that wait are refused, too. */
  drop(why: WebhookError): void {
    this.#refusal = why;
    const calls = this.#calls.splice(0);
    for (const { reject } of calls) reject(why);
    this.#answered(calls.length);
  }

  #settling<Value>(bytes: number, settle: (value: Value) => void): (value: Value) => void {
    return (value) => {
      this.#unanswered--;
      this.#bytes -= bytes;
      settle(value);
    };
  }

  #busy(bytes: number): WebhookError | null {
    const { maxQueued, maxQueuedBytes } = this.#limits;
    if (this.#unanswered < maxQueued && this.#bytes + bytes <= maxQueuedBytes) return null;
    return new WebhookError(
      'store-busy',
      `The history cannot keep up: ${this.#unanswered} writes with ${this.#bytes} bytes wait for the server.`,
    );
  }

  #answered(count: number): void {
    this.#done += count;
    const isDone = ({ upTo }: { readonly upTo: number }): boolean => upTo <= this.#done;
    for (const { resolve } of this.#waiting.filter(isDone)) resolve();
    this.#waiting = this.#waiting.filter((waiting) => !isDone(waiting));
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    // The calls of one turn of the event loop travel together.
    setImmediate(() => void this.#rounds());
  }

  async #rounds(): Promise<void> {
    while (this.#calls.length > 0) {
      if (this.#lazy !== null) clearTimeout(this.#lazy);
      this.#lazy = null;
      const calls = this.#round();
      await this.#run(calls);
      this.#answered(calls.length);
    }
    this.#pumping = false;
  }

  #round(): Call[] {
    let accepts = 0;
    let bytes = 0;
    let count = 0;
    for (const call of this.#calls) {
      if (call.task.kind === 'accept') accepts++;
      bytes += call.bytes;
      if (count > 0 && (call.isSolo || bytes > ROUND_BYTES)) break;
      if (count >= ROUND_CALLS || accepts > ROUND_ACCEPTS) break;
      count++;
      if (call.isSolo) break;
    }
    return this.#calls.splice(0, count);
  }
}
