/**
 * The simple form of verification, as the edit dialog and the flow file know it: names, defaults and
 * validators. Runs in the browser as well, so it imports nothing.
 */
export const SIGNATURE_TYPES = [
  'hmac_sha256',
  'hmac_sha1',
  'hmac_sha512',
  'jwt',
  'token',
  'basic',
] as const;
export type SignatureType = (typeof SIGNATURE_TYPES)[number];

/** Algorithms of JSON Web Signature (RFC 7518, section 3.1; RFC 8037) that can be allowed; never `none`. */
export const JWT_ALGORITHMS = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

export interface JwtOptions {
  /** The algorithms that a token may use; empty: HS256 only. */
  readonly algorithms: readonly JwtAlgorithm[];
  /** The `iss` that a token must have; empty: not checked. */
  readonly issuer: string;
  /** The `aud` that a token must name; empty: tokens that name an audience are refused. */
  readonly audience: string;
  /** Claims that a token must have, for instance `exp`. */
  readonly requiredClaims: readonly string[];
  /** The https address of the public keys (JWKS), in place of a secret; empty: none. */
  readonly jwksUrl: string;
  /** A token must have an `iat` that is not older, in seconds; null: not checked. */
  readonly maxAgeSeconds: number | null;
  /** How far clocks may be apart. */
  readonly leewaySeconds: number;
}

export interface SignatureOptions {
  readonly signatureType: SignatureType;
  /** The header that carries signature or token; empty: `defaultSignatureHeader(signatureType)`. */
  readonly signatureHeader: string;
  readonly jwt: JwtOptions;
}

export const SIGNATURE_DEFAULTS = {
  signatureType: 'hmac_sha256',
  signatureHeader: '',
  jwt: {
    algorithms: ['HS256'],
    issuer: '',
    audience: '',
    requiredClaims: [],
    jwksUrl: '',
    maxAgeSeconds: null,
    leewaySeconds: 60,
  },
} as const satisfies SignatureOptions;

/** The bounds of a replay window, in seconds: up to a week. */
export const TOLERANCE_SECONDS = { min: 0, max: 604_800, integer: true } as const;

/** Where the signature is unless the user says otherwise. */
export function defaultSignatureHeader(type: SignatureType): string {
  return type.startsWith('hmac') ? 'X-Hub-Signature-256' : 'Authorization';
}

export function isSignatureType(value: unknown): value is SignatureType {
  return SIGNATURE_TYPES.some((type) => type === value);
}

export function isJwtAlgorithm(value: unknown): value is JwtAlgorithm {
  return JWT_ALGORITHMS.some((algorithm) => algorithm === value);
}

/** A field name of HTTP: a token (RFC 9110, section 5.6.2) of at most 100 characters. */
export function isHeaderName(value: unknown): value is string {
  return typeof value === 'string' && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/.test(value);
}

/** A whole number of seconds, or null for the scheme's own window. */
export function isToleranceSeconds(value: unknown): value is number | null {
  if (value === null) return true;
  const { min, max } = TOLERANCE_SECONDS;
  return Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
}

/** The options of tokens as a flow file holds them; absent ones are the defaults. Undefined: not usable. */
export function readJwtOptions(saved: unknown): JwtOptions | undefined {
  if (typeof saved !== 'object' || saved === null || Array.isArray(saved)) return undefined;
  const options = { ...SIGNATURE_DEFAULTS.jwt, ...(saved as Record<string, unknown>) };
  const { algorithms, issuer, audience, requiredClaims, jwksUrl } = options;
  const { maxAgeSeconds, leewaySeconds } = options;
  if (!isListOf(algorithms, isJwtAlgorithm) || !isListOf(requiredClaims, isClaimName)) {
    return undefined;
  }
  if (typeof issuer !== 'string' || typeof audience !== 'string' || !isKeysAddress(jwksUrl)) {
    return undefined;
  }
  if (!isToleranceSeconds(maxAgeSeconds) || !isToleranceSeconds(leewaySeconds)) return undefined;
  return {
    algorithms,
    issuer: issuer.trim(),
    audience: audience.trim(),
    requiredClaims,
    jwksUrl: jwksUrl.trim(),
    maxAgeSeconds,
    leewaySeconds: leewaySeconds ?? SIGNATURE_DEFAULTS.jwt.leewaySeconds,
  };
}

/** Where keys may be fetched: https, plain http from this machine only; empty: nowhere. */
export function isKeysAddress(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const text = value.trim();
  if (text === '') return true;
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  const isLoopback = hostname === 'localhost' || /^127\.|^\[::1\]$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback);
}

export function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isClaimName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function isListOf<T>(value: unknown, is: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(is);
}
