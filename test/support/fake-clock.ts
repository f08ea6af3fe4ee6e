import type { Clock } from '../../src/shared/clock';

export interface FakeClock extends Clock {
  /** Lets time pass; timers that fall due are called in their order, each at its own time. */
  advance(ms: number): void;
  /** Timers that are neither called nor cancelled. */
  readonly waiting: number;
}

/** A clock that stands still until it is told otherwise. */
export function createFakeClock(startMs = 1_700_000_000_000): FakeClock {
  let nowMs = startMs;
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();
  const nextDue = (untilMs: number) =>
    [...timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  return {
    now: () => nowMs,
    after(ms, callback) {
      const timer = { atMs: nowMs + Math.max(ms, 0), callback };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (let due = nextDue(untilMs); due !== undefined; due = nextDue(untilMs)) {
        timers.delete(due);
        nowMs = Math.max(nowMs, due.atMs);
        due.callback();
      }
      nowMs = untilMs;
    },
    get waiting() {
      return timers.size;
    },
  };
}
