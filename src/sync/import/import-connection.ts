import { isRecord } from '../../shared/json';
import { importAuth } from './import-auth';
import { importEndpoint } from './import-endpoint';
import { noteSecretHeaders } from './secret-headers';
import { noteOthers, type Note } from './note';

/** A connection node as the editor creates it. */
export interface ImportedConnection {
  readonly properties: Record<string, unknown>;
  readonly credentials: Record<string, string>;
}

const KNOWN = [
  'type',
  'name',
  'base_url',
  'auth',
  'endpoints',
  'timeout',
  'retry_count',
  'retry_delay',
  'default_headers',
  'headers',
  'verify_ssl',
];

/** APILinker's `source`, `target`, or an entry of `sources`. */
export function importConnection(
  saved: Record<string, unknown>,
  where: string,
  notes: Note[],
): ImportedConnection {
  noteOthers(saved, KNOWN, where, notes);
  if ('verify_ssl' in saved) notes.push({ code: 'tls', where: `${where}.verify_ssl` });
  const { properties, credentials } = importAuth(saved.auth, `${where}.auth`, notes);
  if (typeof saved.base_url !== 'string') {
    notes.push({ code: 'no-base-url', where: `${where}.base_url` });
  }
  return {
    properties: {
      name: typeof saved.name === 'string' ? saved.name : where,
      baseUrl: typeof saved.base_url === 'string' ? saved.base_url : '',
      ...properties,
      defaultHeaders: headers(saved.default_headers ?? saved.headers, `${where}.headers`, notes),
      ...numbers(saved),
      endpoints: endpoints(saved.endpoints, `${where}.endpoints`, notes),
    },
    credentials: Object.fromEntries(
      Object.entries(credentials).filter(([, secret]) => secret !== ''),
    ),
  };
}

/** APILinker makes no request at all with a `retry_count` of 0: one is meant. */
function numbers(saved: Record<string, unknown>): Record<string, number> {
  const { timeout, retry_count: count, retry_delay: delay } = saved;
  return {
    ...(typeof timeout === 'number' ? { timeoutSeconds: timeout } : {}),
    ...(typeof count === 'number' ? { retryCount: Math.max(1, Math.trunc(count)) } : {}),
    ...(typeof delay === 'number' ? { retryDelaySeconds: delay } : {}),
  };
}

function headers(saved: unknown, where: string, notes: Note[]) {
  if (!isRecord(saved)) return [];
  const entries = Object.entries(saved);
  noteSecretHeaders(saved, where, notes);
  if (entries.some(([, value]) => typeof value !== 'string')) {
    notes.push({ code: 'headers-not-text', where });
  }
  return entries.map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }));
}

function endpoints(saved: unknown, where: string, notes: Note[]) {
  if (!isRecord(saved)) return [];
  return Object.entries(saved).flatMap(
    ([name, endpoint]) => importEndpoint(name, endpoint, `${where}.${name}`, notes) ?? [],
  );
}
