import type { NodeAPI } from 'node-red';
import { systemClock } from '../../src/shared/clock';
import type { TlsSettings } from '../../src/sync/http-client';
import { openConnection, type ConnectionSecrets } from '../../src/sync/open-connection';
import { SyncError } from '../../src/sync/sync-error';
import type { ConnectionNode } from '../shared/runtime/connection-of';
import { defineNode } from '../shared/runtime/define-node';
import { environmentOf } from '../shared/runtime/environment-of';
import {
  CREDENTIALS,
  FIELDS,
  TYPE,
  type ApilinkerConnectionConfig,
} from './apilinker-connection.config';

/** One REST API and how to call it; keeps the connections to its server open. */
export default function register(RED: NodeAPI): void {
  defineNode<ApilinkerConnectionConfig>(RED, {
    type: TYPE,
    fields: FIELDS,
    credentials: CREDENTIALS,
    start: (node, config) => start(RED, node as ConnectionNode, config),
  });
}

/** What cannot be used is said at once, and again to each message that needs the connection. */
function start(RED: NodeAPI, node: ConnectionNode, config: ApilinkerConnectionConfig): void {
  try {
    const secrets = (node.credentials ?? {}) as ConnectionSecrets;
    const opened = openConnection(config, secrets, {
      clock: systemClock,
      environment: environmentOf(RED, node),
      tls: tlsOf(RED, config.tls),
      onRefreshToken: (refreshToken) =>
        void RED.nodes.addCredentials(node.id, {
          // As they are saved: those of the node have their variables replaced.
          ...RED.nodes.getCredentials(node.id),
          refreshToken,
        }),
    });
    node.connection = () => opened.connection;
    node.on('close', (done: () => void) => void opened.close().finally(done));
  } catch (thrown) {
    if (!(thrown instanceof SyncError)) throw thrown;
    node.connection = () => {
      throw thrown;
    };
    node.error(thrown.message);
  }
}

interface TlsNode {
  readonly valid?: boolean;
  addTLSOptions(options: object): Readonly<Record<string, unknown>>;
}

const TLS_KEYS = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'servername', 'rejectUnauthorized'];

/** Fails closed: without its certificates a connection must not fall back to the usual ones. */
function tlsOf(RED: NodeAPI, id: string): TlsSettings {
  if (id === '') return {};
  const node = RED.nodes.getNode(id) as Partial<TlsNode> | null;
  if (node?.addTLSOptions === undefined || node.valid === false) {
    throw new SyncError('The TLS configuration of the connection is missing or not valid.', {
      category: 'VALIDATION',
    });
  }
  const options = node.addTLSOptions({});
  const set = TLS_KEYS.filter((key) => options[key] !== undefined && options[key] !== '');
  return Object.fromEntries(set.map((key) => [key, options[key]]));
}
