import type { BuilderName } from './builders/names';
import type { JwtAlgorithm } from './options';

/**
 * A signature scheme as data: what a request must carry for a receiver to trust it. Providers are
 * values of these types; nothing else in the product knows how a provider signs.
 */
export type Scheme =
  HmacScheme | HashScheme | AsymmetricScheme | JwtScheme | TokenScheme | NoneScheme;

export const MAC_ALGORITHMS = ['sha1', 'sha256', 'sha384', 'sha512', 'md5'] as const;
export type MacAlgorithm = (typeof MAC_ALGORITHMS)[number];

export const SIGNATURE_ENCODINGS = ['hex', 'base64', 'base64url'] as const;
export type SignatureEncoding = (typeof SIGNATURE_ENCODINGS)[number];

export const PUBLIC_KEY_ALGORITHMS = [
  'ed25519',
  'ecdsa-p256-sha256',
  'rsa-sha256',
  'rsa-sha1',
] as const;
export type PublicKeyAlgorithm = (typeof PUBLIC_KEY_ALGORITHMS)[number];

export const PUBLIC_KEY_FORMATS = ['ed25519-hex', 'ed25519-base64', 'spki-base64', 'pem'] as const;
export type PublicKeyFormat = (typeof PUBLIC_KEY_FORMATS)[number];

/** A header; several: the first of them that is there. */
export type HeaderNames = string | readonly string[];

/** A signature header as a list of `key kv value` items: those whose key is `field` are signatures. */
export interface SignatureList {
  readonly sep: string;
  readonly kv: string;
  /** A text such as `v1`; `{name}`: the value of that setting of the endpoint. */
  readonly field: string;
  /** Items may be joined by a comma as well as by `sep`. */
  readonly stripTrailingComma?: boolean;
}

/** Where signatures are; exactly one of the first six. Header names as the documentation spells them. */
export interface SignaturePlace {
  readonly header?: HeaderNames;
  /** Each of them that is there carries a signature. */
  readonly headers?: readonly string[];
  /** So does every header whose lower-case name matches; RE2 syntax, anchored. */
  readonly headerPattern?: string;
  readonly json?: string;
  readonly form?: string;
  readonly query?: string;
  /** Exact text before the value; several: any of them ('' allows a bare value). */
  readonly prefix?: string | readonly string[];
  readonly list?: SignatureList;
  readonly enc: SignatureEncoding;
}

/**
 * The time of signing: a header, another key of the signature's list, or a value of the JSON body.
 * `tol`, `futureTol` in seconds, null: not limited; `futureTol` is as `tol` where it is absent.
 */
export interface TimeOfSigning {
  readonly header?: HeaderNames;
  readonly sigField?: string;
  readonly json?: string;
  /** Seconds (the default) or milliseconds, digits only; or RFC 3339. */
  readonly fmt?: 's' | 'ms' | 'iso';
  readonly tol: number | null;
  readonly futureTol?: number | null;
}

/** What is signed: text with placeholders (message-template.ts), or a builder's message. */
export type MessageSource = string | { readonly builder: BuilderName };

/** What the schemes that sign a message have in common. */
export interface MessageScheme {
  readonly sig: SignaturePlace;
  readonly ts?: TimeOfSigning;
  /** The header that `{id}` in `msg` stands for. */
  readonly id?: { readonly header: HeaderNames };
  readonly msg: MessageSource;
  /**
   * A JSON path of an array whose elements are signed one by one: `sig.json` and a builder's fields
   * are relative to an element, and every one of them must verify.
   */
  readonly each?: string;
  /** Headers that must have exactly these values. */
  readonly requireHeader?: Readonly<Record<string, string>>;
  /** Headers and JSON values that must equal a setting of the endpoint. */
  readonly requireHeaderFromConfig?: Readonly<Record<string, string>>;
  readonly requireJsonFromConfig?: Readonly<Record<string, string>>;
  /** A query parameter that must be a digest of the body. */
  readonly bodyHash?: {
    readonly query: string;
    readonly alg: MacAlgorithm;
    readonly enc: SignatureEncoding;
  };
}

/** How the secret that a user pastes becomes the key. */
export interface KeyForm {
  /** `utf8` is the default: the text is the key. */
  readonly enc?: 'utf8' | 'base64' | 'hex';
  /** Texts that are removed from the beginning, one after the other, where they are there. */
  readonly strip?: readonly string[];
  /** The key is this digest of the secret. */
  readonly derive?: MacAlgorithm;
  readonly normalize?: 'NFKD';
  /** The secret is several, joined by this text. */
  readonly sep?: string;
}

/** A keyed MAC over a message (RFC 2104). */
export interface HmacScheme extends MessageScheme {
  readonly scheme: 'hmac';
  readonly alg: MacAlgorithm;
  readonly key?: KeyForm;
}

