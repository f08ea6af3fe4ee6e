import type { SignatureEncoding } from './scheme';

const HEX = /^(?:[0-9a-fA-F]{2})+$/;

/**
 * The bytes of an encoded signature, or null where the text is not exactly one encoding of some bytes
 * (RFC 4648): no white space, padding as the alphabet demands, no stray bits. Hex may be of either case.
 */
export function decodeSignature(text: string, encoding: SignatureEncoding): Buffer | null {
  if (encoding === 'hex') {
    // Node's decoder cuts each character to eight bits ("ａ" U+FF41 becomes "A"), so look before.
    return HEX.test(text) ? Buffer.from(text, 'hex') : null;
  }
  const bytes = Buffer.from(text, encoding);
  return bytes.length > 0 && bytes.toString(encoding) === text ? bytes : null;
}
