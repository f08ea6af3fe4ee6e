import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { NodeAPI, NodeDef } from 'node-red';
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

type FileNames = Readonly<Partial<Record<'cert' | 'key' | 'ca', string>>>;

/**
 * The certificates of a `tls-config` node with files that were not there when it was built: it reads them only then.
 * Null: it has what it needs, or has no files. Throws, with words, as long as one of them can't be read.
 */
export function tlsFiles(RED: NodeAPI, id: string): ConnectionOptions | null {
  const node = RED.nodes.getNode(id) as Partial<TlsNode> | null;
  if (node?.valid !== false) return null;
  const names = fileNames(RED, id);
  if (names === null) return null;
  try {
    return Object.fromEntries(
      Object.entries(names).map(([key, file]) => [key, readFileSync(file)]),
    );
  } catch {
    throw new Error(textOf(RED, 'webhook-listener.problem.noCertificateFile'));
  }
}

function fileNames(RED: NodeAPI, id: string): FileNames | null {
  let saved: (NodeDef & FileNames & { certType?: string }) | undefined;
  RED.nodes.eachNode((node: NodeDef) => {
    if (node.id === id) saved = node;
  });
  if (saved === undefined || !['', 'files'].includes(saved.certType ?? '')) return null;
  const { cert = '', key = '', ca = '' } = saved;
  if (cert.trim() === '' || key.trim() === '') return null;
  const names = { cert, key, ...(ca.trim() !== '' && { ca }) };
  return Object.fromEntries(Object.entries(names).map(([what, name]) => [what, named(RED, name)]));
}

/** Node-RED puts the value of a variable in the place of a property that names one. */
function named(RED: NodeAPI, name: string): string {
  const variable = /^\$\{(\S+)\}$/.exec(name.trim())?.[1];
  if (variable === undefined) return name.trim();
  return String(RED.util.evaluateNodeProperty(variable, 'env', {} as never, {}));
}
