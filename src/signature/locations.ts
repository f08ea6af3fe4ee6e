import type { Scheme, SignaturePlace } from './scheme';

/**
 * Lower-case names of the headers whose values are a signature or a secret: they are removed before an
 * event is stored. Headers that are only signed along (a time, an id) are none.
 */
export function secretHeaders(scheme: Scheme): string[] {
  return signatureHeaders(scheme).map((name) => name.toLowerCase());
}

/** A pattern of lower-case names of further such headers; null: there is none. */
export function secretHeaderPattern(scheme: Scheme): string | null {
  return 'sig' in scheme ? (scheme.sig.headerPattern ?? null) : null;
}

/** Query parameters whose values are a signature or a secret. */
export function secretQuery(scheme: Scheme): string[] {
  const place: { readonly query?: string } =
    'sig' in scheme ? scheme.sig : scheme.scheme === 'token' ? scheme.at : {};
  return place.query === undefined ? [] : [place.query];
}

/** Fields of a form whose values are a signature. */
export function secretFormFields(scheme: Scheme): string[] {
  return 'sig' in scheme && scheme.sig.form !== undefined ? [scheme.sig.form] : [];
}

/** Dotted paths in a JSON body at which a signature or a secret is; `*` stands for each array element. */
export function secretJsonPaths(scheme: Scheme): string[] {
  if (scheme.scheme === 'token') {
    const { json, jsonAll } = scheme.at;
    if (jsonAll !== undefined) return [`${jsonAll.array}.*.${jsonAll.path}`];
    return json === undefined ? [] : [json];
  }
  if (!('sig' in scheme) || scheme.sig.json === undefined) return [];
  return [scheme.each === undefined ? scheme.sig.json : `${scheme.each}.*.${scheme.sig.json}`];
}

/**
 * The header that must carry the signature or token, as it is spelt; null: the scheme is `none`, or
 * the signature is elsewhere.
 */
export function signatureHeaderName(scheme: Scheme): string | null {
  return signatureHeaders(scheme)[0] ?? null;
}

function signatureHeaders(scheme: Scheme): readonly string[] {
  switch (scheme.scheme) {
    case 'hmac':
    case 'hash':
    case 'asymmetric':
      return headersOf(scheme.sig);
    case 'jwt':
      return [scheme.token.header];
    case 'token':
      return scheme.at.header === undefined ? [] : [scheme.at.header];
    case 'none':
      return [];
  }
}

function headersOf({ header, headers = [] }: SignaturePlace): readonly string[] {
  if (header === undefined) return headers;
  return typeof header === 'string' ? [header] : header;
}
