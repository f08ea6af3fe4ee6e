import type { NewEvent } from '../events/event';

/**
 * What receiving knows of delivering: an accepted event is stored and handed to the flow.
 * Resolves once the event is durable, or was recognised as a duplicate; delivery goes on by itself.
 * Rejects with a `WebhookError` (`store-busy`, `store-unavailable`): nothing was stored, answer 503.
 */
export interface EventSink {
  accept(event: NewEvent, options: SinkOptions): Promise<Accepted>;
}

export interface SinkOptions {
  readonly dedup: { readonly key: string; readonly windowMs: number } | null;
  /** The payload, if it was parsed already; null: it is parsed when it is delivered. */
  readonly parsed: { readonly payload: unknown } | null;
}

export type Accepted =
  | { readonly kind: 'received'; readonly eventId: string }
  | { readonly kind: 'duplicate'; readonly eventId: string };
