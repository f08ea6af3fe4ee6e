import type { SharedRun } from '../events/peers';
import { isRecord, parseJson } from '../shared/json';
import type { ReplayProgress } from './replay-run';

const STATES: readonly unknown[] = ['running', 'done', 'stopped', 'failed'];
const GONE = 'The Node-RED that ran it was not heard of any more.';

/** What another process told of its run; null: that can't be read. One whose process is gone has failed. */
export function toldProgress({ told, isAlive, toldAtMs }: SharedRun): ReplayProgress | null {
  const progress = parseJson(told);
  if (!isProgress(progress)) return null;
  if (progress.endedAt !== null || isAlive) return progress;
  const endedAt = new Date(toldAtMs).toISOString();
  return { ...progress, state: 'failed', lastError: GONE, endedAt };
}

function isProgress(value: unknown): value is ReplayProgress {
  if (!isRecord(value)) return false;
  const { state, total, replayed, refused, lastError, startedAt, endedAt } = value;
  return (
    STATES.includes(state) &&
    [total, replayed, refused].every((count) => typeof count === 'number') &&
    typeof startedAt === 'string' &&
    [lastError, endedAt].every((text) => text === null || typeof text === 'string')
  );
}
