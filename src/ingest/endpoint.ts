import type { BlockList } from 'node:net';
import { envelopeOpener, type OpenEnvelope } from '../signature/envelope';
import { secretQuery, signatureHeaderName } from '../signature/locations';
import { parseAddressList } from './client-address';
import type { EndpointSettings, EndpointTools } from './endpoint-settings';
import { endpointHandshakes, type EndpointHandshakes } from './handshakes';
import { RateLimit } from './rate-limit';
import { bodyRedaction, type RedactBody } from './redact-body';
import { redactedHeaders, type RedactedHeaders } from './redact';
import { RejectionRecorder } from './rejection-recorder';
import { SignatureDoctor } from './signature-doctor';
import { Verification } from './verification';

export type { EndpointSettings, EndpointTools } from './endpoint-settings';

/** An endpoint with everything prepared that does not depend on a request. */
export interface Endpoint {
  readonly settings: EndpointSettings;
  readonly tools: EndpointTools;
  readonly verification: Verification;
  readonly handshakes: EndpointHandshakes | null;
  /** Null: bodies come as they are meant. */
  readonly openEnvelope: OpenEnvelope | null;
  readonly doctor: SignatureDoctor;
  /** As the sender's documentation spells it; null: nothing is verified, or the signature is elsewhere. */
  readonly signatureHeader: string | null;
  readonly signatureHeaderKey: string | null;
  readonly redacted: RedactedHeaders;
  /** Query parameters whose values are not stored. */
  readonly redactedQuery: readonly string[];
  /** Null: no signature or secret is in the body. */
  readonly redactBody: RedactBody | null;
  /** An id or a type is in the payload: it is parsed before the event is stored. */
  readonly readsPayload: boolean;
  readonly rateLimit: RateLimit | null;
  readonly allowed: BlockList | null;
  readonly rejections: RejectionRecorder;
}

/** Throws `bad-config` where a setting makes no sense. */
export function createEndpoint(settings: EndpointSettings, tools: EndpointTools): Endpoint {
  const { scheme, rateLimit, allowedIps } = settings;
  const verification = new Verification(settings, tools);
  const signatureHeader = signatureHeaderName(scheme);
  return {
    settings,
    tools,
    verification,
    handshakes: endpointHandshakes(settings, tools, verification),
    openEnvelope:
      settings.envelope === null ? null : envelopeOpener(settings.envelope, settings.secrets),
    doctor: new SignatureDoctor(settings, tools),
    signatureHeader,
    signatureHeaderKey: signatureHeader?.toLowerCase() ?? null,
    readsPayload: [settings.deliveryId, settings.eventType, settings.dedup].some(
      (locator) => locator !== null && 'json' in locator,
    ),
    redacted: redactedHeaders(scheme, settings.redactHeaders),
    redactedQuery: secretQuery(scheme),
    redactBody: bodyRedaction(scheme),
    rateLimit: rateLimit === null ? null : new RateLimit(rateLimit),
    allowed: allowedIps.length === 0 ? null : parseAddressList(allowedIps),
    rejections: new RejectionRecorder({
      sink: tools.rejections,
      count: tools.countRejection,
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
