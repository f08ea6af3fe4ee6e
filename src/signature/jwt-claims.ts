import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose' with { 'resolution-mode': 'import' };
import { decodeSignature } from './decode';
import type { Settings } from './message-context';
import { setting } from './message-check';
import { queryStringHash } from './query-string-hash';
import * as advice from './refusal-advice';
import type { RequestView } from './request-view';
import type { JwtClaims } from './scheme';

/** How far clocks may be apart when exp, nbf and iat are checked, unless the scheme says otherwise. */
export const LEEWAY_SECONDS = 60;

/** A scheme's claims with the settings of an endpoint filled in. */
export interface ExpectedClaims extends JwtClaims {
  readonly email?: string;
  readonly baseUrl?: string;
}

/** Throws, with words, where a setting is missing. */
export function expectedClaims(claims: JwtClaims = {}, settings: Settings = {}): ExpectedClaims {
  const { issFromConfig, audFromConfig, emailFromConfig } = claims;
  const { baseUrl } = settings;
  return {
    ...claims,
    ...(issFromConfig !== undefined && { iss: setting(settings, issFromConfig) }),
    ...(audFromConfig !== undefined && { aud: setting(settings, audFromConfig) }),
    ...(emailFromConfig !== undefined && { email: setting(settings, emailFromConfig) }),
    ...(baseUrl !== undefined && baseUrl !== '' && { baseUrl }),
  };
}

/** What the library does not check of a token whose signature is genuine. */
export function claimRefusal(
  payload: JWTPayload,
  expected: ExpectedClaims,
  view: RequestView,
  nowMs: number,
): advice.Refused | undefined {
  const nowSeconds = nowMs / 1000;
  const leeway = expected.leeway ?? LEEWAY_SECONDS;
  // RFC 7519, section 4.1.3: who is not named in the audience must refuse the token.
  if (expected.aud === undefined && payload.aud !== undefined) return advice.tokenAudience;
  if (expected.requireExp === true && payload.exp === undefined) return advice.tokenClaim('exp');
  if (payload.iat !== undefined && !(payload.iat <= nowSeconds + leeway)) {
    return advice.tokenFromFuture;
  }
  if (expected.iatMaxAge !== undefined) {
    if (payload.iat === undefined) return advice.tokenClaim('iat');
    if (payload.iat < nowSeconds - expected.iatMaxAge) return advice.tokenTooOld;
  }
  const wrong = wrongClaim(payload, expected, view);
  return wrong === undefined ? undefined : advice.tokenClaim(wrong);
}

function wrongClaim(
  payload: JWTPayload,
  { email, bodyHash, urlHash, sub, qsh, baseUrl }: ExpectedClaims,
  view: RequestView,
): string | undefined {
  if (email !== undefined) {
    if (payload.email !== email) return 'email';
    if (payload.email_verified !== true) return 'email_verified';
  }
  if (bodyHash !== undefined && !bodyMatches(payload[bodyHash.claim], bodyHash, view.body)) {
    return bodyHash.claim;
  }
  if (urlHash !== undefined) {
    const hash = createHash('sha256').update(view.url).digest('hex');
    if (payload[urlHash.claim] !== hash) return urlHash.claim;
  }
  if (sub !== undefined && payload.sub !== view.url) return 'sub';
  if (qsh === true && payload.qsh !== queryStringHash(view.method, view.url, baseUrl)) return 'qsh';
  return undefined;
}

function bodyMatches(
  claim: unknown,
  { enc, optionalWhenEmpty }: NonNullable<JwtClaims['bodyHash']>,
  body: Uint8Array,
): boolean {
  if (claim === undefined) return optionalWhenEmpty === true && body.length === 0;
  if (typeof claim !== 'string') return false;
  // A claim is itself signed: another spelling of the same bytes opens nothing.
  const bare = enc === 'hex' ? claim : claim.replace(/=+$/, '');
  const bytes = decodeSignature(bare, enc === 'base64' ? 'base64url' : enc) ?? looseBase64(bare);
  return bytes?.equals(createHash('sha256').update(body).digest()) === true;
}

function looseBase64(text: string): Buffer | null {
  return /^[A-Za-z0-9+/]+$/.test(text) ? Buffer.from(text, 'base64') : null;
}
