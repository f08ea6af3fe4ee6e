import type { EventSummary } from './event';
import type { EventStatus } from './states';

/**
 * Which events are meant. What is absent does not matter; what is there must all be true. The one query
 * language of the stores, the admin API and the nodes; docs/API.md describes it for users.
 */
export interface EventFilter {
  /** The key of the endpoint: see `endpointKey`. */
  readonly endpoint?: string;
  /** One of these. */
  readonly status?: EventStatus | readonly EventStatus[];
  readonly method?: string;
  readonly provider?: string;
  readonly eventType?: string;
  /** Received at this time or later. Epoch milliseconds. */
  readonly fromMs?: number;
  /** Received before this time. Epoch milliseconds. */
  readonly toMs?: number;
  /** Replays of this event. */
  readonly replayOf?: string;
  /** Sent again at least so often: see `StoredEvent`. From 1 on. */
  readonly repeats?: number;
  /** Occurs in the request or its body, in whatever case. */
  readonly text?: string;
}

/** Newest stored first; `before` is the cursor of the page above (key-set pages). */
export interface EventQuery extends EventFilter {
  readonly before?: string;
  /** 1 to 500. */
  readonly limit: number;
}

/**
 * A store looks at a bounded number of events at a time, so a page may have fewer events than were asked
 * for, or none, although older ones match: there is nothing more only when `next` is null.
 */
export interface EventPage {
  readonly events: readonly EventSummary[];
  /** The id of the event after which the next page goes on, as its `before`. */
  readonly next: string | null;
  /** Nobody else asked anything of the store meanwhile: whoever goes on at once makes nobody wait. */
  readonly isQuiet?: boolean;
}

/** The statuses that a filter names; none: whatever the status. */
export function statusesOf({ status }: EventFilter): readonly EventStatus[] {
  if (status === undefined) return [];
  return typeof status === 'string' ? [status] : status;
}
