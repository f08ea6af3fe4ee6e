import {
  choice,
  number,
  optionalNumber,
  structured,
  text,
  type Fields,
} from '../shared/config-fields';
import { HISTORY_DEFAULTS, type HistorySettings } from '../shared/history-settings';

export const TYPE = 'webhook-history';

export interface WebhookHistoryConfig extends HistorySettings {
  readonly name: string;
  readonly store: 'sqlite';
}

export const FIELDS: Fields<WebhookHistoryConfig> = {
  name: text(),
  store: choice(['sqlite'], 'sqlite'),
  path: text(HISTORY_DEFAULTS.path, (path) => path !== '', 'a file name'),
  maxEvents: number(HISTORY_DEFAULTS.maxEvents, { min: 0, max: 100_000_000, integer: true }),
  maxAgeDays: optionalNumber(HISTORY_DEFAULTS.maxAgeDays, { min: 0.01, max: 36_500 }),
  maxSizeMb: optionalNumber(HISTORY_DEFAULTS.maxSizeMb, { min: 10, max: 1_000_000 }),
  redactHeaders: structured(HISTORY_DEFAULTS.redactHeaders, 'a list of header names', (saved) =>
    Array.isArray(saved) && saved.every((name) => typeof name === 'string') ? saved : undefined,
  ),
};
