import { BlockList, isIP } from 'node:net';
import { WebhookError } from '../shared/errors';

type ForwardedFor = string | string[] | undefined;

/**
 * The address of the client: of the connection, or with `proxyHops` trusted proxies in front the one
 * that the outermost of them saw (X-Forwarded-For counted from the right: what is further left was
 * written by the client).
 */
export function clientAddress(
  remoteAddress: string,
  forwardedFor: ForwardedFor,
  proxyHops: number,
): string {
  if (proxyHops === 0 || forwardedFor === undefined) return plainAddress(remoteAddress);
  const hops = String(forwardedFor)
    .split(',')
    .map((hop) => hop.trim())
    .filter((hop) => hop !== '');
  const seen = hops[Math.max(0, hops.length - proxyHops)] ?? '';
  return isIP(seen) === 0 ? plainAddress(remoteAddress) : plainAddress(seen);
}

/** IPv4 addresses of a dual-stack socket come as ::ffff:192.0.2.1. */
function plainAddress(address: string): string {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return isIP(plain) === 4 ? plain : address;
}

/** Reads addresses and CIDR ranges. Throws `bad-config` with the entry that is none. */
export function parseAddressList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    if (!isAddressRange(entry)) {
      throw new WebhookError('bad-config', `${entry} is neither an address nor a CIDR range.`);
    }
    const [address = '', bits] = entry.split('/');
    const family = familyOf(address);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

export function isAddressRange(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  );
}

export function isListed(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, familyOf(address));
}

const OWN_NETWORKS = parseAddressList([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '::1',
  'fc00::/7',
  'fe80::/10',
]);

/** An address that is not of the internet: this machine, its network, a container's bridge. */
export function isOwnNetwork(address: string): boolean {
  return isListed(OWN_NETWORKS, address);
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
