import type * as JoseModule from 'jose' with { 'resolution-mode': 'import' };
import { errorText } from '../shared/errors';
import { claimRefusal, type ExpectedClaims, expectedClaims, LEEWAY_SECONDS } from './jwt-claims';
import { jwtKey, type JwtKey, type KeySet, keySetOf } from './jwt-key';
import type { KeySource } from './key-source';
import type { Check, CheckOptions } from './message-check';
import type { JwtAlgorithm } from './options';
import * as advice from './refusal-advice';
import type { RequestView } from './request-view';
import type { JwtScheme, Verdict } from './scheme';
import type { NamedSecret } from './secrets';

type Jose = typeof JoseModule;

export interface JwtOptions extends CheckOptions {
  /** The address of the keys, where the scheme leaves it to the user. */
  readonly jwksUrl?: string;
  readonly keySource?: KeySource;
}

/** The keys to try for a token, in this order. */
interface Keys {
  readonly name: NamedSecret['name'];
  readonly algorithms: readonly JwtAlgorithm[];
  /** One key, or the set of them in which the token's `kid` names one. */
  readonly key: JwtKey['key'] | ((kid: string | undefined) => KeySet | Promise<KeySet>);
}

let jose: Promise<Jose> | undefined;

/**
 * Verifies a signed JSON Web Token (RFC 7519, by the rules of RFC 8725) in a header. It covers the body
 * only where a claim is its hash. Secrets that fit no allowed algorithm are left out. Throws where the
 * scheme itself is broken.
 */
export function createJwtCheck(
  scheme: JwtScheme,
  secrets: readonly NamedSecret[],
  options: JwtOptions,
): Check {
  const { keys, problem } = usableKeys(scheme, secrets, options);
  if (keys.length === 0) {
    const refusal = problem === '' ? advice.noSecret : advice.unusableSecret(problem);
    return () => refusal;
  }
  const expected = expectedClaims(scheme.claims, options.settings);
  const header = scheme.token.header.toLowerCase();
  const missing = advice.missingSignature(scheme.token.header);
  const malformed = advice.malformedToken(scheme.token.header);
  return (view) => {
    const value = view.header(header);
    if (value === undefined) return missing;
    const token = view.isRepeated(header) ? undefined : bareToken(value, scheme.token);
    if (token === undefined) return malformed;
    return checkToken({ token, view, expected, malformed, nowMs: options.now() }, keys);
  };
}

/** Whether keys can come from an address, so that no secret is needed. */
export function keysAddress(scheme: JwtScheme, options: JwtOptions): string | undefined {
  const own = options.jwksUrl ?? '';
  if (own !== '') return own;
  return typeof scheme.jwks === 'string' ? scheme.jwks : undefined;
}

function usableKeys(
  scheme: JwtScheme,
  secrets: readonly NamedSecret[],
  options: JwtOptions,
): { readonly keys: readonly Keys[]; readonly problem: string } {
  const keys: Keys[] = [];
  const problems: string[] = [];
  for (const secret of secrets) {
    try {
      keys.push(secretKeys(secret, scheme.algs));
    } catch (thrown) {
      problems.push(errorText(thrown));
    }
  }
  const address = keysAddress(scheme, options);
  if (keys.length === 0 && address !== undefined) {
    const { keySource } = options;
    if (keySource === undefined) throw new Error('keys cannot be fetched here');
    const key = (kid: string | undefined) => keySource.keySet(address, kid);
    keys.push({ name: 'current', algorithms: publicAlgorithms(scheme.algs), key });
  }
  return { keys, problem: problems[0] ?? '' };
}

function secretKeys(secret: NamedSecret, allowed: readonly JwtAlgorithm[]): Keys {
  const set = keySetOf(secret.text);
  if (set === undefined) return jwtKey(secret, allowed);
  return { name: secret.name, algorithms: publicAlgorithms(allowed), key: () => set };
}

/** Keys of a set are public: no HMAC may be verified with one. */
function publicAlgorithms(allowed: readonly JwtAlgorithm[]): readonly JwtAlgorithm[] {
  const algorithms = allowed.filter((algorithm) => !algorithm.startsWith('HS'));
  if (algorithms.length > 0) return algorithms;
  throw new Error(`public keys verify none of the allowed algorithms (${allowed.join(', ')}).`);
}

