import { errorText } from '../shared/errors';
import { createAsymmetricCheck } from './asymmetric';
import { createHmacCheck } from './hmac';
import { createJwtCheck, keysAddress } from './jwt';
import type { KeySource } from './key-source';
import type { Settings } from './message-context';
import type { Check } from './message-check';
import { brokenScheme, noSecret, verifierFailure } from './refusal-advice';
import { RequestView } from './request-view';
import type { Scheme, Secrets, Verifier } from './scheme';
import { type NamedSecret, usableSecrets } from './secrets';
import { createTokenCheck } from './token';

export interface VerifierOptions {
  /** The user's replay window in seconds; null or absent: the scheme's own. */
  readonly toleranceSeconds?: number | null;
  /** What the scheme needs beside the secret. */
  readonly settings?: Settings;
  /** The address of the keys of a token, where the user names one. */
  readonly jwksUrl?: string;
  /** Absent: schemes that need a key from elsewhere refuse everything. */
  readonly keySource?: KeySource;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * A verifier for one endpoint, with everything prepared that does not depend on the request. It fails
 * closed: without a usable secret, with a scheme that makes no sense, and whatever goes wrong while
 * checking, the answer is a refusal; nothing is thrown and no promise rejects. The answer is a promise
 * only for tokens, for keys that come from elsewhere, and where several elements are signed.
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
        const verdict = check(new RequestView(request));
        return verdict instanceof Promise ? verdict.catch(() => verifierFailure) : verdict;
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
  if (secrets.length === 0 && needsSecret(scheme, options)) return () => noSecret;
  try {
    return createSignatureCheck(scheme, secrets, options);
  } catch (thrown) {
    const refusal = brokenScheme(errorText(thrown));
    return () => refusal;
  }
}

/** Whether the key is a secret of the endpoint, and not to be had elsewhere. */
export function needsSecret(scheme: Scheme, options: Pick<VerifierOptions, 'jwksUrl'>): boolean {
  if (scheme.scheme === 'none') return false;
  if (scheme.scheme === 'asymmetric') return scheme.key.from !== 'cert-url';
  const now = (): number => 0;
  return scheme.scheme !== 'jwt' || keysAddress(scheme, { ...options, now }) === undefined;
}

function createSignatureCheck(
  scheme: Exclude<Scheme, { scheme: 'none' }>,
  secrets: readonly NamedSecret[],
  options: VerifierOptions,
): Check {
  switch (scheme.scheme) {
    case 'hmac':
    case 'hash':
      return createHmacCheck(scheme, secrets, options);
    case 'asymmetric':
      return createAsymmetricCheck(scheme, secrets, options);
    case 'jwt':
      return createJwtCheck(scheme, secrets, options);
    case 'token':
      return createTokenCheck(scheme, secrets);
    default:
      throw new Error('`scheme` is not known.');
  }
}
