import type { AttemptError, RetryJob } from '../events/event';
import type { EventStore } from '../events/event-store';
import { retriesOf } from '../retry/backoff';
import type { RetryPolicy } from '../retry/options';
import type { Clock } from '../shared/clock';
import type { Logger } from '../shared/logger';
import type { AttemptOptions } from './attempt';
import type { FlowMessage } from './flow-hooks';
import type { FlowTracker } from './flow-tracker';
import type { PersistentWriter } from './persistent-write';
import type { StorePool } from './store-pool';
import type { Quarantine } from './quarantine';

/** How a retry node is configured now; a deploy may change it under its jobs. */
export interface RetrySettings {
  readonly policy: RetryPolicy;
  readonly attempt: AttemptOptions;
  /** Due jobs that run at once. First attempts are bounded by the endpoint. */
  readonly concurrency: number;
  /** `concurrency` counts for all processes that share a store together. */
  readonly clusterWide?: boolean;
  /** Keeps messages that no webhook sent; those of an event are kept where the event is. */
  readonly store: EventStore;
  readonly sendAttempt: (msg: FlowMessage) => void;
  readonly sendExhausted: (msg: FlowMessage) => void;
  /** The jobs of this node changed. */
  readonly onChange: () => void;
}

export interface RetryTools {
  readonly nodeId: string;
  readonly tracker: FlowTracker;
  readonly writer: PersistentWriter;
  readonly quarantine: Quarantine;
  readonly clock: Clock;
  readonly logger: Logger;
  /** From 0 to below 1, for the jitter of delays. */
  readonly random: () => number;
  /** Absent: its own store is the only one. */
  readonly stores?: StorePool;
  /** `msg.res` of a message whose request nobody waits for any more. */
  readonly inertResponse: () => unknown;
  readonly cloneMessage: (msg: FlowMessage) => FlowMessage;
  /** The last of its jobs ended an event: one that waits for its turn may go on. */
  readonly onEventEnded: () => void;
}

/** What a message carries on each attempt, as `msg.retry`. */
export interface RetryInfo {
  /** Counts from 1. */
  readonly attempt: number;
  readonly maxRetries: number;
  readonly lastError: AttemptError | null;
  /** ISO 8601. */
  readonly firstAttemptAt: string;
  /** On the `exhausted` output: `attempts`, `permanent`, `expired` or `crashed`. */
  readonly reason: string | null;
}

/** A copy of the message for one attempt. */
export function retryMessage(
  { cloneMessage }: RetryTools,
  { policy }: RetrySettings,
  msg: FlowMessage,
  job: Pick<RetryJob, 'attempts' | 'lastError' | 'firstAttemptAtMs' | 'reason'>,
): FlowMessage {
  const retry: RetryInfo = {
    attempt: job.attempts,
    maxRetries: retriesOf(policy),
    lastError: job.lastError,
    firstAttemptAt: new Date(job.firstAttemptAtMs).toISOString(),
    reason: job.reason,
  };
  return { ...cloneMessage(msg), retry };
}
