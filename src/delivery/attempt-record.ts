import type { AttemptKind, AttemptRecord } from '../events/event';
import type { AttemptResult } from './attempt';

/** The result of an attempt as it is kept. */
export function attemptRecord(
  kind: AttemptKind,
  number: number,
  result: AttemptResult,
): AttemptRecord {
  return {
    kind,
    number,
    startedAtMs: result.startedAtMs,
    endedAtMs: result.endedAtMs,
    outcome: result.outcome,
    error: result.error,
    trail: result.trail,
  };
}

/** A hand-over that was given back before the flow got it. */
export function interruptedRecord(kind: AttemptKind, number: number, nowMs: number): AttemptRecord {
  const times = { startedAtMs: nowMs, endedAtMs: nowMs };
  return { kind, number, ...times, outcome: 'interrupted', error: null, trail: [] };
}
