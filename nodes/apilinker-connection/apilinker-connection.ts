import type { NodeAPI } from 'node-red';
import { systemClock } from '../../src/shared/clock';
import { errorText } from '../../src/shared/errors';
import type { TlsSettings } from '../../src/sync/http-client';
import { openConnection, type ConnectionSecrets } from '../../src/sync/open-connection';
import { SyncError } from '../../src/sync/sync-error';
import type { ConnectionNode } from '../shared/runtime/connection-of';
import { defineNode } from '../shared/runtime/define-node';
import { environmentOf } from '../shared/runtime/environment-of';
import { tlsOptions } from '../shared/runtime/tls-options';
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

/** Fails closed: without its certificates a connection must not fall back to the usual ones. */
function tlsOf(RED: NodeAPI, id: string): TlsSettings {
  if (id === '') return {};
  try {
    return tlsOptions(RED, id) as TlsSettings;
  } catch (thrown) {
    throw new SyncError(errorText(thrown), { category: 'VALIDATION' });
  }
}
