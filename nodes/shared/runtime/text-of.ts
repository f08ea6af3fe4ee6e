import type { NodeAPI } from 'node-red';

const PACKAGE = '@apilinker/node-red-webhooks';

/**
 * A text by its whole key, whichever node asks: `RED._` looks only into the locale file of the node that
 * it was given to, and what nodes share has its texts with one of them.
 */
export function textOf(RED: NodeAPI, key: string): string {
  const [type = ''] = key.split('.');
  return RED._(`${PACKAGE}/${type}:${key}`);
}
