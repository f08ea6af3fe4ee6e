import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { TlsSettings } from './http-client';
import { isPrivateAddress } from './private-address';
import { SyncError } from './sync-error';

/** Resolves all addresses of a host, as `dns.lookup` with `all` does. */
export type Resolve = (
  host: string,
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

const resolveByDns: Resolve = (host, callback) => {
  lookup(host, { all: true }, callback);
};

/**
 * Connects to public addresses only. The address that was checked is the one that is connected to, so
 * a host whose DNS answer changes in between (DNS rebinding) gains nothing.
 */
export function guardedConnector(
  tls: TlsSettings,
  resolve: Resolve = resolveByDns,
): buildConnector.connector {
  const connect = buildConnector({ ...tls, lookup: publicLookup(resolve) });
  return (options, callback) => {
    const literal = isIP(options.hostname.replace(/^\[|\]$/g, '')) !== 0;
    if (literal && isPrivateAddress(options.hostname)) callback(refused(options.hostname), null);
    else connect(options, callback);
  };
}

function publicLookup(resolve: Resolve): LookupFunction {
  return (host, options, callback) => {
    resolve(host, (error, addresses) => {
      if (error !== null) {
        callback(error, '');
        return;
      }
      const allowed = addresses.filter(({ address }) => !isPrivateAddress(address));
      const [first] = allowed;
      if (first === undefined) callback(refused(host), '');
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** The error for an address that is not of the public internet. */
export function refused(host: string): SyncError {
  return new SyncError(
    `\`${host}\` is an address of this machine or its network. To allow it, tick "Allow private` +
      ' network addresses" in the connection.',
    { category: 'VALIDATION' },
  );
}
