import type { Node, NodeAPI } from 'node-red';
import { systemClock } from '../../src/shared/clock';
import { createAuth, type Secrets } from '../../src/sync/auth';
import { baseUrlOf } from '../../src/sync/connection';
import { createHttpClient } from '../../src/sync/undici-client';
import type { ConnectionNode } from '../shared/runtime/connection-of';
import { defineNode } from '../shared/runtime/define-node';
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
    start,
  });
}

function start(node: Node, config: ApilinkerConnectionConfig): void {
  const { origin } = baseUrlOf(config);
  const { allowPrivateNetwork } = config;
  const http = createHttpClient({ origin, allowPrivateNetwork, clock: systemClock });
  const secrets = (node.credentials ?? {}) as Secrets;
  (node as ConnectionNode).connection = () => ({
    options: config,
    auth: createAuth(config, secrets),
    http,
  });
  node.on('close', (done: () => void) => {
    void http.close().finally(done);
  });
}
