import { createHash } from 'node:crypto';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { PostgresSettings } from '../../../src/events/postgres/settings';
import type { HistorySettings } from '../history-settings';

/** Where a history is kept. `key` names a store of this process; it says nothing of what is secret. */
export type HistoryPlace =
  | { readonly kind: 'sqlite'; readonly key: string; readonly file: string }
  | {
      readonly kind: 'postgres';
      readonly key: string;
      /** The same for all stores of one schema, however they are connected. */
      readonly schemaKey: string;
      readonly settings: PostgresSettings;
    };

export function fileOf(file: string): HistoryPlace {
  return { kind: 'sqlite', key: file, file };
}

/** Changed settings of a connection are another store, of the same history. */
export function placeOf(userDir: string, history: HistorySettings): HistoryPlace {
  const settings = history.postgres;
  if (settings === undefined) return fileOf(resolve(userDir, history.path));
  const { connectionString, schema } = settings;
  return {
    kind: 'postgres',
    key: `postgres:${digest(settings)}`,
    schemaKey: digest([connectionString.replace(/^.*@/, ''), schema]),
    settings,
  };
}

/** A name for people: the file as a node names it, or the schema. Nothing of it is secret. */
export function nameOf(userDir: string, place: HistoryPlace): string {
  if (place.kind === 'postgres') return `postgres:${place.settings.schema}`;
  const within = relative(userDir, place.file);
  const isOutside = within.startsWith('..') || isAbsolute(within);
  return isOutside ? place.file : within.split(sep).join('/');
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24);
}
