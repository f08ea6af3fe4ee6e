import { readNameValues, type NameValue } from '../../src/sync/headers';
import { configNode, structured, text, type Fields } from '../shared/config-fields';

export const TYPE = 'apilinker-sync';

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
};
