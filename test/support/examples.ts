import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { FlowNode } from './node-red-process';

/** The files that the Import dialog lists, in its order. */
export const EXAMPLE_FILES = globSync('examples/*.json').sort();

/** What the user of an example enters, and what differs where a test runs it. */
export interface ExampleChanges {
  /** Of each webhook-in node. */
  readonly secret?: string;
  /** The port of Node-RED, in place of 1880. */
  readonly port?: number;
  readonly listenerPort?: number;
  /** Replacements in the text of the file. */
  readonly replace?: Readonly<Record<string, string>>;
}

/** An example as it is shipped, by the number that its name begins with. */
export function example(number: string, changes: ExampleChanges = {}): FlowNode[] {
  const file = EXAMPLE_FILES.find((path) => basename(path).startsWith(`${number}-`));
  if (file === undefined) throw new Error(`There is no example ${number}`);
  let text = readFileSync(file, 'utf8');
  if (changes.port !== undefined) text = text.replaceAll(':1880/', `:${changes.port}/`);
  for (const [from, to] of Object.entries(changes.replace ?? {})) text = text.replaceAll(from, to);
  return (JSON.parse(text) as FlowNode[]).map((node) => changed(node, changes));
}

function changed(node: FlowNode, { secret, listenerPort }: ExampleChanges): FlowNode {
  if (node.type === 'webhook-in' && secret !== undefined)
    return { ...node, credentials: { secret } };
  if (node.type === 'webhook-listener' && listenerPort !== undefined)
    return { ...node, host: '127.0.0.1', port: listenerPort };
  return node;
}
