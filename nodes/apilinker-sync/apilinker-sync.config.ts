import { isHeaderName, readNameValues, type NameValue } from '../../src/sync/headers';
import { OVERLAPS, type Overlap } from '../../src/sync/overlap';
import {
  choice,
  configNode,
  flag,
  number,
  structured,
  text,
  type Fields,
} from '../shared/config-fields';

export const TYPE = 'apilinker-sync';

export const SEND_MODES = ['item', 'batch'] as const;
export type SendMode = (typeof SEND_MODES)[number];

export interface ApilinkerSyncConfig {
  readonly name: string;
  /** Connection to fetch from; empty: the message itself is the source. */
  readonly source: string;
  readonly sourceEndpoint: string;
  /** Where in the message the data is, if the message is the source. */
  readonly sourceProperty: string;
  readonly target: string;
  readonly targetEndpoint: string;
  /** APILinker's field mappings; checked by `compileFields`. Empty: items are sent as they are. */
  readonly fields: readonly unknown[];
  /** Values may name parts of the message: `{{payload.id}}`. */
  readonly params: readonly NameValue[];
  /** A request for each item, or for a list of them. */
  readonly sendMode: SendMode;
  readonly batchSize: number;
  /** Requests to the target at once. */
  readonly concurrency: number;
  /** Nothing is sent unless answers and items match the endpoints' schemas. */
  readonly strict: boolean;
  /** Items that were delivered once are not sent again. */
  readonly idempotency: boolean;
  /** Carries the id of the webhook event to the target; empty: none. */
  readonly idempotencyHeader: string;
  /** `{{last_sync}}` before the first sync; empty: parameters that need it are left out. */
  readonly lastSync: string;
  /** Where in the last answer `{{cursor}}` for the next sync is. */
  readonly cursorPath: string;
  /** What happens when a message arrives while a sync runs. */
  readonly overlap: Overlap;
  /** Where the sync remembers things; empty: the shared default history. */
  readonly history: string;
}

export const FIELDS: Fields<ApilinkerSyncConfig> = {
  name: text(),
  source: configNode('apilinker-connection'),
  sourceEndpoint: text(),
  sourceProperty: text('payload', (path) => path !== '', 'a path into the message'),
  target: configNode('apilinker-connection'),
  targetEndpoint: text(),
  fields: structured<readonly unknown[]>([], 'a list of field mappings', (saved) =>
    Array.isArray(saved) ? (saved as unknown[]) : undefined,
  ),
  params: structured([], 'a list of parameters with name and value', readNameValues),
  sendMode: choice(SEND_MODES, 'item'),
  batchSize: number(100, { min: 1, max: 10_000, integer: true }),
  concurrency: number(1, { min: 1, max: 50, integer: true }),
  strict: flag(false),
  idempotency: flag(false),
  idempotencyHeader: text(
    'Idempotency-Key',
    (name) => name === '' || isHeaderName(name),
    'the name of a header, or empty',
  ),
  lastSync: text(),
  cursorPath: text(),
  overlap: choice(OVERLAPS, 'auto'),
  history: configNode('webhook-history'),
};
