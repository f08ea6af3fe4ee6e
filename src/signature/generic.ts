import { defaultSignatureHeader, type SignatureOptions } from './options';
import type { JwtScheme, MacAlgorithm, Scheme, TokenScheme } from './scheme';

/** The scheme of the simple form: signature type, header, and for tokens what they must say. */
export function genericScheme(options: SignatureOptions): Scheme {
  const { signatureType } = options;
  const header = options.signatureHeader.trim() || defaultSignatureHeader(signatureType);
  switch (signatureType) {
    case 'hmac_sha1':
      return bodyHmac('sha1', header);
    case 'hmac_sha256':
      return bodyHmac('sha256', header);
    case 'hmac_sha512':
      return bodyHmac('sha512', header);
    case 'jwt':
      return token(header, options);
    case 'token':
      return { scheme: 'token', at: bearer(header) };
    case 'basic':
      return { scheme: 'token', at: { header, scheme: 'Basic' } };
  }
}

/** Hex over the body, bare or after `<alg>=` in one of the spellings that senders use. */
function bodyHmac(alg: MacAlgorithm, header: string): Scheme {
  const capitalised = `S${alg.slice(1)}=`;
  const prefix = ['', `${alg}=`, `${alg.toUpperCase()}=`, capitalised];
  return { scheme: 'hmac', alg, sig: { header, prefix, enc: 'hex' }, msg: '{body}' };
}

/** In `Authorization` the word Bearer may stand before it (RFC 6750). */
function bearer(header: string): TokenScheme['at'] {
  if (header.toLowerCase() !== 'authorization') return { header };
  return { header, scheme: 'Bearer', schemeOptional: true };
}

function token(header: string, { jwt }: SignatureOptions): JwtScheme {
  return {
    scheme: 'jwt',
    token: { header, scheme: 'Bearer', schemeOptional: true },
    algs: jwt.algorithms.length > 0 ? jwt.algorithms : ['HS256'],
    ...(jwt.jwksUrl !== '' && { jwks: true }),
    claims: {
      leeway: jwt.leewaySeconds,
      ...(jwt.maxAgeSeconds !== null && { iatMaxAge: jwt.maxAgeSeconds }),
      ...(jwt.issuer !== '' && { iss: jwt.issuer }),
      ...(jwt.audience !== '' && { aud: jwt.audience }),
      ...(jwt.requiredClaims.length > 0 && { required: jwt.requiredClaims }),
    },
  };
}
