import type { Node, NodeAPI } from 'node-red';
import type { EventStore } from '../../../src/events/event-store';
import { historyOf } from './history-of';
import { webhooksRuntime } from './webhooks-runtime';

/** The store of the history that a node uses, for as long as this instance of the node lives. */
export function attachStore(RED: NodeAPI, node: Node, historyId: string): EventStore {
  const { stores } = webhooksRuntime(RED);
  const showProblem = (problem: string | null): void => {
    if (problem === null) node.status({});
    else node.status({ fill: 'red', shape: 'ring', text: RED._(`${node.type}.status.noHistory`) });
  };
  const store = stores.acquire(node, historyOf(RED, historyId), showProblem);
  node.on('close', () => stores.release(node, showProblem));
  return store;
}
