import type { ConnectionOptions } from 'node:tls';
import type { NodeAPI } from 'node-red';
import { textOf } from './text-of';

interface TlsNode {
  readonly valid?: boolean;
  addTLSOptions(options: object): Readonly<Record<string, unknown>>;
}

const KEYS = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'servername', 'rejectUnauthorized'];

/**
 * What a core `tls-config` node says. Throws where it is missing or not valid: without its certificates a
 * connection must not fall back to the usual ones.
 */
export function tlsOptions(RED: NodeAPI, id: string): ConnectionOptions {
  const node = RED.nodes.getNode(id) as Partial<TlsNode> | null;
  if (node?.addTLSOptions === undefined || node.valid === false) {
    throw new Error(textOf(RED, 'webhook-listener.error.noTls'));
  }
  const options = node.addTLSOptions({});
  const set = KEYS.filter((key) => options[key] !== undefined && options[key] !== '');
  return Object.fromEntries(set.map((key) => [key, options[key]]));
}
