import { configNode, flag, number, text, type Fields } from '../shared/config-fields';

export const TYPE = 'webhook-listener';

export const CREDENTIALS = { metricsToken: { type: 'password' } } as const;

export interface WebhookListenerConfig {
  readonly name: string;
  /** The address on which it listens; 0.0.0.0: all of them. */
  readonly host: string;
  readonly port: number;
  /** Core `tls-config` with certificate and key; empty: plain HTTP. */
  readonly tls: string;
  /** Only clients with a certificate of that configuration's CA. */
  readonly requireClientCert: boolean;
  /** Proxies in front whose X-Forwarded-For is trusted, where an endpoint names none. */
  readonly proxyHops: number;
  readonly maxConnections: number;
  /** For the headers of a request, from the connection on. */
  readonly headersTimeoutSeconds: number;
  /** For a whole request with its body. */
  readonly requestTimeoutSeconds: number;
  /** For a connection on which nothing happens after an answer. */
  readonly idleTimeoutSeconds: number;
  /** Whether the metrics can be scraped here; with a token only. */
  readonly metrics: boolean;
}

export const FIELDS: Fields<WebhookListenerConfig> = {
  name: text(),
  host: text('0.0.0.0', (host) => host !== '', 'an address such as 0.0.0.0'),
  port: number(8000, { min: 1, max: 65_535, integer: true }),
  tls: configNode('tls-config'),
  requireClientCert: flag(false),
  proxyHops: number(0, { min: 0, max: 10, integer: true }),
  maxConnections: number(1000, { min: 1, max: 100_000, integer: true }),
  headersTimeoutSeconds: number(10, { min: 1, max: 600 }),
  requestTimeoutSeconds: number(120, { min: 1, max: 3600 }),
  idleTimeoutSeconds: number(65, { min: 1, max: 3600 }),
  metrics: flag(false),
};
