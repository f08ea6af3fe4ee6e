/** Where and how long events are kept. A `webhook-history` node sets these; without one, the defaults hold. */
export interface HistorySettings {
  /** File of the store; relative to Node-RED's user directory. */
  readonly path: string;
  /** Events kept; unfinished ones always are. 0: no limit. */
  readonly maxEvents: number;
  /** Days after which finished events are removed; null: never. */
  readonly maxAgeDays: number | null;
  /** Further header names whose values are never stored. */
  readonly redactHeaders: readonly string[];
}

export const HISTORY_DEFAULTS: HistorySettings = {
  path: 'webhooks/history.sqlite',
  maxEvents: 1000,
  maxAgeDays: null,
  redactHeaders: [],
};
