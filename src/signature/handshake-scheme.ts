import type { MacAlgorithm, SignatureEncoding } from './scheme';

/** A place of a request, or a setting of the endpoint. */
export type HandshakeValue =
  | { readonly header: string; readonly optional?: boolean }
  | { readonly query: string }
  | { readonly json: string }
  | { readonly form: string }
  | { readonly config: string }
  /** A MAC over a value under the endpoint's secret. */
  | {
      readonly hmac: MacAlgorithm;
      readonly of: HandshakeValue;
      readonly enc: SignatureEncoding;
      readonly derive?: MacAlgorithm;
      readonly prefix?: string;
    };

/**
 * What a value must be: `*` any text that is not empty, `/pattern/` in RE2 syntax, else exactly this
 * (an empty list is an empty list).
 */
export type Expected = string | number | readonly never[];

/** A probe by which a sender makes sure that the endpoint is its user's; it is answered and no event. */
export interface Handshake {
  readonly when: {
    readonly method: string;
    readonly query?: Readonly<Record<string, Expected>>;
    readonly header?: Readonly<Record<string, Expected>>;
    readonly json?: Readonly<Record<string, Expected>>;
    readonly form?: Readonly<Record<string, Expected>>;
    readonly noHeader?: readonly string[];
  };
  /** Only a request whose signature verifies is answered. */
  readonly verify?: boolean;
  /** The status for one that does not; absent: 401. */
  readonly failStatus?: number;
  /** A value that must equal a setting of the endpoint. */
  readonly check?: {
    readonly query?: string;
    readonly json?: string;
    readonly config: string;
    readonly failStatus: number;
  };
  /** The value that is the secret from now on, while the endpoint waits for one. */
  readonly capture?: { readonly header: string } | { readonly json: string };
  /** An address that is called before the answer; its host must match (RE2, anchored). */
  readonly action?: { readonly get: { readonly json: string }; readonly hostAllow: string };
  readonly respond: {
    readonly status: number;
    readonly type?: string;
    readonly headers?: Readonly<Record<string, HandshakeValue | string>>;
    /** Texts and values, joined. */
    readonly body?: readonly (string | HandshakeValue)[];
    /** An object of texts, numbers and values. */
    readonly jsonBody?: Readonly<Record<string, string | number | HandshakeValue>>;
  };
}
