import type { HmacScheme } from './scheme';

/** How far the time of signing may be from ours, in seconds; null: not limited. */
export interface TimeWindow {
  readonly past: number | null;
  readonly future: number | null;
}

/** The scheme's window, its length overruled by the user's where there is one. */
export function timeWindow(
  ts: NonNullable<HmacScheme['ts']>,
  toleranceSeconds: number | null | undefined,
): TimeWindow {
  const past = toleranceSeconds ?? ts.tol;
  return { past, future: ts.futureTol === undefined ? past : ts.futureTol };
}

/** Seconds of a timestamp as it was sent: digits only, or null. */
export function parseTimestamp(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** Whether a time of signing is acceptable; `ageSeconds` is negative for one that lies ahead. */
export function isWithinWindow(ageSeconds: number, window: TimeWindow): boolean {
  if (ageSeconds < 0) return window.future === null || -ageSeconds <= window.future;
  return window.past === null || ageSeconds <= window.past;
}
