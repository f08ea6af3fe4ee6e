import type { NewEvent, RequestData, Verification } from './event';

/** An event on its way into the flow. */
export interface DeliveredEvent extends NewEvent {
  /** Hand-overs so far, this one included. */
  readonly attempt: number;
  /** The flow may see this event for the second time. */
  readonly redelivered: boolean;
}

/** `msg.webhook`: what the product tells a flow about an event. */
export interface WebhookInfo {
  id: string;
  endpoint: string;
  name: string;
  provider: string;
  eventType: string | null;
  deliveryId: string | null;
  /** ISO 8601, UTC. */
  receivedAt: string;
  attempt: number;
  redelivered: boolean;
  replayOf: string | null;
  edited: boolean;
  test: boolean;
  verification: Verification | null;
  /** The bytes as they arrived, where the endpoint is set to include them. */
  rawBody?: Buffer;
}

/** The message of a delivery. Headers are in `req` only: `http request` would forward `msg.headers`. */
export interface EventMessage {
  payload: unknown;
  req: RequestData;
  webhook: WebhookInfo;
  [property: string]: unknown;
}

/** Builds the message of one delivery; it takes over the event's request data, so nothing is cloned. */
export function buildMessage(
  event: DeliveredEvent,
  payload: unknown,
  { includeRawBody }: { readonly includeRawBody: boolean },
): EventMessage {
  const webhook: WebhookInfo = {
    id: event.id,
    endpoint: event.endpoint,
    name: event.name,
    provider: event.provider,
    eventType: event.eventType,
    deliveryId: event.deliveryId,
    receivedAt: new Date(event.receivedAtMs).toISOString(),
    attempt: event.attempt,
    redelivered: event.redelivered,
    replayOf: event.replayOf,
    edited: event.edited,
    test: event.test,
    verification: event.verification,
  };
  if (includeRawBody) {
    const { buffer, byteOffset, byteLength } = event.body;
    webhook.rawBody = Buffer.from(buffer, byteOffset, byteLength);
  }
  return { payload, req: event.request, webhook };
}
