import { BlockList, isIP } from 'node:net';

const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

const PRIVATE_V6: readonly (readonly [string, number])[] = [
  ['::', 127],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const blocked = new BlockList();
for (const [network, prefix] of PRIVATE_V4) blocked.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of PRIVATE_V6) blocked.addSubnet(network, prefix, 'ipv6');

/**
 * Whether an IP address is of the own machine, a local network or otherwise not of the public internet
 * (the IANA special-purpose registries), also where IPv6 carries an IPv4 address. A text that is no
 * address counts as private.
 */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const version = isIP(plain);
  if (version === 4) return blocked.check(plain, 'ipv4');
  if (version !== 6) return true;
  const carried = carriedV4(hextets(plain));
  return blocked.check(plain, 'ipv6') || (carried !== null && blocked.check(carried, 'ipv4'));
}

/** The eight 16-bit groups of an IPv6 address, from the compressed form that the URL parser makes. */
function hextets(address: string): number[] {
  const compressed = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = compressed.split('::');
  const groups = (text: string | undefined): number[] =>
    text === undefined || text === '' ? [] : text.split(':').map((group) => parseInt(group, 16));
  const before = groups(head);
  const after = groups(tail);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** IPv4-mapped and -compatible (RFC 4291), NAT64 (RFC 6052) and 6to4 (RFC 3056) addresses carry one. */
function carriedV4(groups: readonly number[]): string | null {
  const [g0 = 0, g1 = 0, g2 = 0, , , g5 = 0, g6 = 0, g7 = 0] = groups;
  if (g0 === 0x2002) return dotted(g1, g2);
  const zeros = (from: number, to: number): boolean =>
    groups.slice(from, to).every((group) => group === 0);
  const isMapped = zeros(0, 5) && (g5 === 0 || g5 === 0xffff);
  const isTranslated = zeros(0, 4) && groups[4] === 0xffff && g5 === 0;
  const isNat64 = g0 === 0x64 && g1 === 0xff9b && zeros(2, 6);
  return isMapped || isTranslated || isNat64 ? dotted(g6, g7) : null;
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}
