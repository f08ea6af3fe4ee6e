import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { webhooksRuntime } from './webhooks-runtime';

/**
 * Records on the trail of the current attempt that a message ended here on purpose: it left for an
 * output that is not wired. An attempt of which every path ends so is `ignored: filtered`.
 *
 * @param detail why, in words: the condition that failed, without the content of the message
 */
export function recordDrop(RED: NodeAPI, node: Node, msg: NodeMessage, detail: string): void {
  webhooksRuntime(RED).tracker.dropped(node.id, msg, detail);
}
