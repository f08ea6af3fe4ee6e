import type { EventStore } from '../events/event-store';
import type { EventStatus } from '../events/states';
import type { Clock } from '../shared/clock';
import type { Logger } from '../shared/logger';
import type { AttemptOptions } from './attempt';
import type { FlowMessage } from './flow-hooks';
import type { FlowTracker } from './flow-tracker';
import type { PersistentWriter } from './persistent-write';
import type { Quarantine } from './quarantine';
import type { StorePool } from './store-pool';

/** How an endpoint delivers its events; a deploy may change it. */
export interface DispatcherSettings {
  /** The key of its events in the store. */
  readonly endpoint: string;
  /** Attempts in the flow at once. */
  readonly concurrency: number;
  /** `concurrency` counts for all processes that share the store together. */
  readonly clusterWide?: boolean;
  /** One at a time, and the next one only once the last one is final: its retries are over, too. */
  readonly ordered: boolean;
  readonly attempt: AttemptOptions;
  readonly includeRawBody: boolean;
  /** The bound of a decoded body. Bytes. */
  readonly maxDecodedBytes: number;
  readonly store: EventStore;
  /** `msg.res` where the sender does not wait (any more); null: messages have none. */
  readonly inertResponse: (() => unknown) | null;
  /** What waits in the store has changed. */
  readonly onChange?: () => void;
  /** Sends the message into the flow. */
  readonly send: (msg: FlowMessage) => void;
}

/** A sender that waits for what becomes of its event. */
export interface WaitingSender {
  /** Called once the end of an attempt is written; an interrupted one is followed by another. */
  readonly onOutcome: (status: EventStatus) => void;
  /** The first attempt gets it as `msg.res`; undefined: none. */
  readonly handle: unknown;
}

export interface DispatcherTools {
  readonly tracker: FlowTracker;
  readonly writer: PersistentWriter;
  readonly quarantine: Quarantine;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Absent: its own store is the only one. */
  readonly stores?: StorePool;
}

/** Who is next is decided in the store, by what others have in hand. */
export function takesTurns({ ordered, clusterWide }: DispatcherSettings): boolean {
  return ordered || clusterWide === true;
}
