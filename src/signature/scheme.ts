import type { JwtAlgorithm } from './options';

/**
 * A signature scheme as data: what a request must carry for a receiver to trust it. Providers are
 * values of these types; nothing else in the product knows how a provider signs.
 */
export type Scheme = HmacScheme | JwtScheme | NoneScheme;

export const MAC_ALGORITHMS = ['sha1', 'sha256', 'sha512'] as const;
export type MacAlgorithm = (typeof MAC_ALGORITHMS)[number];

export const SIGNATURE_ENCODINGS = ['hex', 'base64', 'base64url'] as const;
export type SignatureEncoding = (typeof SIGNATURE_ENCODINGS)[number];

export interface HmacScheme {
  readonly scheme: 'hmac';
  readonly alg: MacAlgorithm;
  readonly sig: {
    /** The header that carries the signature, spelt as the sender's documentation does. */
    readonly header: string;
    /** Exact text before the value; several: any of them ('' allows a bare value). */
    readonly prefix?: string | readonly string[];
    /** The header is a list: every item whose key equals `field` is a signature. */
    readonly list?: { readonly sep: string; readonly kv: string; readonly field: string };
    readonly enc: SignatureEncoding;
  };
  /**
   * The time of signing, in seconds, digits only: a header of its own or another key of the list.
   * `tol`, `futureTol` in seconds, null: not limited; `futureTol` is as `tol` where it is absent.
   */
  readonly ts?: {
    readonly header?: string;
    readonly sigField?: string;
    readonly tol: number | null;
    readonly futureTol?: number | null;
  };
  /** The header that `{id}` in `msg` stands for. */
  readonly id?: { readonly header: string };
  /** What is signed: text with `{body}`, `{timestamp}`, `{id}`, `{header:name}`. */
  readonly msg: string;
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
  /** What the token must say; several: any of them. */
  readonly claims?: {
    readonly iss?: string | readonly string[];
    readonly aud?: string | readonly string[];
    readonly required?: readonly string[];
  };
}

export interface NoneScheme {
  readonly scheme: 'none';
}

/** Where a value of a request is found. */
export type Locator = { readonly header: string } | { readonly json: string };

/** A sender of webhooks, as the palette's drop-down offers it. */
export interface Provider {
  /** The value of `provider` in a flow. */
  readonly id: string;
  readonly name: string;
  readonly docs: string;
  /** What a user pastes as the secret, and where to find it. */
  readonly secretHint: string;
  readonly scheme: Scheme;
  /** The id that comes with each request; null: the sender has none. */
  readonly deliveryId: Locator | null;
  /**
   * That id names a *delivery*: the same each time the sender tries again, and never given to another
   * event. False for the id of a resource, and in doubt: two events taken for one are one lost.
   */
  readonly namesDelivery: boolean;
  readonly eventType: Locator | null;
  /** The answer that the sender expects; null: status 200 and our JSON. */
  readonly ack: {
    readonly status: number;
    readonly body: string;
    readonly contentType: string;
  } | null;
  /** Seconds that the sender waits for an answer; null: not known. */
  readonly timeoutSeconds: number | null;
}

/** What is verified: the request as it came over the wire. */
export interface SignedRequest {
  /** Lower-case names; a repeated header's values joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
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