/** A plain digest with `{secret}` in the message. */
export interface HashScheme extends MessageScheme {
  readonly scheme: 'hash';
  readonly alg: MacAlgorithm;
}

/** A signature with a private key of the sender. */
export interface AsymmetricScheme extends MessageScheme {
  readonly scheme: 'asymmetric';
  /** `by`: the sender names it at this place, in the words of `map`; anything else is refused. */
  readonly alg:
    | PublicKeyAlgorithm
    | { readonly by: Locator; readonly map: Readonly<Record<string, PublicKeyAlgorithm>> };
  readonly key: StaticKey | CertificateKey;
}

/** The public key is the endpoint's secret. */
export interface StaticKey {
  readonly from: 'static';
  readonly fmt: PublicKeyFormat;
  readonly strip?: readonly string[];
}

/** The key is in a certificate whose https address the sender names; patterns in RE2 syntax. */
export interface CertificateKey {
  readonly from: 'cert-url';
  readonly url: Locator;
  /** Anchored at both ends: the host must match as a whole. */
  readonly hostAllow: string;
  readonly pathAllow?: string;
  /** Hosts from which an issuer may be fetched that is not sent along; absent: none. */
  readonly issuerAllow?: string;
}

export interface JwtScheme {
  readonly scheme: 'jwt';
  readonly token: {
    readonly header: string;
    /** The word before the token, in any case (`Bearer`); absent: the header is the token. */
    readonly scheme?: string;
    readonly schemeOptional?: boolean;
  };
  /** The algorithms that are accepted; never taken from the token. */
  readonly algs: readonly JwtAlgorithm[];
  /** Public keys by `kid`: true: pasted as the secret or at the endpoint's address; a text: their address. */
  readonly jwks?: boolean | string;
  readonly claims?: JwtClaims;
}

/** What a token must say; several values: any of them. `...FromConfig` names a setting of the endpoint. */
export interface JwtClaims {
  readonly iss?: string | readonly string[];
  readonly issFromConfig?: string;
  readonly aud?: string | readonly string[];
  readonly audFromConfig?: string;
  /** `email` equals the setting, and `email_verified` is true. */
  readonly emailFromConfig?: string;
  readonly requireExp?: boolean;
  readonly required?: readonly string[];
  /** Seconds; `iat` must be there and not older. */
  readonly iatMaxAge?: number;
  /** Seconds that clocks may be apart. */
  readonly leeway?: number;
  /** A claim that is the SHA-256 of the body. */
  readonly bodyHash?: {
    readonly claim: string;
    readonly enc: SignatureEncoding;
    readonly optionalWhenEmpty?: boolean;
  };
  /** A claim that is the SHA-256 of the URL in hexadecimal. */
  readonly urlHash?: { readonly claim: string };
  /** `sub` is the URL. */
  readonly sub?: 'url';
  /** `qsh` is the query string hash of Atlassian's Connect. */
  readonly qsh?: boolean;
}

/** A value that both sides know. It says nothing about the body. */
export interface TokenScheme {
  readonly scheme: 'token';
  readonly at: {
    readonly header?: string;
    /** The word before a header's value; for Basic the secret is `user:password` (RFC 7617). */
    readonly scheme?: 'Bearer' | 'Basic';
    readonly schemeOptional?: boolean;
    readonly query?: string;
    readonly json?: string;
    /** Every element of the array at `array` has the value at `path`. */
    readonly jsonAll?: { readonly array: string; readonly path: string };
  };
}

export interface NoneScheme {
  readonly scheme: 'none';
}

/** Where a value of a request is found. */
export type Locator = { readonly header: string } | { readonly json: string };

/** What is verified: the request as it came over the wire. */
export interface SignedRequest {
  readonly method: string;
  /** The whole URL as the sender saw it. */
  readonly url: string;
  /** The URL that was registered with the sender; absent: `url`. */
  readonly callbackUrl?: string;
  /** Lower-case names; a repeated header's values joined by ", ". */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Name, value, name, value, ...: as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

export interface Secrets {
  readonly current: string;
  /** While a secret is rotated: the one before. */
  readonly previous?: string;
}

export const REFUSALS = [
  'no-secret',
  'missing-signature',
  'invalid-signature',
  'missing-timestamp',
  'stale-timestamp',
  'key-unavailable',
] as const;
export type Refusal = (typeof REFUSALS)[number];

export type Verdict =
  /** `secret` is the one that matched; null: the scheme is `none`, nothing was verified. */
  | { readonly ok: true; readonly secret: 'current' | 'previous' | null }
  /** `detail` is for the operator: it never contains a secret or a computed signature. */
  | { readonly ok: false; readonly refusal: Refusal; readonly detail: string };

/** Answers whether a request is what the scheme demands. It never throws and never rejects. */
export interface Verifier {
  verify(request: SignedRequest): Verdict | Promise<Verdict>;
}
