import { isRecord, type Json } from '../shared/json';
import { ownProperty, parsePath, readPath } from './property-path';
import type { Source } from './rule';

/** What a filter looks at: plain data, each part undefined where a message has none. */
export interface FilterSubject {
  /** As received, without Node-RED's own root. */
  readonly path?: unknown;
  readonly method?: unknown;
  /** Names in any case; repeated headers as one text or a list. */
  readonly headers?: unknown;
  readonly query?: unknown;
  readonly payload?: unknown;
  readonly provider?: unknown;
  readonly eventType?: unknown;
  readonly ip?: unknown;
  readonly msg?: unknown;
}

/** Finds a value in a subject; undefined where it is missing. */
export type ValueReader = (subject: FilterSubject) => unknown;

/** How the value of each source is found; the key was checked by `readRules`. */
export const SOURCE_READERS: Readonly<Record<Source, (key: string) => ValueReader>> = {
  path: () => (subject) => subject.path,
  method: () => (subject) => upperCase(subject.method),
  header: (key) => {
    const name = key.toLowerCase();
    return (subject) => readHeader(subject.headers, name);
  },
  query: (key) => (subject) => readQuery(subject.query, key),
  payload: (key) => readAt(key, (subject) => subject.payload),
  provider: () => (subject) => known(subject.provider),
  eventType: () => (subject) => known(subject.eventType),
  ip: () => (subject) => subject.ip,
  msg: (key) => readAt(key, (subject) => subject.msg),
};

/** Methods are compared in upper case on both sides. */
export function comparedWith(on: Source, expected: Json): Json {
  if (on !== 'method') return expected;
  return Array.isArray(expected) ? expected.map(upperCase) : upperCase(expected);
}

function upperCase<T>(value: T): T | string {
  return typeof value === 'string' ? value.toUpperCase() : value;
}

/** An unknown provider or event type is stored as null: for a rule it is missing. */
function known(value: unknown): unknown {
  return value ?? undefined;
}

function readAt(key: string, root: ValueReader): ValueReader {
  const path = parsePath(key) ?? [];
  return (subject) => readPath(root(subject), path);
}

/** Where a name occurs in several spellings, the last one counts. */
function readHeader(headers: unknown, name: string): unknown {
  if (!isRecord(headers)) return undefined;
  let found: unknown;
  for (const key of Object.keys(headers)) {
    if (key === name || key.toLowerCase() === name) found = headers[key];
  }
  return isTextList(found) ? found.join(', ') : found;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Of a repeated parameter the last one counts. */
function readQuery(query: unknown, name: string): unknown {
  if (!isRecord(query)) return undefined;
  const value = ownProperty(query, name);
  return Array.isArray(value) ? (value.at(-1) as unknown) : value;
}
