import { RED, type CanvasNode } from './red-editor';

let lit: CanvasNode[] = [];

/** Nodes of the canvas light up; those that did before go out. */
export function light(nodeIds: readonly string[]): void {
  for (const node of lit) set(node, false);
  lit = nodeIds.flatMap((id) => canvasNode(id) ?? []);
  for (const node of lit) set(node, true);
  RED.view.redraw();
}

export function lightsOut(): void {
  light([]);
}

/**
 * The node that stands on the canvas for a node of the flow. A node in a subflow has the ids of the instances
 * around it before its own (`instance-inner`): the outermost of them stands there.
 */
export function canvasNode(id: string): CanvasNode | null {
  const whole = RED.nodes.node(id);
  const [outermost = id] = id.split('-');
  return whole ?? RED.nodes.node(outermost);
}

function set(node: CanvasNode, isLit: boolean): void {
  node.highlighted = isLit;
  node.dirty = true;
}