/** The token without the word before it (RFC 9110, section 11.4: in any case, one space). */
function bareToken(value: string, place: JwtScheme['token']): string | undefined {
  if (place.scheme === undefined) return value;
  const word = `${place.scheme.toLowerCase()} `;
  if (value.toLowerCase().startsWith(word)) return value.slice(word.length);
  return place.schemeOptional === true ? value : undefined;
}

interface OfferedToken {
  readonly token: string;
  readonly view: RequestView;
  readonly expected: ExpectedClaims;
  readonly malformed: advice.Refused;
  readonly nowMs: number;
}

async function checkToken(offered: OfferedToken, keys: readonly Keys[]): Promise<Verdict> {
  try {
    jose ??= import('jose');
    const library = await jose;
    let refusal: advice.Refused | undefined;
    for (const key of keys) {
      const verdict = await checkWithKeys(library, offered, key);
      if (verdict.ok) return verdict;
      // Past a matching signature the claims decide; that says more than another key's mismatch.
      if (refusal === undefined || refusal === advice.tokenMismatch) refusal = verdict;
    }
    return refusal ?? advice.verifierFailure;
  } catch {
    return advice.verifierFailure;
  }
}

async function checkWithKeys(
  library: Jose,
  { token, view, expected, malformed, nowMs }: OfferedToken,
  keys: Keys,
): Promise<Verdict> {
  const { iss, aud, required, leeway = LEEWAY_SECONDS } = expected;
  try {
    const { payload } = await library.jwtVerify(token, await keyFor(library, token, keys), {
      algorithms: [...keys.algorithms],
      clockTolerance: leeway,
      currentDate: new Date(nowMs),
      ...(iss !== undefined && { issuer: typeof iss === 'string' ? iss : [...iss] }),
      ...(aud !== undefined && { audience: typeof aud === 'string' ? aud : [...aud] }),
      ...(required !== undefined && { requiredClaims: [...required] }),
    });
    return claimRefusal(payload, expected, view, nowMs) ?? { ok: true, secret: keys.name };
  } catch (thrown) {
    return tokenRefusal(library, thrown, keys, malformed);
  }
}

/** Raised where no key set can be had: the sender may be genuine. */
class KeysUnavailable extends Error {}

async function keyFor(
  library: Jose,
  token: string,
  { key, algorithms }: Keys,
): Promise<JwtKey['key']> {
  if (typeof key !== 'function') return key;
  const header = library.decodeProtectedHeader(token);
  // The token's word is enough to refuse it, before anything is fetched.
  if (!algorithms.some((algorithm) => algorithm === header.alg)) {
    throw new library.errors.JOSEAlgNotAllowed();
  }
  let set: KeySet;
  try {
    set = await key(typeof header.kid === 'string' ? header.kid : undefined);
  } catch (thrown) {
    throw new KeysUnavailable(errorText(thrown), { cause: thrown });
  }
  const local = library.createLocalJWKSet({
    keys: [...set.keys],
  });
  return (await local({ ...header, alg: header.alg ?? '' })) as unknown as JwtKey['key'];
}

function tokenRefusal(
  { errors }: Jose,
  thrown: unknown,
  keys: Keys,
  malformed: advice.Refused,
): advice.Refused {
  if (thrown instanceof KeysUnavailable) return advice.keyUnavailable(thrown.message);
  if (thrown instanceof errors.JWSSignatureVerificationFailed) return advice.tokenMismatch;
  if (thrown instanceof errors.JWTExpired) return advice.tokenExpired;
  if (thrown instanceof errors.JWTClaimValidationFailed) return advice.tokenClaim(thrown.claim);
  if (thrown instanceof errors.JOSEAlgNotAllowed) return advice.tokenAlgorithm(keys.algorithms);
  if (thrown instanceof errors.JWKSNoMatchingKey) return advice.tokenKey;
  if (thrown instanceof errors.JOSEError) return malformed;
  return advice.verifierFailure;
}
