import { errorText } from '../../shared/errors';
import type { Scheme, SignedRequest } from '../scheme';
import { isMissingSecret, isPem } from '../secrets';
import { createVerifier } from '../verify';
import type { Draft } from './draft';
import { sharedAlgorithm, signJwt } from './sign-jwt';
import { signMessage } from './sign-message';
import { putToken } from './sign-token';
import type { Signer } from './signer';

export type Signing =
  | { readonly ok: true; readonly request: SignedRequest }
  /** `private-key`: only the sender can sign; `other`: in words. */
  | { readonly ok: false; readonly why: 'no-secret' | 'private-key' | 'certificate' }
  | { readonly ok: false; readonly why: 'other'; readonly problem: string };

/**
 * Signs a request as its sender would, for tests of an endpoint: only where the secret is shared. What
 * comes out was verified as a receiver would, so a scheme that we can't follow is told, not sent.
 */
export async function signDraft(scheme: Scheme, draft: Draft, signer: Signer): Promise<Signing> {
  const refusal = unsignable(scheme, signer);
  if (refusal !== undefined) return { ok: false, why: refusal };
  try {
    await put(scheme, draft, signer);
    const request = draft.request();
    const { secret, settings, nowMs } = signer;
    const verifier = createVerifier(scheme, { current: secret }, { settings, now: () => nowMs });
    const verdict = await verifier.verify(request);
    return verdict.ok ? { ok: true, request } : other(verdict.detail);
  } catch (thrown) {
    return other(errorText(thrown));
  }
}

function other(problem: string): Signing {
  return { ok: false, why: 'other', problem };
}

function unsignable(
  scheme: Scheme,
  { secret }: Signer,
): 'no-secret' | 'private-key' | 'certificate' | undefined {
  if (scheme.scheme === 'none') return undefined;
  if (scheme.scheme === 'asymmetric') {
    return scheme.key.from === 'cert-url' ? 'certificate' : 'private-key';
  }
  if (scheme.scheme === 'jwt') {
    const isPublic = isPem(secret) || secret.trimStart().startsWith('{');
    if (isPublic || sharedAlgorithm(scheme) === undefined) return 'private-key';
    if (scheme.jwks !== undefined && isMissingSecret(secret)) return 'private-key';
  }
  return isMissingSecret(secret) ? 'no-secret' : undefined;
}

async function put(scheme: Scheme, draft: Draft, signer: Signer): Promise<void> {
  switch (scheme.scheme) {
    case 'hmac':
    case 'hash': {
      signMessage(scheme, draft, signer);
      return;
    }
    case 'token': {
      putToken(scheme, draft, signer.secret);
      return;
    }
    case 'jwt':
      return signJwt(scheme, sharedAlgorithm(scheme) ?? 'HS256', draft, signer);
    case 'asymmetric':
    case 'none':
  }
}
