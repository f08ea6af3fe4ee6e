import type * as JoseModule from 'jose' with { 'resolution-mode': 'import' };
import { errorText } from '../shared/errors';
import { type JwtKey, jwtKey } from './jwt-key';
import * as advice from './refusal-advice';
import { requestHeader } from './request-header';
import type { JwtScheme, SignedRequest, Verdict } from './scheme';
import type { NamedSecret } from './secrets';

type Jose = typeof JoseModule;
type Check = (request: SignedRequest) => Verdict | Promise<Verdict>;

/** How far clocks may be apart when exp, nbf and iat are checked. */
const LEEWAY_SECONDS = 60;

let jose: Promise<Jose> | undefined;

/**
 * Verifies a signed JSON Web Token (RFC 7519, by the rules of RFC 8725) in a header. It does not cover
 * the body. `secrets` is not empty; those that fit no allowed algorithm are left out.
 */
export function createJwtCheck(
  scheme: JwtScheme,
  secrets: readonly NamedSecret[],
  options: { readonly now: () => number },
): Check {
  const { keys, problem } = usableKeys(scheme, secrets);
  if (keys.length === 0) {
    const refusal = advice.unusableSecret(problem);
    return () => refusal;
  }
  const header = scheme.token.header.toLowerCase();
  const missing = advice.missingSignature(scheme.token.header);
  const malformed = advice.malformedToken(scheme.token.header);
  return (request) => {
    const value = requestHeader(request, header);
    if (value === undefined) return missing;
    const token = bareToken(value, scheme.token);
    return token === undefined ? malformed : checkToken(token, keys, scheme, options.now());
  };
}

function usableKeys(
  scheme: JwtScheme,
  secrets: readonly NamedSecret[],
): { readonly keys: readonly JwtKey[]; readonly problem: string } {
  const keys: JwtKey[] = [];
  const problems: string[] = [];
  for (const secret of secrets) {
    try {
      keys.push(jwtKey(secret, scheme.algs));
    } catch (thrown) {
      problems.push(errorText(thrown));
    }
  }
  return { keys, problem: problems[0] ?? '' };
}

/** The token without the word before it (RFC 9110, section 11.4: in any case, one space). */
function bareToken(value: string, place: JwtScheme['token']): string | undefined {
  if (place.scheme === undefined) return value;
  const word = `${place.scheme.toLowerCase()} `;
  if (value.toLowerCase().startsWith(word)) return value.slice(word.length);
  return place.schemeOptional === true ? value : undefined;
}

async function checkToken(
  token: string,
  keys: readonly JwtKey[],
  scheme: JwtScheme,
  nowMs: number,
): Promise<Verdict> {
  try {
    jose ??= import('jose');
    const library = await jose;
    let refusal: advice.Refused | undefined;
    for (const key of keys) {
      const verdict = await checkWithKey(library, token, key, scheme, nowMs);
      if (verdict.ok) return verdict;
      // Past a matching signature the claims decide; that says more than another key's mismatch.
      if (refusal === undefined || refusal === advice.tokenMismatch) refusal = verdict;
    }
    return refusal ?? advice.verifierFailure;
  } catch {
    return advice.verifierFailure;
  }
}

async function checkWithKey(
  library: Jose,
  token: string,
  key: JwtKey,
  scheme: JwtScheme,
  nowMs: number,
): Promise<Verdict> {
  const { iss, aud, required } = scheme.claims ?? {};
  try {
    const { payload } = await library.jwtVerify(token, key.key, {
      algorithms: [...key.algorithms],
      clockTolerance: LEEWAY_SECONDS,
      currentDate: new Date(nowMs),
      ...(iss !== undefined && { issuer: typeof iss === 'string' ? iss : [...iss] }),
      ...(aud !== undefined && { audience: typeof aud === 'string' ? aud : [...aud] }),
      ...(required !== undefined && { requiredClaims: [...required] }),
    });
    // RFC 7519, section 4.1.3: who is not named in the audience must refuse the token.
    if (aud === undefined && payload.aud !== undefined) return advice.tokenAudience;
    if (payload.iat !== undefined && !(payload.iat <= nowMs / 1000 + LEEWAY_SECONDS)) {
      return advice.tokenFromFuture;
    }
    return { ok: true, secret: key.name };
  } catch (thrown) {
    return tokenRefusal(library, thrown, key, scheme);
  }
}

function tokenRefusal(
  { errors }: Jose,
  thrown: unknown,
  key: JwtKey,
  scheme: JwtScheme,
): advice.Refused {
  if (thrown instanceof errors.JWSSignatureVerificationFailed) return advice.tokenMismatch;
  if (thrown instanceof errors.JWTExpired) return advice.tokenExpired;
  if (thrown instanceof errors.JWTClaimValidationFailed) return advice.tokenClaim(thrown.claim);
  if (thrown instanceof errors.JOSEAlgNotAllowed) return advice.tokenAlgorithm(key.algorithms);
  if (thrown instanceof errors.JOSEError) return advice.malformedToken(scheme.token.header);
  return advice.verifierFailure;
}
