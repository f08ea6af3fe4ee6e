import type { BlockList } from 'node:net';
import type { KeySource } from '../signature/key-source';
import { secretQuery, signatureHeaderName } from '../signature/locations';
import type { Settings } from '../signature/message-context';
import type { Locator, Scheme, Secrets, Verifier } from '../signature/scheme';
import { createVerifier } from '../signature/verify';
import type { Clock } from '../shared/clock';
import type { Logger } from '../shared/logger';
import type { FixedAck } from './acknowledgement';
import type { AddressLimit } from './address-limit';
import type { ByteBudget } from './byte-budget';
import type { ResponseMode } from './await-outcome';
import { parseAddressList } from './client-address';
import type { DedupSource } from './dedup-key';
import type { EventSink } from './event-sink';
import { RateLimit } from './rate-limit';
import { redactedHeaders, type RedactedHeaders } from './redact';
import { RejectionRecorder, type RejectionSink } from './rejection-recorder';

/** What a user configured for one endpoint, read and checked. */
export interface EndpointSettings {
  /** The key under which its events are kept (see `endpointKey`). */
  readonly key: string;
  readonly name: string;
  readonly enabled: boolean;
  /** The provider's id, or `generic`, `none`. */
  readonly provider: string;
  readonly scheme: Scheme;
  readonly secrets: Secrets | null;
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
  readonly budget: ByteBudget;
  /** Shared by all endpoints, as the budget is. */
  readonly addresses: AddressLimit;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Absent: schemes with keys from elsewhere refuse everything. */
  readonly keySource?: KeySource;
}

/** An endpoint with everything prepared that does not depend on a request. */
export interface Endpoint {
  readonly settings: EndpointSettings;
  readonly tools: EndpointTools;
  readonly verifier: Verifier;
  /** As the sender's documentation spells it; null: nothing is verified, or the signature is elsewhere. */
  readonly signatureHeader: string | null;
  readonly signatureHeaderKey: string | null;
  readonly redacted: RedactedHeaders;
  /** Query parameters whose values are not stored. */
  readonly redactedQuery: readonly string[];
  /** An id or a type is in the payload: it is parsed before the event is stored. */
  readonly readsPayload: boolean;
  readonly rateLimit: RateLimit | null;
  readonly allowed: BlockList | null;
  readonly rejections: RejectionRecorder;
}

/** Throws `bad-config` where a setting makes no sense. */
export function createEndpoint(settings: EndpointSettings, tools: EndpointTools): Endpoint {
  const { scheme, secrets, toleranceSeconds, rateLimit, allowedIps } = settings;
  const signatureHeader = signatureHeaderName(scheme);
  return {
    settings,
    tools,
    verifier: createVerifier(scheme, secrets, {
      toleranceSeconds,
      settings: settings.settings,
      jwksUrl: settings.jwksUrl,
      ...(tools.keySource !== undefined && { keySource: tools.keySource }),
      now: () => tools.clock.now(),
    }),
    signatureHeader,
    signatureHeaderKey: signatureHeader?.toLowerCase() ?? null,
    readsPayload: [settings.deliveryId, settings.eventType, settings.dedup].some(
      (locator) => locator !== null && 'json' in locator,
    ),
    redacted: redactedHeaders(scheme, settings.redactHeaders),
    redactedQuery: secretQuery(scheme),
    rateLimit: rateLimit === null ? null : new RateLimit(rateLimit),
    allowed: allowedIps.length === 0 ? null : parseAddressList(allowedIps),
    rejections: new RejectionRecorder({
      sink: tools.rejections,
      logger: tools.logger,
      clock: tools.clock,
    }),
  };
}

/** A body may become this many times longer by content decoding. */
const DECODED_RATIO = 10;

/** The bound of a decoded body, in bytes. */
export function maxDecodedBytes(maxBodyBytes: number): number {
  return maxBodyBytes * DECODED_RATIO;
}
