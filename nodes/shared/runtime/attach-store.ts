import type { Node, NodeAPI } from 'node-red';
import type { EventStore } from '../../../src/events/event-store';
import { historyOf } from './history-of';
import { showStatus } from './node-status';
import { webhooksRuntime } from './webhooks-runtime';

/** The store of the history that a node uses, for as long as this instance of the node lives. */
export function attachStore(RED: NodeAPI, node: Node, historyId: string): EventStore {
  const { stores } = webhooksRuntime(RED);
  const showProblem = (problem: string | null): void => {
    const text = RED._(`${node.type}.status.noHistory`);
    showStatus(node, 'store', problem === null ? null : { fill: 'red', shape: 'ring', text });
  };
  const store = stores.acquire(node, historyOf(RED, historyId), showProblem);
  node.on('close', () => stores.release(node, showProblem));
  return store;
}
