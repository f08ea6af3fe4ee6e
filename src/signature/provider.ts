import type { Handshake } from './handshake-scheme';
import type { Locator, Scheme } from './scheme';

export const CATEGORIES = [
  'code',
  'payments',
  'commerce',
  'messaging',
  'email',
  'work',
  'storage',
  'content',
  'identity',
  'data',
  'ops',
  'ai',
  'relay',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** A value that a scheme needs beside the secret, for instance the id of an app. */
export interface ProviderSetting {
  readonly key: string;
  readonly label: string;
  /** False: only a part of the scheme needs it. */
  readonly required?: boolean;
  /** It is kept with the credentials. */
  readonly credential?: boolean;
}

/**
 * A body that the sender encrypts with the secret: a JSON object in which one value is, in base64, an
 * initialisation vector of 16 bytes and the JSON that is meant.
 */
export interface Envelope {
  /** Where the value is. */
  readonly json: string;
  readonly alg: 'aes-256-cbc';
  /** The key is this digest of the secret. */
  readonly key: 'sha256';
}

/** What the edit dialog shows of a sender. */
export interface ProviderChoice {
  /** The value of `provider` in a flow. */
  readonly id: string;
  readonly name: string;
  readonly category: Category;
  readonly docs: string;
  /** What a user pastes as the secret, and where to find it. */
  readonly secretHint: string;
  /** False: the key comes from elsewhere, there is nothing to paste. */
  readonly needsSecret?: boolean;
  readonly settings: readonly ProviderSetting[];
  /** How much of the body the signature covers. */
  readonly covers: 'body' | 'part' | 'nothing';
  /** The secret comes in the sender's first request. */
  readonly capturesSecret?: boolean;
  /** The URL is signed: behind a proxy it must be set. */
  readonly signsUrl?: boolean;
  /** Its public keys may be at an address. */
  readonly usesKeySet?: boolean;
  /** Nothing at all is verified. */
  readonly unsigned?: boolean;
  readonly scheme: Scheme;
}

/** A sender of webhooks, as the palette's drop-down offers it. */
export interface Provider extends ProviderChoice {
  readonly handshakes: readonly Handshake[];
  /** Bodies may come encrypted. Its handshakes are then not signed. */
  readonly envelope?: Envelope;
  readonly deliveryId: Locator | null;
  /**
   * Whether `deliveryId` is the same for each retry of one delivery and for nothing else. Where it is
   * false the id names a resource, or one part of a batch: it says nothing about repetitions.
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
  /** What the sender does after a failure, in words; null: not known. */
  readonly retry: string | null;
}
