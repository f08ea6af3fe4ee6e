import type { AttemptListener, AttemptOptions, AttemptResult } from '../../../src/delivery/attempt';
import type { FlowMessage, FlowNode } from '../../../src/delivery/flow-hooks';
import type { FlowTracker } from '../../../src/delivery/flow-tracker';

export const ATTEMPT_OPTIONS: AttemptOptions = {
  timeoutMs: 1000,
  quietMs: 150,
  failOnHttpStatus: false,
  acceptStatus: [],
  outcome: 'automatic',
};

/** What an attempt reported, in order. */
export interface Recorder extends AttemptListener {
  readonly calls: ('drained' | AttemptResult['outcome'])[];
  readonly result: AttemptResult | undefined;
}

export function recorder(): Recorder {
  const calls: Recorder['calls'] = [];
  let result: AttemptResult | undefined;
  return {
    calls,
    get result() {
      return result;
    },
    onDrained: () => void calls.push('drained'),
    onConcluded: (concluded) => {
      calls.push(concluded.outcome);
      result = concluded;
    },
  };
}

/** The turn of the event loop after which an attempt looks whether it has drained. */
export function turn(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

export interface HandMadeNode extends FlowNode {
  error: (error: unknown, message?: unknown) => void;
  /** Closes it, as a deploy does. */
  close(): void;
}

export interface HandMadeNodeOptions {
  readonly type?: string;
  readonly name?: string;
  readonly legacy?: boolean;
}

export function handMadeNode(id: string, options: HandMadeNodeOptions = {}): HandMadeNode {
  const closers: (() => void)[] = [];
  return {
    id,
    type: options.type ?? 'test',
    ...(options.name === undefined ? {} : { name: options.name }),
    _expectedDoneCount: options.legacy === true ? 0 : 1,
    error: () => undefined,
    on: (_event, callback) => closers.push(callback),
    close: () => {
      for (const closer of closers) closer();
    },
  };
}

/** Plays Node-RED: calls a tracker's hooks in the order in which the runtime does. */
export class HandMadeFlow {
  readonly #tracker: FlowTracker;

  constructor(tracker: FlowTracker) {
    this.#tracker = tracker;
  }

  /** `from` sends: the message is on its way to each of `to`, which get it at `receive`. */
  send(from: FlowNode, msg: FlowMessage, ...to: readonly FlowNode[]): void {
    const events = to.map((node) => ({
      msg,
      source: { id: from.id, node: from },
      destination: { id: node.id, node },
    }));
    this.#tracker.onSend(events);
    for (const event of events) this.#tracker.preDeliver(event);
  }

  /** `from` sends to a node that does not exist: the router does not go on. */
  sendNowhere(from: FlowNode, msg: FlowMessage, id: string): void {
    this.#tracker.onSend([{ msg, source: { id: from.id, node: from }, destination: { id } }]);
  }

  /** The input handler runs. */
  receive(node: FlowNode, msg: FlowMessage, handler: () => void = () => undefined): void {
    const event = { msg, destination: { id: node.id, node } };
    this.#tracker.onReceive(event);
    handler();
    this.#tracker.postReceive(event);
  }

  done(node: FlowNode, msg: FlowMessage, error?: unknown): void {
    this.#tracker.onComplete({ msg, error, node: { id: node.id, node } });
  }

  /** A whole hop: sent, received, and reported done. */
  pass(from: FlowNode, msg: FlowMessage, to: FlowNode): void {
    this.send(from, msg, to);
    this.receive(to, msg);
    this.done(to, msg);
  }
}
