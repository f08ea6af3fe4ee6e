import type { Node, NodeStatus } from 'node-red';

/** What may be shown below a node, the most urgent first: a problem hides what is merely news. */
const SLOTS = ['store', 'listener', 'endpoint', 'jobs', 'sync'] as const;
export type StatusSlot = (typeof SLOTS)[number];

const shown = new WeakMap<Node, Map<StatusSlot, NodeStatus>>();

/** Sets or (null) clears what one part of a node has to say; the node shows the most urgent of all. */
export function showStatus(node: Node, slot: StatusSlot, status: NodeStatus | null): void {
  const slots = shown.get(node) ?? new Map<StatusSlot, NodeStatus>();
  shown.set(node, slots);
  if (status === null) slots.delete(slot);
  else slots.set(slot, status);
  const first = SLOTS.find((name) => slots.has(name));
  node.status((first === undefined ? undefined : slots.get(first)) ?? {});
}
