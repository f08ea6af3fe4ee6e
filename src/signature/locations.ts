import type { Scheme } from './scheme';

/**
 * Lower-case names of the headers whose values are a signature or a secret: they are removed before an
 * event is stored. Headers that are only signed along (a time, an id) are none.
 */
export function secretHeaders(scheme: Scheme): string[] {
  const name = signatureHeaderName(scheme);
  return name === null ? [] : [name.toLowerCase()];
}

/** The header that must carry the signature or token, as it is spelt; null: the scheme is `none`. */
export function signatureHeaderName(scheme: Scheme): string | null {
  switch (scheme.scheme) {
    case 'hmac':
      return scheme.sig.header;
    case 'jwt':
      return scheme.token.header;
    case 'none':
      return null;
  }
}
