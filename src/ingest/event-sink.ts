import type { NewEvent } from '../events/event';
import type { EventStatus } from '../events/states';

/**
 * What receiving knows of delivering: an accepted event is stored and handed to the flow.
 * Resolves once the event is durable, or was recognised as a duplicate; delivery goes on by itself.
 * Rejects with a `WebhookError` (`store-busy`, `store-unavailable`): nothing was stored, answer 503.
 */
export interface EventSink {
  accept(event: NewEvent, options: SinkOptions): Promise<Accepted>;
  /** The sender of an event does not wait any more. */
  release(eventId: string): void;
}

export interface SinkOptions {
  readonly dedup: { readonly key: string; readonly windowMs: number } | null;
  /** The payload, if it was parsed already; null: it is parsed when it is delivered. */
  readonly parsed: { readonly payload: unknown } | null;
  /** Null: the sender is answered as soon as the event is stored. */
  readonly sender: WaitingSender | null;
}

/** Told once what the first attempt came to; an interrupted one is followed by another. */
export interface WaitingSender {
  readonly onOutcome: (status: EventStatus) => void;
  /** For the first message of the event, as `msg.res`; undefined: none. */
  readonly handle: unknown;
}

export type Accepted =
  | { readonly kind: 'received'; readonly eventId: string }
  | { readonly kind: 'duplicate'; readonly eventId: string }
  /** A repetition of an event that had failed, which is delivered again. */
  | { readonly kind: 'requeued'; readonly eventId: string };
