import type { Node, NodeAPI } from 'node-red';

/** The variables that a node sees: of its flow and the global ones, then of the process. */
export function environmentOf(RED: NodeAPI, node: Node): (name: string) => string | undefined {
  return (name) => {
    const value: unknown = RED.util.getSetting(node, name) ?? process.env[name];
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    return typeof value === 'string' ? value : undefined;
  };
}
