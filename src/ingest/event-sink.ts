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
  /** The parsed payload, so that the first delivery does not parse the body again. */
  readonly payload: unknown;
}

export type Accepted =
  | { readonly kind: 'received'; readonly eventId: string }
  | { readonly kind: 'duplicate'; readonly eventId: string };
