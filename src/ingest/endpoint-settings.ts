import type { KeySource } from '../signature/key-source';
import type { Handshake } from '../signature/handshake-scheme';
import type { Settings } from '../signature/message-context';
import type { Envelope } from '../signature/provider';
import type { Locator, Scheme, Secrets } from '../signature/scheme';
import type { Clock } from '../shared/clock';
import type { Logger } from '../shared/logger';
import type { FixedAck } from './acknowledgement';
import type { AddressLimit } from './address-limit';
import type { ResponseMode } from './await-outcome';
import type { ByteBudget } from './byte-budget';
import type { CapturedSecret } from './captured-secret';
import type { DedupSource } from './dedup-key';
import type { EventSink } from './event-sink';
import type { RejectionSink } from './rejection-recorder';

/** What a user configured for one endpoint, read and checked. */
export interface EndpointSettings {
  /** The key under which its events are kept (see `endpointKey`). */
  readonly key: string;
  readonly name: string;
  readonly enabled: boolean;
  /** The methods of requests that become events; a sender's handshakes may have others. */
  readonly methods: readonly string[];
  /** The provider's id, or `generic`, `none`. */
  readonly provider: string;
  readonly scheme: Scheme;
  readonly secrets: Secrets | null;
  readonly handshakes: readonly Handshake[];
  /** Null: bodies come as they are meant. */
  readonly envelope: Envelope | null;
  /** The sender sends the secret with a handshake, where none is set. */
  readonly capturesSecret: boolean;
  /** What the scheme needs beside the secret, by name. */
  readonly settings: Settings;
  /** The address of a token's keys; empty: the scheme's, if it has one. */
  readonly jwksUrl: string;
  /** How senders call the endpoint (see `senderUrl`); empty: as the request says. */
  readonly publicUrl: string;
  /** The replay window; null: the scheme's own. */
  readonly toleranceSeconds: number | null;
  readonly deliveryId: Locator | null;
  readonly eventType: Locator | null;
  readonly dedup: DedupSource;
  readonly dedupWindowMs: number;
  /** The fixed answer for accepted requests; null: our JSON, with status `ackStatus`. */
  readonly ack: FixedAck | null;
  readonly ackStatus: number;
  readonly response: ResponseMode;
  /** Verified requests per second; null: not limited. */
  readonly rateLimit: number | null;
  readonly maxBodyBytes: number;
  /** Addresses and CIDR ranges that may send; empty: all. */
  readonly allowedIps: readonly string[];
  /** Proxies in front whose X-Forwarded-For is trusted. */
  readonly proxyHops: number;
  /** Further names of headers whose values are not stored. */
  readonly redactHeaders: readonly string[];
}

export interface EndpointTools {
  readonly sink: EventSink;
  readonly rejections: RejectionSink;
  /** Told of each refused request, kept or not, by its cause. */
  readonly countRejection: (cause: string) => void;
  readonly countHandshake: (outcome: 'answered' | 'refused') => void;
  readonly budget: ByteBudget;
  /** Shared by all endpoints, as the budget is. */
  readonly addresses: AddressLimit;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Absent: schemes with keys from elsewhere refuse everything. */
  readonly keySource?: KeySource;
  /** Calls an address with which a subscription is confirmed. Absent: such handshakes are refused. */
  readonly confirm?: (url: string) => Promise<void>;
  /** Absent: no secret is captured. */
  readonly captured?: CapturedSecret;
}
