import type { AttemptError, TrailStep } from '../events/event';
import type { EventStore } from '../events/event-store';
import type { AttemptOutcome } from '../events/states';

/** Whose attempt it is: an event's, a job's of it, or (null) a message's that no webhook sent. */
export interface AttemptOwner {
  readonly eventId: string;
  /** The hand-over of that event. */
  readonly eventAttempt: number;
  /** Where the event is kept: its retry jobs belong there as well. */
  readonly store: EventStore;
}

export interface AttemptOptions {
  /** An attempt that has not drained after this long fails. Milliseconds of its own running time. */
  readonly timeoutMs: number;
  /** How long it must stay drained before its outcome is final. Milliseconds. */
  readonly quietMs: number;
  /** A message that leaves an `http request` with status >= 400 fails the attempt ... */
  readonly failOnHttpStatus: boolean;
  /** ... unless the status is one of these. */
  readonly acceptStatus: readonly number[];
  /** `explicit`: nothing but a webhook-outcome node or the time-out ends it. */
  readonly outcome: 'automatic' | 'explicit';
}

export interface AttemptResult {
  readonly outcome: AttemptOutcome | 'interrupted';
  readonly error: AttemptError | null;
  /** The condition at which a filter dropped the message, for `ignored`. */
  readonly reason: string | null;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly trail: readonly TrailStep[];
}

export interface AttemptListener {
  /** Nothing works on it any more (now): its place may go to another one. Called once. */
  onDrained?(): void;
  /** Its outcome is final. Called once, always; after `onDrained` unless something ended it before. */
  onConcluded(result: AttemptResult): void;
  /** A node reported an error after the attempt had succeeded: to be kept, it changes nothing (rule 4). */
  onLateError?(step: TrailStep): void;
}

/** What a webhook-outcome node says. */
export type Verdict =
  | { readonly kind: 'success' }
  | {
      readonly kind: 'failure';
      /** In words; empty: the error that came before, if any. */
      readonly reason: string;
      readonly permanent: boolean;
    };
