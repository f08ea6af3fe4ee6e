import type { RetentionLimits } from '../../src/events/event-store';
import type { PostgresSettings } from '../../src/events/postgres/settings';

/** Where and how long events are kept. A `webhook-history` node sets these; without one, the defaults hold. */
export interface HistorySettings {
  /** File of the store; relative to Node-RED's user directory. */
  readonly path: string;
  /** The server on which they are kept instead; absent: in the file. */
  readonly postgres?: PostgresSettings;
  /** Finished events kept, and as many failed ones beside them; unfinished ones always are. 0: no limit. */
  readonly maxEvents: number;
  /** Days after which finished events are removed; null: never. */
  readonly maxAgeDays: number | null;
  /** Megabytes near which finished events are removed; null: no limit. */
  readonly maxSizeMb: number | null;
  /** Further header names whose values are never stored. */
  readonly redactHeaders: readonly string[];
}

const DAY_MS = 86_400_000;
const MB = 1024 * 1024;

/** The same bounds as a store takes them. */
export function retentionLimits({
  maxEvents,
  maxAgeDays,
  maxSizeMb,
}: Pick<HistorySettings, 'maxEvents' | 'maxAgeDays' | 'maxSizeMb'>): RetentionLimits {
  return {
    maxEvents: maxEvents || Number.MAX_SAFE_INTEGER,
    maxAgeMs: maxAgeDays === null ? null : maxAgeDays * DAY_MS,
    maxBytes: maxSizeMb === null ? null : maxSizeMb * MB,
  };
}

export const HISTORY_DEFAULTS: HistorySettings = {
  path: 'webhooks/history.sqlite',
  maxEvents: 1000,
  maxAgeDays: null,
  maxSizeMb: null,
  redactHeaders: [],
};

/** Nothing is removed. */
export const NO_LIMITS: RetentionLimits = {
  maxEvents: Number.MAX_SAFE_INTEGER,
  maxAgeMs: null,
  maxBytes: null,
};

/** The bounds that keep what any of these histories, of the same file, wants to be kept. */
export function widest(histories: readonly HistorySettings[]): RetentionLimits {
  const all = histories.map(retentionLimits);
  const largest = (of: (limits: RetentionLimits) => number | null | undefined): number | null => {
    const most = Math.max(...all.map((limits) => of(limits) ?? Infinity));
    return most === Infinity ? null : most;
  };
  return {
    maxEvents: Math.max(...all.map(({ maxEvents }) => maxEvents)),
    maxAgeMs: largest(({ maxAgeMs }) => maxAgeMs),
    maxBytes: largest(({ maxBytes }) => maxBytes),
  };
}
