import type { Node, NodeAPI } from 'node-red';
import type { PostgresSettings } from '../../src/events/postgres/settings';
import { checkSettings } from '../../src/events/postgres/settings';
import { defineNode } from '../shared/runtime/define-node';
import { provideHistory } from '../shared/runtime/history-of';
import { tlsOptions } from '../shared/runtime/tls-options';
import { CREDENTIALS, FIELDS, TYPE, type WebhookHistoryConfig } from './webhook-history.config';

/** Config node: names a store. It is opened by the first node that uses it, and outlives this one. */
export default function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: TYPE,
    fields: FIELDS,
    credentials: CREDENTIALS,
    start: (node, config) => {
      const { store, ...history } = config;
      const postgres = store === 'postgres' ? postgresSettings(RED, node, config) : undefined;
      provideHistory(node, { ...history, ...(postgres === undefined ? {} : { postgres }) });
    },
  });
}

/** Throws in words what is missing; never with the connection string. */
function postgresSettings(
  RED: NodeAPI,
  node: Node,
  { schema, tls, poolSize, leaseSeconds }: WebhookHistoryConfig,
): PostgresSettings {
  const { connectionString = '' } = (node.credentials ?? {}) as { connectionString?: string };
  if (connectionString === '') throw new Error(RED._('webhook-history.error.noConnection'));
  const leaseMs = leaseSeconds * 1000;
  const settings = {
    ...{ connectionString, schema, poolSize, leaseMs },
    ...(tls === '' ? {} : { tls: tlsOptions(RED, tls) }),
  };
  checkSettings(settings);
  return settings;
}
