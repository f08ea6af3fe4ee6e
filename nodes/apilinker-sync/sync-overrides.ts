import { isRecord } from '../../src/shared/json';
import { isParams, type Params } from '../../src/sync/endpoint';
import { SyncError } from '../../src/sync/sync-error';

/** What a message may change for its own sync: `msg.sync`. */
export interface SyncOverrides {
  readonly params: Params;
  readonly lastSync: string | null;
  readonly reset: boolean;
  readonly dryRun: boolean;
}

/** Reads `msg.sync`; other keys of it, such as the summary of a sync before, mean nothing here. Throws a SyncError (VALIDATION). */
export function readOverrides(saved: unknown): SyncOverrides {
  const {
    params = {},
    lastSync = null,
    reset = false,
    dryRun = false,
  } = isRecord(saved) ? saved : {};
  if (!isParams(params)) throw unusable('params', 'an object of texts, numbers and lists of them');
  if (typeof lastSync !== 'string' && lastSync !== null) throw unusable('lastSync', 'a text');
  if (typeof reset !== 'boolean') throw unusable('reset', 'true or false');
  if (typeof dryRun !== 'boolean') throw unusable('dryRun', 'true or false');
  return { params, lastSync, reset, dryRun };
}

function unusable(name: string, expected: string): SyncError {
  return new SyncError(`\`msg.sync.${name}\` must be ${expected}.`, { category: 'VALIDATION' });
}
