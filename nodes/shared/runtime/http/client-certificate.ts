import type { TLSSocket } from 'node:tls';
import type { ClientCertificate } from '../../../../src/events/event';

type Name = Readonly<Record<string, string | readonly string[]>>;

/** What the client's certificate says, as plain data; undefined: none was asked for. */
export function clientCertificate(socket: object): ClientCertificate | undefined {
  const { authorized, getPeerCertificate } = socket as Partial<TLSSocket>;
  if (authorized !== true || getPeerCertificate === undefined) return undefined;
  const { subject, issuer, serialNumber, fingerprint256 } = getPeerCertificate.call(socket);
  if (fingerprint256 === undefined) return undefined;
  return {
    subject: { ...(subject as unknown as Name) },
    issuer: { ...(issuer as unknown as Name) },
    serialNumber,
    fingerprint256,
  };
}
