import type { EventFilter } from '../event-query';

/** What no index serves, as SQL that follows other conditions. */
export interface Condition {
  /** Starts with AND; empty: nothing is asked for. */
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

const TESTS = {
  method: 'method = ?',
  provider: 'provider = ?',
  eventType: 'event_type = ?',
  replayOf: 'replay_of = ?',
  repeats: 'repeats >= ?',
  fromMs: 'received_at >= ?',
  toMs: 'received_at < ?',
} as const satisfies Partial<Record<keyof EventFilter, string>>;

export function conditionOf(filter: EventFilter): Condition {
  const asked = (Object.keys(TESTS) as (keyof typeof TESTS)[]).flatMap((field) => {
    const value = filter[field];
    return value === undefined ? [] : [{ test: TESTS[field], value }];
  });
  return {
    sql: asked.map(({ test }) => `AND ${test}`).join(' '),
    values: asked.map(({ value }) => value),
  };
}
