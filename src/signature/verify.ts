import { errorText } from '../shared/errors';
import { createHmacCheck } from './hmac';
import { createJwtCheck } from './jwt';
import { brokenScheme, noSecret, verifierFailure } from './refusal-advice';
import type { Scheme, Secrets, SignedRequest, Verdict, Verifier } from './scheme';
import { type NamedSecret, usableSecrets } from './secrets';

export interface VerifierOptions {
  /** The user's replay window in seconds; null or absent: the scheme's own. */
  readonly toleranceSeconds?: number | null;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

type Check = (request: SignedRequest) => Verdict | Promise<Verdict>;

/**
 * A verifier for one endpoint, with everything prepared that does not depend on the request. It fails
 * closed: without a usable secret, with a scheme that makes no sense, and whatever goes wrong while
 * checking, the answer is a refusal; nothing is thrown and no promise rejects. The answer for an hmac
 * scheme is never a promise.
 */
export function createVerifier(
  scheme: Scheme,
  secrets: Secrets | null,
  options: VerifierOptions,
): Verifier {
  const check = createCheck(scheme, usableSecrets(secrets), options);
  return {
    verify(request) {
      try {
        return check(request);
      } catch {
        return verifierFailure;
      }
    },
  };
}

function createCheck(
  scheme: Scheme,
  secrets: readonly NamedSecret[],
  options: VerifierOptions,
): Check {
  if (scheme.scheme === 'none') return () => ({ ok: true, secret: null });
  if (secrets.length === 0) return () => noSecret;
  try {
    return createSignatureCheck(scheme, secrets, options);
  } catch (thrown) {
    const refusal = brokenScheme(errorText(thrown));
    return () => refusal;
  }
}

function createSignatureCheck(
  scheme: Exclude<Scheme, { scheme: 'none' }>,
  secrets: readonly NamedSecret[],
  options: VerifierOptions,
): Check {
  switch (scheme.scheme) {
    case 'hmac':
      return createHmacCheck(scheme, secrets, options);
    case 'jwt':
      return createJwtCheck(scheme, secrets, options);
    default:
      throw new Error('`scheme` is not known.');
  }
}
