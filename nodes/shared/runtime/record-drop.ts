import type { Node, NodeAPI, NodeMessage } from 'node-red';

/**
 * Records on the trail of the current attempt that a message ended at a node on purpose: it left for
 * an output that is not wired. An attempt of which every path ends so is `ignored: filtered`.
 * `detail` says why, in words: the condition that failed, without the content of the message.
 * The flow tracker is what records it; without one there is nothing to do.
 */
export const recordDrop: (
  RED: NodeAPI,
  node: Node,
  msg: NodeMessage,
  detail: string,
) => void = () => undefined;
