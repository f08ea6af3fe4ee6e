import type { Node, NodeStatus } from 'node-red';

/** What may be shown below a node, the most urgent first. */
const SLOTS = ['problem', 'store', 'listener', 'endpoint', 'jobs', 'sync'] as const;
export type StatusSlot = (typeof SLOTS)[number];

const shown = new WeakMap<Node, Map<StatusSlot, NodeStatus>>();
const unheard = new Set<Node>();
let isStarting = true;

/** Sets or (null) clears what one part of a node has to say: the node shows what is red, else all of it. */
export function showStatus(node: Node, slot: StatusSlot, status: NodeStatus | null): void {
  const slots = shown.get(node) ?? new Map<StatusSlot, NodeStatus>();
  shown.set(node, slots);
  if (status === null) slots.delete(slot);
  else slots.set(slot, status);
  if (isStarting) unheard.add(node);
  show(node);
}

/** The flows stop, and others are built: what a node says before they have started, no Status node hears. */
export function flowsStop(): void {
  isStarting = true;
  unheard.clear();
}

/** The flows have started: Status nodes hear what the nodes that there are said while they were built. */
export function flowsStarted(isThere: (node: Node) => boolean): void {
  isStarting = false;
  for (const node of unheard) if (isThere(node)) show(node);
  unheard.clear();
}

function show(node: Node): void {
  const slots = shown.get(node);
  node.status(together(SLOTS.flatMap((name) => slots?.get(name) ?? [])));
}

/** Red says enough by itself; what merely should be known must not hide how much waits. */
function together(statuses: readonly NodeStatus[]): NodeStatus {
  const [first] = statuses;
  if (first === undefined) return {};
  const told = statuses.findIndex(({ fill }) => fill === 'red');
  if (told >= 0) return statuses[told] ?? first;
  return { ...first, text: statuses.map(({ text }) => text ?? '').join(' · ') };
}
