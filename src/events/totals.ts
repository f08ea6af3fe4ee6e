import type { AttemptKind, AttemptRecord, NewEvent } from './event';
import type { AttemptArgs } from './rows';

/** Who brought an event: the sender, or somebody here. */
export type Origin = 'sender' | 'replay' | 'test';

/** What is counted for monitoring: events stored, repetitions, ends of events and of attempts. */
export type Total =
  | `stored:${Origin}`
  /** Recognised, and nothing stored. */
  | 'duplicate'
  /** A repetition of an event that had failed: it is delivered again. */
  | 'requeued'
  | 'finished:success'
  | 'finished:failed'
  | 'finished:ignored'
  | `attempt:${AttemptKind}:${AttemptRecord['outcome']}`
  /** Removed by the bounds of the history. */
  | 'evicted:failed'
  | 'evicted:finished';

/** `endpoint` is empty where none is known: of messages that no webhook sent, of what is evicted. */
export interface EndpointTotal {
  readonly endpoint: string;
  readonly total: Total;
  readonly count: number;
}

export function originOf({ test, replayOf }: Pick<NewEvent, 'test' | 'replayOf'>): Origin {
  if (test) return 'test';
  return replayOf === null ? 'sender' : 'replay';
}

export function attemptTotal([kind, , , , outcome]: AttemptArgs): Total {
  return `attempt:${kind as AttemptKind}:${outcome as AttemptRecord['outcome']}`;
}

/**
 * Counters since the store was opened here, by endpoint. What is added belongs to the transaction: `mark`
 * at the begin of the next one, `revert` when it is rolled back.
 */
export class Totals {
  readonly #counts = new Map<string, Map<Total, number>>();
  #added: [endpoint: string, total: Total, count: number][] = [];

  add(endpoint: string, total: Total, count = 1): void {
    if (count > 0) this.#added.push([endpoint, total, count]);
  }

  mark(): void {
    if (this.#added.length === 0) return;
    for (const [endpoint, total, count] of this.#added) {
      let counts = this.#counts.get(endpoint);
      if (counts === undefined) this.#counts.set(endpoint, (counts = new Map<Total, number>()));
      counts.set(total, (counts.get(total) ?? 0) + count);
    }
    this.#added = [];
  }

  revert(): void {
    this.#added = [];
  }

  read(): EndpointTotal[] {
    this.mark();
    return [...this.#counts].flatMap(([endpoint, counts]) =>
      [...counts].map(([total, count]) => ({ endpoint, total, count })),
    );
  }
}
