import type { SecureContextOptions } from 'node:tls';

/** Certificate, key and CA. */
export type TlsCertificates = SecureContextOptions;

/** How a listener of our own is reached, and what it puts up with. Times are milliseconds. */
export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Null: plain HTTP. */
  readonly tls: TlsCertificates | null;
  /** Clients without a certificate that the TLS configuration's CA has signed are not talked to. */
  readonly requireClientCert: boolean;
  readonly maxConnections: number;
  /** From the connection, or the last answer on it, to the end of the headers. */
  readonly headersTimeoutMs: number;
  /** To the end of the body. */
  readonly requestTimeoutMs: number;
  /** A connection on which nothing happens after an answer. */
  readonly idleTimeoutMs: number;
  /** Who shows it may read the metrics; null: there are none here. */
  readonly metricsToken: string | null;
}

/** A socket has to be closed and opened again for this. */
export function needsNewSocket(before: ListenerOptions, now: ListenerOptions): boolean {
  const place = ({ host, port, tls, requireClientCert }: ListenerOptions): string =>
    JSON.stringify([host, port, tls, requireClientCert]);
  return place(before) !== place(now);
}
