import { createHash } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/** Certificate, key and CA. */
export type TlsCertificates = SecureContextOptions;

/** How a listener of our own is reached, and what it puts up with. Times are milliseconds. */
export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /**
   * Asked each time that the port is to be opened: a certificate may be there later. Throws with words where there
   * is none. Null: plain HTTP.
   */
  readonly tls: (() => TlsCertificates) | null;
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

/** What a socket is opened with: where this is another one, it has to be closed and opened again. */
export function socketKey(
  { host, port, requireClientCert }: ListenerOptions,
  certificates: TlsCertificates | null,
): string {
  const all = JSON.stringify([host, port, certificates, requireClientCert]);
  return createHash('sha256').update(all).digest('hex');
}
