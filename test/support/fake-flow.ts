import type { FlowMessage, FlowNode } from '../../src/delivery/flow-hooks';
import type { FlowTracker } from '../../src/delivery/flow-tracker';

/** A flow of one node that works on each message until the test ends it. */
export class FakeFlow {
  readonly node: FlowNode;
  /** Messages that the node works on, oldest first. */
  readonly working: FlowMessage[] = [];
  /** All messages that ever arrived. */
  readonly arrived: FlowMessage[] = [];
  readonly #tracker: FlowTracker;
  readonly #onClose: (() => void)[] = [];

  constructor(tracker: FlowTracker, id = 'worker') {
    this.#tracker = tracker;
    const on = (_event: 'close', callback: () => void): unknown => this.#onClose.push(callback);
    this.node = { id, type: 'function', name: id, _expectedDoneCount: 1, on };
  }

  /** Gets a message, as a wire would bring it. */
  receive = (msg: FlowMessage): void => {
    this.#tracker.preDeliver({
      msg,
      source: { id: 'source' },
      destination: { id: this.node.id, node: this.node },
    });
    this.#tracker.onReceive({ msg, destination: { id: this.node.id, node: this.node } });
    this.working.push(msg);
    this.arrived.push(msg);
  };

  /** A deploy takes this instance of the node away. */
  closeNode(): void {
    for (const callback of this.#onClose.splice(0)) callback();
  }

  /** Ends the work on the oldest message. */
  finish(error?: unknown): void {
    const msg = this.working.shift();
    if (msg === undefined) throw new Error('The flow works on nothing');
    this.#tracker.onComplete({ msg, error, node: { id: this.node.id, node: this.node } });
  }
}
