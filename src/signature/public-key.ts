import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { decodeBytes, withoutPrefixes } from './key-form';
import type { PublicKeyFormat } from './scheme';

const PEM =
  /^\s*-----BEGIN (PUBLIC KEY|RSA PUBLIC KEY|CERTIFICATE)-----([A-Za-z0-9+/=\s]+)-----END \1-----\s*$/;
/** SubjectPublicKeyInfo of Ed25519 up to the 32 bytes of the key (RFC 8410, section 4). */
const ED25519_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const ED25519_BYTES = 32;

/** Reads a public key. Throws an error whose text names the problem, never the key. */
export function readPublicKey(
  text: string,
  format: PublicKeyFormat,
  prefixes: readonly string[] = [],
): KeyObject {
  if (format === 'pem' || text.includes('-----BEGIN ')) return pemKey(text);
  const bare = withoutPrefixes(text.trim(), prefixes);
  const bytes = decodeBytes(bare, format === 'ed25519-hex' ? 'hex' : 'base64');
  if (bytes === null) {
    throw new Error(`it is not ${format === 'ed25519-hex' ? 'hexadecimal' : 'base64'}.`);
  }
  if (format === 'spki-base64') return derKey(bytes, 'spki');
  if (bytes.length !== ED25519_BYTES) throw new Error('an Ed25519 public key has 32 bytes.');
  return derKey(Buffer.concat([ED25519_HEAD, bytes]), 'spki');
}

/** A password field of a browser drops line breaks, and variables often hold `\n`: both are mended. */
export function pemKey(text: string): KeyObject {
  const [, label, base64] = PEM.exec(text.replaceAll('\\n', '\n')) ?? [];
  if (label === undefined || base64 === undefined) {
    throw new Error('it is not one PUBLIC KEY or CERTIFICATE in PEM form.');
  }
  const der = Buffer.from(base64, 'base64');
  try {
    if (label === 'CERTIFICATE') return new X509Certificate(der).publicKey;
    return derKey(der, label === 'PUBLIC KEY' ? 'spki' : 'pkcs1');
  } catch {
    throw new Error('the PEM text is damaged.');
  }
}

function derKey(key: Buffer, type: 'spki' | 'pkcs1'): KeyObject {
  try {
    return createPublicKey({ key, format: 'der', type });
  } catch {
    throw new Error('it is not a public key.');
  }
}
