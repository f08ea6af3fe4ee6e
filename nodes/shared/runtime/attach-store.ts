import type { Node, NodeAPI } from 'node-red';
import type { StoreProblem } from '../../../src/events/store-problem';
import { historyOf } from './history-of';
import { showStatus } from './node-status';
import type { OpeningStore } from './opening-store';
import { textOf } from './text-of';
import { webhooksRuntime } from './webhooks-runtime';

/** The store of the history that a node uses, for as long as this instance of the node lives. */
export function attachStore(RED: NodeAPI, node: Node, historyId: string): OpeningStore {
  const { stores } = webhooksRuntime(RED);
  const showProblem = (known: StoreProblem | null): void => {
    if (known === null) return showStatus(node, 'store', null);
    // What the log says may name files and schemas: too much for a line below a node.
    const problem = textOf(RED, `webhook-history.problem.${known.kind}`);
    const text = RED._(`${node.type}.status.history`, { problem });
    showStatus(node, 'store', { fill: 'red', shape: 'ring', text });
  };
  const store = stores.acquire(node, historyOf(RED, historyId), showProblem);
  node.on('close', () => stores.release(node, showProblem));
  return store;
}
