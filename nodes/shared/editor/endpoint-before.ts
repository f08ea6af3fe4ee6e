import { RED, type EditedNode } from './red';

/** The path of the `webhook-in` from which messages reach a node, by whatever way; empty where none does. */
export function endpointBefore(node: EditedNode): string {
  const before = RED.nodes.getAllUpstreamNodes(node).find(({ type }) => type === 'webhook-in');
  const path: unknown = before?.path;
  return typeof path === 'string' ? path : '';
}
