import type { Node, NodeAPI } from 'node-red';
import { isMissingSecret } from '../../src/signature/secrets';
import { defineNode } from '../shared/runtime/define-node';
import type { ListenerOptions, TlsCertificates } from '../shared/runtime/http/listener-options';
import { listenersOf } from '../shared/runtime/http/listeners';
import { tlsFiles, tlsOptions } from '../shared/runtime/tls-options';
import { CREDENTIALS, FIELDS, TYPE, type WebhookListenerConfig } from './webhook-listener.config';

/** Config node: an HTTP server for endpoints, beside Node-RED's own. It outlives this node in a deploy. */
export default function register(RED: NodeAPI): void {
  defineNode<WebhookListenerConfig>(RED, {
    type: TYPE,
    fields: FIELDS,
    credentials: CREDENTIALS,
    start: (node, config) => {
      const metricsToken = config.metrics ? tokenOf(node) : null;
      const notice = config.metrics && metricsToken === null ? noToken(RED, node) : null;
      const { proxyHops } = config;
      const options = { ...optionsOf(RED, config), metricsToken, proxyHops, notice };
      listenersOf(RED).attach(node, options);
    },
  });
}

/** Null: there is none, or its environment variable is not set. */
function tokenOf(node: Node): string | null {
  const { metricsToken } = (node.credentials ?? {}) as { metricsToken?: unknown };
  return typeof metricsToken === 'string' && !isMissingSecret(metricsToken)
    ? metricsToken.trim()
    : null;
}

/** Metrics must not be open to the internet by accident: without a token there are none. */
function noToken(RED: NodeAPI, node: Node): string {
  node.warn(RED._('webhook-listener.warning.noMetricsToken'));
  const text = RED._('webhook-listener.status.noMetricsToken');
  node.status({ fill: 'yellow', shape: 'ring', text });
  return text;
}

/** Fails closed: without its certificates a listener must not fall back to plain HTTP, and it says so until they are there. */
function optionsOf(
  RED: NodeAPI,
  config: WebhookListenerConfig,
): Omit<ListenerOptions, 'metricsToken'> {
  const { host, port, requireClientCert, maxConnections } = config;
  return {
    ...{ host, port, requireClientCert, maxConnections },
    tls: config.tls === '' ? null : () => certificatesOf(RED, config),
    headersTimeoutMs: config.headersTimeoutSeconds * 1000,
    requestTimeoutMs: Math.max(config.requestTimeoutSeconds, config.headersTimeoutSeconds) * 1000,
    idleTimeoutMs: config.idleTimeoutSeconds * 1000,
  };
}

function certificatesOf(
  RED: NodeAPI,
  { tls, requireClientCert }: WebhookListenerConfig,
): TlsCertificates {
  const options = tlsFiles(RED, tls) ?? tlsOptions(RED, tls);
  if (options.key === undefined && options.pfx === undefined) {
    throw new Error(RED._('webhook-listener.problem.noCertificate'));
  }
  if (requireClientCert && options.ca === undefined) {
    throw new Error(RED._('webhook-listener.problem.noCa'));
  }
  return options;
}
