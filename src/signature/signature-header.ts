import { decodeSignature } from './decode';
import type { HmacScheme } from './scheme';

/** What a signature header offers. */
export interface SignatureOffer {
  /** Every value that decodes; the length is not checked. */
  readonly signatures: readonly Buffer[];
  /** The values of the list's timestamp key: more than one is ambiguous. */
  readonly timestamps: readonly string[];
}

export type ReadOffer = (header: string) => SignatureOffer;

/** The reader of a scheme's signature header; `stampField` is the list's key that holds the time. */
export function signatureReader(sig: HmacScheme['sig'], stampField: string | undefined): ReadOffer {
  const prefixes = typeof sig.prefix === 'string' ? [sig.prefix] : (sig.prefix ?? ['']);
  const { list } = sig;
  if (list === undefined) {
    return (header) => ({ signatures: decodeOffered(header, prefixes, sig.enc), timestamps: [] });
  }
  return (header) => {
    const signatures: Buffer[] = [];
    const timestamps: string[] = [];
    for (const item of header.split(list.sep)) {
      const [key, value] = splitItem(item.trim(), list.kv);
      if (key === list.field) signatures.push(...decodeOffered(value, prefixes, sig.enc));
      else if (key === stampField) timestamps.push(value);
    }
    return { signatures, timestamps };
  };
}

function splitItem(item: string, separator: string): readonly [key: string, value: string] {
  const at = item.indexOf(separator);
  return at < 0 ? ['', item] : [item.slice(0, at), item.slice(at + separator.length)];
}

function decodeOffered(
  text: string,
  prefixes: readonly string[],
  encoding: HmacScheme['sig']['enc'],
): Buffer[] {
  const decoded: Buffer[] = [];
  for (const prefix of prefixes) {
    if (!text.startsWith(prefix)) continue;
    const bytes = decodeSignature(text.slice(prefix.length), encoding);
    if (bytes !== null) decoded.push(bytes);
  }
  return decoded;
}
