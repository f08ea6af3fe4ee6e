import { isRecord } from '../shared/json';
import type { FlowMessage, FlowNode } from './flow-hooks';

/** Told of each error that a node reports about a message; whether it is known whose error that is. */
export type OnReport = (node: FlowNode, error: unknown, msg: FlowMessage) => boolean;

/**
 * Nodes that worked for an attempt: what they report by `node.error(e, msg)` - also from a pool of their
 * own, also where a Catch node handles it - and whether a deploy has closed them.
 */
export class WatchedNodes {
  readonly #onReport: OnReport;
  readonly #watched = new WeakSet<FlowNode>();
  readonly #closed = new WeakSet<FlowNode>();
  #reporting: string | null = null;

  constructor(onReport: OnReport) {
    this.#onReport = onReport;
  }

  /** The node that logs an error right now which has been counted by its message. */
  get reporting(): string | null {
    return this.#reporting;
  }

  isClosed(node: FlowNode): boolean {
    return this.#closed.has(node);
  }

  watch(node: FlowNode): void {
    if (this.#watched.has(node)) return;
    this.#watched.add(node);
    node.on?.('close', () => void this.#closed.add(node));
    const report = node.error;
    if (report === undefined) return;
    Object.defineProperty(node, 'error', {
      configurable: true,
      writable: true,
      enumerable: false,
      value: (error: unknown, msg?: unknown) => {
        const outer = this.#reporting;
        if (isRecord(msg) && this.#onReport(node, error, msg)) this.#reporting = node.id;
        try {
          report.call(node, error, msg);
        } finally {
          this.#reporting = outer;
        }
      },
    });
  }
}
