import type { RequestView } from './request-view';
import type { PublicKeyAlgorithm } from './scheme';
import type { SignatureFields } from './signature-place';

/** What endpoints configure beside the secret, by name. */
export type Settings = Readonly<Record<string, string>>;

/** What a message is built from. */
export interface MessageContext {
  readonly view: RequestView;
  /** As it was sent; '' for a scheme without one. */
  readonly timestamp: string;
  /** The other items of the signature's list. */
  readonly fields: SignatureFields;
  readonly settings: Settings;
  /** The element that is signed, where each of a list is; else the JSON body. */
  readonly item: () => unknown;
  /** Only in the message of a plain digest. */
  readonly secret: string;
  /** The body is bound by a digest of its own. */
  readonly bodyHashed: boolean;
  readonly algorithm: PublicKeyAlgorithm | null;
}

/** Bytes that are signed, in pieces; texts as UTF-8. */
export type Message = readonly (string | Uint8Array)[];

/** Every form in which the sender may have signed the request, or what is missing for it, in words. */
export type BuiltMessages =
  { readonly messages: readonly Message[] } | { readonly missing: string };

export type BuildMessages = (context: MessageContext) => BuiltMessages;
