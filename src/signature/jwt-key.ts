import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isRecord, parseJson } from '../shared/json';
import type { JwtAlgorithm } from './options';
import { pemKey } from './public-key';
import { isPem, type NamedSecret } from './secrets';

/** A key with the algorithms that it may verify: the token has no say in which kind of key is used. */
export interface JwtKey {
  readonly name: NamedSecret['name'];
  readonly key: KeyObject;
  readonly algorithms: readonly JwtAlgorithm[];
}

/** Public keys by their `kid` (RFC 7517, section 5). */
export interface KeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/**
 * The key that a secret stands for: a public key (a PEM, a certificate or a JWK) verifies only
 * asymmetric algorithms, any other text only HS*. So a public key, which everybody knows, can never be
 * the secret of an HMAC (RFC 8725, section 2.1). Throws an error whose text names the problem, never
 * the secret.
 */
export function jwtKey(secret: NamedSecret, allowed: readonly JwtAlgorithm[]): JwtKey {
  const jwk = jwkOf(secret.text);
  const isPublic = isPem(secret.text) || jwk !== undefined;
  const algorithms = allowed.filter((algorithm) => algorithm.startsWith('HS') !== isPublic);
  if (algorithms.length === 0) {
    throw new Error(
      isPublic
        ? `a public key verifies none of the allowed algorithms (${allowed.join(', ')}).`
        : `the allowed algorithms (${allowed.join(', ')}) need a public key: in PEM form, or as a JWK.`,
    );
  }
  return { name: secret.name, key: keyObject(secret.text, jwk), algorithms };
}

function keyObject(text: string, jwk: JsonWebKey | undefined): KeyObject {
  if (isPem(text)) return pemKey(text);
  if (jwk === undefined) return createSecretKey(text, 'utf8');
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    throw new Error('the JWK is not a public key.');
  }
}

/** A key set that was pasted as the secret; undefined where the text is none. */
export function keySetOf(text: string): KeySet | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  return readKeySet(parseJson(text));
}

/** The keys of a JWKS document; undefined where it is none. */
export function readKeySet(value: unknown): KeySet | undefined {
  const keys = isRecord(value) ? value.keys : undefined;
  return Array.isArray(keys) && keys.every(isRecord) ? { keys } : undefined;
}

function jwkOf(text: string): JsonWebKey | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  const value = parseJson(text);
  return isRecord(value) && typeof value.kty === 'string' ? value : undefined;
}
