import {
  choice,
  number,
  optionalNumber,
  structured,
  text,
  type Fields,
} from '../shared/config-fields';

export const TYPE = 'webhook-history';

/** Where a history without a configured path is kept, below Node-RED's user directory. */
export const DEFAULT_PATH = 'webhooks/history.sqlite';

export interface WebhookHistoryConfig {
  readonly name: string;
  readonly store: 'sqlite';
  /** File of the store; relative to Node-RED's user directory. */
  readonly path: string;
  /** Events kept; unfinished ones always are. 0: no limit. */
  readonly maxEvents: number;
  /** Days after which finished events are removed; null: never. */
  readonly maxAgeDays: number | null;
  /** Further header names whose values are never stored. */
  readonly redactHeaders: readonly string[];
}

export const FIELDS: Fields<WebhookHistoryConfig> = {
  name: text(),
  store: choice(['sqlite'], 'sqlite'),
  path: text(DEFAULT_PATH, (path) => path !== '', 'a file name'),
  maxEvents: number(1000, { min: 0, max: 100_000_000, integer: true }),
  maxAgeDays: optionalNumber(null, { min: 0.01, max: 36_500 }),
  redactHeaders: structured<readonly string[]>([], 'a list of header names', (saved) =>
    Array.isArray(saved) && saved.every((name) => typeof name === 'string') ? saved : undefined,
  ),
};
