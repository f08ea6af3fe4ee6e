import {
  choice,
  configNode,
  number,
  optionalNumber,
  structured,
  text,
  type Fields,
} from '../shared/config-fields';
import { isSchemaName, POSTGRES_DEFAULTS } from '../../src/events/postgres/settings';
import { HISTORY_DEFAULTS, type HistorySettings } from '../shared/history-settings';

export const TYPE = 'webhook-history';

export const CREDENTIALS = { connectionString: { type: 'password' } } as const;

export interface WebhookHistoryConfig extends Omit<HistorySettings, 'postgres'> {
  readonly name: string;
  readonly store: 'sqlite' | 'postgres';
  /** PostgreSQL: where the tables are. */
  readonly schema: string;
  /** Core `tls-config` with certificates; empty: as the connection string says. */
  readonly tls: string;
  /** Connections of this Node-RED. */
  readonly poolSize: number;
  /** What a Node-RED has in hand is taken over when it was not heard of for so long. */
  readonly leaseSeconds: number;
}

export const FIELDS: Fields<WebhookHistoryConfig> = {
  name: text(),
  store: choice(['sqlite', 'postgres'], 'sqlite'),
  path: text(HISTORY_DEFAULTS.path, (path) => path !== '', 'a file name'),
  schema: text(POSTGRES_DEFAULTS.schema, isSchemaName, 'a name of a-z, 0-9 and _'),
  tls: configNode('tls-config'),
  poolSize: number(POSTGRES_DEFAULTS.poolSize, { min: 3, max: 100, integer: true }),
  leaseSeconds: number(POSTGRES_DEFAULTS.leaseMs / 1000, { min: 2, max: 600 }),
  maxEvents: number(HISTORY_DEFAULTS.maxEvents, { min: 0, max: 100_000_000, integer: true }),
  maxAgeDays: optionalNumber(HISTORY_DEFAULTS.maxAgeDays, { min: 0.01, max: 36_500 }),
  maxSizeMb: optionalNumber(HISTORY_DEFAULTS.maxSizeMb, { min: 10, max: 1_000_000 }),
  redactHeaders: structured(HISTORY_DEFAULTS.redactHeaders, 'a list of header names', (saved) =>
    Array.isArray(saved) && saved.every((name) => typeof name === 'string') ? saved : undefined,
  ),
};
