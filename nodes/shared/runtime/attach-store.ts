import type { Node, NodeAPI } from 'node-red';
import type { EventStore } from '../../../src/events/event-store';
import { historyOf } from './history-of';
import { showStatus } from './node-status';
import type { StoreProblem } from './opening-store';
import { webhooksRuntime } from './webhooks-runtime';

/** The store of the history that a node uses, for as long as this instance of the node lives. */
export function attachStore(RED: NodeAPI, node: Node, historyId: string): EventStore {
  const { stores } = webhooksRuntime(RED);
  const showProblem = (problem: StoreProblem | null): void => {
    if (problem === null) return showStatus(node, 'store', null);
    const key = problem.kind === 'damaged' ? 'damagedHistory' : 'noHistory';
    const text = RED._(`${node.type}.status.${key}`);
    showStatus(node, 'store', { fill: 'red', shape: 'ring', text });
  };
  const store = stores.acquire(node, historyOf(RED, historyId), showProblem);
  node.on('close', () => stores.release(node, showProblem));
  return store;
}
