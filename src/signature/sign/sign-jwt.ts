import { createHash } from 'node:crypto';
import { expectedClaims, type ExpectedClaims } from '../jwt-claims';
import type { JwtAlgorithm } from '../options';
import { queryStringHash } from '../query-string-hash';
import type { JwtScheme, SignedRequest } from '../scheme';
import type { Draft } from './draft';
import type { Signer } from './signer';

const LIFETIME_SECONDS = 300;

/** The algorithm with which a shared secret can make a token; undefined: only a private key can. */
export function sharedAlgorithm({ algs }: JwtScheme): JwtAlgorithm | undefined {
  return algs.find((algorithm) => algorithm.startsWith('HS'));
}

/** Puts a JSON Web Token over a shared secret into a request. */
export async function signJwt(
  scheme: JwtScheme,
  alg: JwtAlgorithm,
  draft: Draft,
  signer: Signer,
): Promise<void> {
  const { SignJWT } = await import('jose');
  const expected = expectedClaims(scheme.claims, signer.settings);
  const claims = claimsOf(expected, draft.request(), signer);
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg, typ: 'JWT' })
    .sign(Buffer.from(signer.secret, 'utf8'));
  const { header, scheme: word } = scheme.token;
  draft.setHeader(header, word === undefined ? token : `${word} ${token}`);
}

function claimsOf(
  { iss, aud, email, required = [], bodyHash, urlHash, sub, qsh, baseUrl }: ExpectedClaims,
  { method, url, body }: SignedRequest,
  { nowMs, newId }: Signer,
): Record<string, unknown> {
  const now = Math.floor(nowMs / 1000);
  const claims: Record<string, unknown> = { iat: now, exp: now + LIFETIME_SECONDS, jti: newId() };
  for (const name of required) claims[name] ??= newId();
  if (iss !== undefined) claims.iss = typeof iss === 'string' ? iss : iss[0];
  if (aud !== undefined) claims.aud = typeof aud === 'string' ? aud : aud[0];
  if (email !== undefined) Object.assign(claims, { email, email_verified: true });
  if (bodyHash !== undefined) {
    claims[bodyHash.claim] = createHash('sha256').update(body).digest(bodyHash.enc);
  }
  if (urlHash !== undefined) claims[urlHash.claim] = createHash('sha256').update(url).digest('hex');
  if (sub !== undefined) claims.sub = url;
  if (qsh === true) claims.qsh = queryStringHash(method, url, baseUrl);
  return claims;
}
