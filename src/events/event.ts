import type { AttemptOutcome, EventStatus, JobState } from './states';

/** Which scheme accepted a request, and which of the two secrets; null: nothing was verified. */
export interface Verification {
  readonly scheme: string;
  readonly secret: 'current' | 'previous';
}

/** The request as the flow may see it: secrets and signatures are already removed. Plain data. */
export interface RequestData {
  readonly method: string;
  /** Path and query as received, without Node-RED's own root. */
  readonly url: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** Lower-case names; repeated headers joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly ip: string;
  /** Who the client is by its TLS certificate, where the listener asked for one. */
  readonly clientCertificate?: ClientCertificate;
}

/** What a client's certificate says of it; the chain was checked in the handshake. */
export interface ClientCertificate {
  /** The distinguished name by its parts, such as `CN` and `O`. */
  readonly subject: Readonly<Record<string, string | readonly string[]>>;
  readonly issuer: Readonly<Record<string, string | readonly string[]>>;
  /** Hexadecimal. */
  readonly serialNumber: string;
  /** SHA-256 of the certificate, hexadecimal with colons. */
  readonly fingerprint256: string;
}

/** What is known of an event when it is accepted. Times are epoch milliseconds. */
export interface NewEvent {
  /** UUIDv7. */
  readonly id: string;
  /** Listener and path that it belongs to: events outlive node ids (see `endpointKey`). */
  readonly endpoint: string;
  /** The endpoint's name when it was received. */
  readonly name: string;
  readonly provider: string;
  readonly eventType: string | null;
  /** The sender's id of this delivery, where it has one. */
  readonly deliveryId: string | null;
  readonly receivedAtMs: number;
  readonly verification: Verification | null;
  readonly request: RequestData;
  /** The bytes as they arrived, before content decoding. */
  readonly body: Uint8Array;
  readonly replayOf: string | null;
  readonly edited: boolean;
  readonly test: boolean;
}

/** An event as it stands in the store, with what is needed to deliver it. */
export interface StoredEvent extends NewEvent {
  readonly status: EventStatus;
  /** Why it is `ignored` or `failed`, in words; null otherwise. */
  readonly reason: string | null;
  /** Hand-overs to the flow so far, this one included. */
  readonly attempt: number;
  /** Another hand-over came before this one: the flow may see this event for the second time. */
  readonly redelivered: boolean;
  /** Its idempotency key had come before, with another body: no duplicate, but worth a look. */
  readonly conflict: boolean;
  /** How often the sender sent it again and was answered, without another delivery (rule 7). */
  readonly repeats: number;
  /** When the last of them came; null: none did. */
  readonly repeatedAtMs: number | null;
  readonly updatedAtMs: number;
}

/** A stored event without its body, for lists. */
export type EventSummary = Omit<StoredEvent, 'body' | 'request'> & {
  readonly method: string;
  readonly path: string;
  readonly bodyBytes: number;
};

/** A node that an attempt touched: when it was first reached, how often, and what went wrong there. */
export interface TrailStep {
  readonly nodeId: string;
  readonly type: string;
  readonly name: string;
  /** Milliseconds after the start of the attempt. */
  readonly atMs: number;
  readonly count: number;
  readonly error?: string;
  /** The condition at which a filter dropped the message. */
  readonly dropped?: string;
}

/** Why an attempt failed. */
export interface AttemptError {
  readonly message: string;
  /** The node at which it happened. */
  readonly nodeId: string | null;
  /** TIMEOUT, RATE_LIMIT, SERVER, CLIENT, ...; null where the flow did not say. */
  readonly category: string | null;
  /** Trying again cannot help. */
  readonly permanent: boolean;
  /** The receiver asked to wait that long. */
  readonly retryAfterMs: number | null;
}

export const ATTEMPT_KINDS = ['delivery', 'retry', 'exhausted'] as const;
export type AttemptKind = (typeof ATTEMPT_KINDS)[number];

/** The record of one try, by the endpoint (`delivery`) or by a retry node. */
export interface AttemptRecord {
  readonly kind: AttemptKind;
  /** Counts from 1 within its event (delivery) or job (retry). */
  readonly number: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: AttemptOutcome | 'interrupted' | 'crashed';
  readonly error: AttemptError | null;
  readonly trail: readonly TrailStep[];
}

/** A message parked at a retry node. */
export interface RetryJob {
  readonly id: string;
  /** The event that it came from; null for a message that no webhook sent. */
  readonly eventId: string | null;
  /** The hand-over of that event in which it was parked. */
  readonly eventAttempt: number;
  /** The retry node. */
  readonly nodeId: string;
  /** Which message of that attempt, counting from 1: (event, node, arrival) names a job. */
  readonly arrival: number;
  readonly state: JobState;
  /** Attempts made. */
  readonly attempts: number;
  readonly firstAttemptAtMs: number;
  /** When the next attempt is due. */
  readonly dueAtMs: number;
  readonly lastError: AttemptError | null;
  /** Why it is `exhausted`: `attempts`, `permanent`, `expired`, `crashed`. */
  readonly reason: string | null;
  /** The parked message, serialised by `storeMessage`. */
  readonly message: Uint8Array;
}

/** A request that was refused, bounded and redacted, so that a user can see why. */
export interface Rejection {
  readonly id: string;
  readonly atMs: number;
  readonly endpoint: string;
  readonly status: number;
  /** A code: `invalid-signature`, `missing-signature`, `no-secret`, ... */
  readonly cause: string;
  /** The same in words, with advice. */
  readonly detail: string;
  readonly method: string;
  readonly path: string;
  readonly ip: string;
  /** Lower-case names; bounded in number and length, values that may be secret redacted. */
  readonly headers: Readonly<Record<string, string>>;
  /** As read, or as declared where it was not read; null: not known. */
  readonly bodyBytes: number | null;
}

/** The key under which events of an endpoint are kept: its listener ("" is Node-RED's own) and path. */
export function endpointKey(listener: string, path: string): string {
  return listener === '' ? path : `${listener}:${path}`;
}

/** The listener in such a key. */
export function listenerOf(endpoint: string): string {
  return endpoint.startsWith('/') ? '' : endpoint.slice(0, Math.max(0, endpoint.indexOf(':/')));
}
