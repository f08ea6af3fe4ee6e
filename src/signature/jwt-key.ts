import { createPublicKey, createSecretKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { JwtAlgorithm } from './options';
import { isPem, type NamedSecret } from './secrets';

/** A key with the algorithms that it may verify: the token has no say in which kind of key is used. */
export interface JwtKey {
  readonly name: NamedSecret['name'];
  readonly key: KeyObject;
  readonly algorithms: readonly JwtAlgorithm[];
}

const PEM = /^\s*-----BEGIN (PUBLIC KEY|CERTIFICATE)-----([A-Za-z0-9+/=\s]+)-----END \1-----\s*$/;

/**
 * The key that a secret stands for: a public key or certificate in PEM form verifies only asymmetric
 * algorithms, any other text only HS*. So a public key, which everybody knows, can never be the secret
 * of an HMAC (RFC 8725, section 2.1). Throws an error whose text names the problem, never the secret.
 */
export function jwtKey(secret: NamedSecret, allowed: readonly JwtAlgorithm[]): JwtKey {
  const pem = isPem(secret.text);
  const algorithms = allowed.filter((algorithm) => algorithm.startsWith('HS') !== pem);
  if (algorithms.length === 0) {
    throw new Error(
      pem
        ? `a public key verifies none of the allowed algorithms (${allowed.join(', ')}).`
        : `the allowed algorithms (${allowed.join(', ')}) need a public key or certificate in PEM form.`,
    );
  }
  const key = pem ? publicKey(secret.text) : createSecretKey(secret.text, 'utf8');
  return { name: secret.name, key, algorithms };
}

/** A password field of a browser drops line breaks, and variables often hold `\n`: both are mended. */
function publicKey(text: string): KeyObject {
  const [, label, base64] = PEM.exec(text.replaceAll('\\n', '\n')) ?? [];
  if (label === undefined || base64 === undefined) {
    throw new Error('it is not one PUBLIC KEY or CERTIFICATE in PEM form.');
  }
  const der = Buffer.from(base64, 'base64');
  try {
    return label === 'CERTIFICATE'
      ? new X509Certificate(der).publicKey
      : createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    throw new Error('the PEM text is damaged.');
  }
}
