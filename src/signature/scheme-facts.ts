import { parseTemplate, type TemplatePart } from './message-template';
import type { HashScheme, JwtScheme, MessageScheme, Scheme, TokenScheme } from './scheme';

/** A part of a request that a signature covers; `several`: what the sender's own rules say. */
export type CoveredPart =
  | { readonly kind: 'body' | 'timestamp' | 'id' | 'url' | 'method' | 'digest' | 'several' }
  | { readonly kind: 'header' | 'json' | 'form'; readonly name: string };

/** Where a signature or a shared value is. */
export interface Place {
  readonly kind: 'header' | 'json' | 'form' | 'query';
  readonly names: readonly string[];
}

/** How long a request may be replayed. */
export type ReplayWindow =
  | { readonly kind: 'none' | 'signed' | 'expiry' }
  | { readonly kind: 'seconds'; readonly seconds: number };

/** What a scheme checks, for the words of the edit dialog; no Node.js imports. */
export interface SchemeFacts {
  readonly how:
    | 'hmac'
    | 'hash'
    | 'publicKey'
    | 'certificate'
    | 'boundToken'
    | 'looseToken'
    | 'shared'
    | 'basic'
    | 'nothing';
  /** As one writes it: SHA-256, Ed25519, HS256. */
  readonly algorithm: string;
  readonly covers: readonly CoveredPart[];
  readonly place: Place | null;
  readonly window: ReplayWindow;
}

const NO_WINDOW: ReplayWindow = { kind: 'none' };

/** `toleranceSeconds`: the user's own window; null: the scheme's. */
export function schemeFacts(scheme: Scheme, toleranceSeconds: number | null): SchemeFacts {
  switch (scheme.scheme) {
    case 'hmac':
    case 'hash':
      return {
        how: scheme.scheme,
        algorithm: digestName(scheme.alg),
        ...message(scheme, toleranceSeconds),
      };
    case 'asymmetric':
      return {
        how: scheme.key.from === 'static' ? 'publicKey' : 'certificate',
        algorithm: typeof scheme.alg === 'string' ? keyName(scheme.alg) : '',
        ...message(scheme, toleranceSeconds),
      };
    case 'jwt':
      return tokenFacts(scheme);
    case 'token':
      return sharedFacts(scheme);
    case 'none':
      return { how: 'nothing', algorithm: '', covers: [], place: null, window: NO_WINDOW };
  }
}

/** The form of a secret that one may make up; null: it comes from the sender, or is no secret. */
export function secretForm(
  scheme: Scheme,
): { readonly enc: 'text' | 'hex' | 'base64'; readonly prefix: string } | null {
  if (scheme.scheme === 'hmac') {
    const { enc = 'utf8', strip = [], sep } = scheme.key ?? {};
    if (sep !== undefined) return null;
    return { enc: enc === 'utf8' ? 'text' : enc, prefix: enc === 'utf8' ? '' : (strip[0] ?? '') };
  }
  if (scheme.scheme === 'hash') return { enc: 'text', prefix: '' };
  if (scheme.scheme === 'token')
    return scheme.at.scheme === 'Basic' ? null : { enc: 'text', prefix: '' };
  const isShared = scheme.scheme === 'jwt' && scheme.algs.some((alg) => alg.startsWith('HS'));
  return isShared && scheme.jwks === undefined ? { enc: 'text', prefix: '' } : null;
}

function message(
  scheme: MessageScheme,
  toleranceSeconds: number | null,
): Pick<SchemeFacts, 'covers' | 'place' | 'window'> {
  return {
    covers: covered(scheme),
    place: placeOf(scheme),
    window: windowOf(scheme, toleranceSeconds),
  };
}

function covered({ msg }: MessageScheme): readonly CoveredPart[] {
  const parsed = typeof msg === 'string' ? parseTemplate(msg) : undefined;
  if (parsed?.ok !== true) return [{ kind: 'several' }];
  const parts = parsed.parts.flatMap(partOf);
  return parts.filter(
    (part, index) => parts.findIndex((other) => sameText(other) === sameText(part)) === index,
  );
}

function sameText(part: CoveredPart): string {
  return JSON.stringify(part);
}

function partOf(part: TemplatePart): CoveredPart[] {
  switch (part.kind) {
    case 'literal':
    case 'secret':
      return [];
    case 'callbackUrl':
      return [{ kind: 'url' }];
    case 'sha256hex':
      return [{ kind: 'digest' }];
    case 'header':
    case 'json':
    case 'form':
      return [{ kind: part.kind, name: part.name }];
    case 'body':
    case 'timestamp':
    case 'id':
    case 'url':
    case 'method':
      return [{ kind: part.kind }];
  }
}

function placeOf({ sig }: MessageScheme): Place | null {
  const { header, headers, headerPattern, json, form, query } = sig;
  if (json !== undefined) return { kind: 'json', names: [json] };
  if (form !== undefined) return { kind: 'form', names: [form] };
  if (query !== undefined) return { kind: 'query', names: [query] };
  const names = [header ?? headers ?? headerPattern ?? []].flat();
  return names.length === 0 ? null : { kind: 'header', names };
}

function windowOf({ ts }: MessageScheme, toleranceSeconds: number | null): ReplayWindow {
  if (ts === undefined) return NO_WINDOW;
  const seconds = toleranceSeconds ?? ts.tol;
  return seconds === null ? { kind: 'signed' } : { kind: 'seconds', seconds };
}

function tokenFacts({ algs, token, claims = {} }: JwtScheme): SchemeFacts {
  const isBound = claims.bodyHash !== undefined;
  const { iatMaxAge, requireExp, required = [] } = claims;
  const expires = requireExp === true || required.includes('exp');
  const window: ReplayWindow =
    iatMaxAge === undefined
      ? { kind: expires ? 'expiry' : 'none' }
      : { kind: 'seconds', seconds: iatMaxAge };
  return {
    how: isBound ? 'boundToken' : 'looseToken',
    algorithm: algs.join(', '),
    covers: isBound ? [{ kind: 'body' }] : [],
    place: { kind: 'header', names: [token.header] },
    window,
  };
}

function sharedFacts({ at }: TokenScheme): SchemeFacts {
  const { header, scheme, query, json, jsonAll } = at;
  const how = scheme === 'Basic' ? 'basic' : 'shared';
  const place: Place =
    header !== undefined
      ? { kind: 'header', names: [header] }
      : query !== undefined
        ? { kind: 'query', names: [query] }
        : { kind: 'json', names: [json ?? jsonAll?.path ?? ''] };
  return { how, algorithm: '', covers: [], place, window: NO_WINDOW };
}

const DIGESTS: Readonly<Record<HashScheme['alg'], string>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
  md5: 'MD5',
};

function digestName(alg: HashScheme['alg']): string {
  return DIGESTS[alg];
}

const KEYS = {
  ed25519: 'Ed25519',
  'ecdsa-p256-sha256': 'ECDSA P-256',
  'rsa-sha256': 'RSA SHA-256',
  'rsa-sha1': 'RSA SHA-1',
} as const;

function keyName(alg: keyof typeof KEYS): string {
  return KEYS[alg];
}
