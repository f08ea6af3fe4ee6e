import type { TimeOfSigning } from './scheme';

/** How far the time of signing may be from ours, in seconds; null: not limited. */
export interface TimeWindow {
  readonly past: number | null;
  readonly future: number | null;
}

/** The scheme's window, its length overruled by the user's where there is one. */
export function timeWindow(
  ts: TimeOfSigning,
  toleranceSeconds: number | null | undefined,
): TimeWindow {
  const past = toleranceSeconds ?? ts.tol;
  return { past, future: ts.futureTol === undefined ? past : ts.futureTol };
}

/** RFC 3339, of which fractions of a second may have any length. */
const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

/** Epoch milliseconds of a timestamp as it was sent, or null: digits only, or RFC 3339. */
export function parseTimestamp(
  text: string,
  format: NonNullable<TimeOfSigning['fmt']>,
): number | null {
  if (format !== 'iso') {
    if (!/^\d{1,15}$/.test(text)) return null;
    return format === 'ms' ? Number(text) : Number(text) * 1000;
  }
  const [, seconds = '', , zone = ''] = ISO.exec(text) ?? [];
  const ms = Date.parse(seconds.toUpperCase() + zone.toUpperCase());
  return Number.isNaN(ms) ? null : ms;
}

/** Whether a time of signing is acceptable; `ageSeconds` is negative for one that lies ahead. */
export function isWithinWindow(ageSeconds: number, window: TimeWindow): boolean {
  if (ageSeconds < 0) return window.future === null || -ageSeconds <= window.future;
  return window.past === null || ageSeconds <= window.past;
}
