import type { NodeAPI } from 'node-red';
import { defineNode } from '../shared/runtime/define-node';
import type { ListenerOptions, TlsCertificates } from '../shared/runtime/http/listener-options';
import { listenersOf } from '../shared/runtime/http/listeners';
import { tlsOptions } from '../shared/runtime/tls-options';
import { FIELDS, TYPE, type WebhookListenerConfig } from './webhook-listener.config';

/** Config node: an HTTP server for endpoints, beside Node-RED's own. It outlives this node in a deploy. */
export default function register(RED: NodeAPI): void {
  defineNode<WebhookListenerConfig>(RED, {
    type: TYPE,
    fields: FIELDS,
    start: (node, config) =>
      listenersOf(RED).attach(node, { ...optionsOf(RED, config), proxyHops: config.proxyHops }),
  });
}

/** Fails closed: without its certificates a listener must not fall back to plain HTTP. */
function optionsOf(RED: NodeAPI, config: WebhookListenerConfig): ListenerOptions {
  const { host, port, requireClientCert, maxConnections } = config;
  return {
    ...{ host, port, requireClientCert, maxConnections },
    tls: config.tls === '' ? null : certificatesOf(RED, config),
    headersTimeoutMs: config.headersTimeoutSeconds * 1000,
    requestTimeoutMs: Math.max(config.requestTimeoutSeconds, config.headersTimeoutSeconds) * 1000,
    idleTimeoutMs: config.idleTimeoutSeconds * 1000,
  };
}

function certificatesOf(
  RED: NodeAPI,
  { tls, requireClientCert }: WebhookListenerConfig,
): TlsCertificates {
  const options = tlsOptions(RED, tls);
  if (options.key === undefined && options.pfx === undefined) {
    throw new Error(RED._('webhook-listener.error.noCertificate'));
  }
  if (requireClientCert && options.ca === undefined) {
    throw new Error(RED._('webhook-listener.error.noCa'));
  }
  return options;
}
