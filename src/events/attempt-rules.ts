import type { AttemptArgs, EventRow } from './rows';
import { FINAL_STATUSES } from './states';

/** Why an event is `failed` that the process died with too often (rule 3). */
export const CRASHED_REASON = 'crashed the runtime';

/** The record of an attempt that the process did not survive: nobody knows when it ended. */
export function crashed(kind: string, number: number, nowMs: number): AttemptArgs {
  return [kind, number, nowMs, nowMs, 'crashed', null, '[]'];
}

/** A late end of an earlier attempt, or of one that was interrupted or concluded, changes nothing. */
export function isLiving(row: EventRow, attempt: AttemptArgs): boolean {
  return (
    row.attempt === attempt[1] &&
    row.outcome === null &&
    row.status !== 'pending' &&
    !FINAL_STATUSES.includes(row.status)
  );
}

/** Its status follows from its attempt and its jobs. */
export function isInFlow(row: EventRow): boolean {
  return row.status === 'processing' || row.status === 'retrying';
}
