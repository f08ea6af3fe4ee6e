import { isRecord } from '../../shared/json';
import { compileFields } from '../mapping/fields';
import { importConnection, type ImportedConnection } from './import-connection';
import { importSchedule, type ImportedSchedule } from './import-schedule';
import { importWebhooks, type ImportedWebhooks } from './import-webhooks';
import { noteOthers, type Note } from './note';

/** A sync node: which endpoints, which fields. */
export interface ImportedSync {
  readonly properties: Record<string, unknown>;
}

/** What an APILinker configuration becomes: two connections, a sync node for each mapping, perhaps a schedule. */
export interface ImportedConfig {
  /** Null: the message is the source. */
  readonly source: ImportedConnection | null;
  readonly target: ImportedConnection | null;
  readonly syncs: readonly ImportedSync[];
  readonly schedule: ImportedSchedule | null;
  readonly webhooks: ImportedWebhooks;
  readonly notes: readonly Note[];
}

/** Sections that are carried over, wholly or in parts with notes of their own. */
const KNOWN = new Set([
  ...['source', 'target', 'mapping', 'schedule', 'error_handling', 'validation', 'idempotency'],
  ...['state', 'secrets', 'webhook', 'webhooks'],
]);

/** Of sections without a reader of their own: the keys that are carried over, or that the history makes good. */
const CARRIED_OVER = {
  validation: ['strict_mode'],
  idempotency: ['enabled'],
  state: ['type', 'default_last_sync'],
};

/** Reads a parsed APILinker configuration. Never throws: what cannot be carried over is in the notes. */
export function importConfig(saved: unknown): ImportedConfig {
  const config = isRecord(saved) ? saved : {};
  const notes: Note[] = [];
  for (const key of Object.keys(config)) {
    if (!KNOWN.has(key)) notes.push({ code: 'ignored', where: key });
  }
  const side = (name: 'source' | 'target'): ImportedConnection | null => {
    const section = config[name];
    return isRecord(section) ? importConnection(section, name, notes) : null;
  };
  const source = withBreaker('source', side('source'), config.error_handling, notes);
  const target = withBreaker('target', side('target'), config.error_handling, notes);
  if (target === null) notes.push({ code: 'no-target', where: 'target' });
  noteErrorHandling(config.error_handling, notes);
  noteSecrets(config.secrets, notes);
  const shared = sharedProperties(config, source !== null);
  for (const [section, known] of Object.entries(CARRIED_OVER)) {
    const saved = config[section];
    if (isRecord(saved)) noteOthers(saved, known, section, notes);
  }
  const mappings = Array.isArray(config.mapping) ? (config.mapping as unknown[]) : [config.mapping];
  const syncs = mappings.flatMap((mapping, at) => importMapping(mapping, at, shared, notes));
  if (syncs.length === 0) notes.push({ code: 'no-mapping', where: 'mapping' });
  return {
    source,
    target,
    syncs,
    schedule: importSchedule(config.schedule, notes),
    webhooks: importWebhooks(config.webhooks ?? config.webhook, 'webhooks', notes),
    notes,
  };
}

function importMapping(
  mapping: unknown,
  at: number,
  shared: Record<string, unknown>,
  notes: Note[],
): ImportedSync[] {
  if (!isRecord(mapping)) return [];
  noteOthers(mapping, ['source', 'target', 'fields'], `mapping[${at}]`, notes);
  const saved = Array.isArray(mapping.fields) ? (mapping.fields as unknown[]) : [];
  const fields = saved.map(importField);
  fields.forEach((field, index) => {
    const where = `mapping[${at}].fields[${index}]`;
    noteFieldKeys(field, where, notes);
    if (compileFields([field]).problems.length === 0) return;
    notes.push({ code: 'field-unusable', where });
  });
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return [
    {
      properties: {
        ...shared,
        sourceEndpoint: text(mapping.source),
        targetEndpoint: text(mapping.target),
        fields,
      },
    },
  ];
}

/** The examples of APILinker say `source_field` and `target_field`. */
function importField(saved: unknown): unknown {
  if (!isRecord(saved)) return saved;
  const { source_field: source, target_field: target, ...rest } = saved;
  return {
    ...rest,
    ...(rest.source === undefined && source !== undefined ? { source } : {}),
    ...(rest.target === undefined && target !== undefined ? { target } : {}),
  };
}

const FIELD_KEYS = ['source', 'target', 'value', 'transform', 'condition', 'include_nulls'];

function noteFieldKeys(field: unknown, where: string, notes: Note[]): void {
  if (!isRecord(field)) return;
  noteOthers(field, FIELD_KEYS, where, notes);
  const { condition } = field;
  if (!isRecord(condition)) return;
  noteOthers(condition, ['field', 'operator', 'value'], `${where}.condition`, notes);
}

/** With a state store APILinker sends the time of the last sync as `updated_since`. */
function sharedProperties(
  config: Record<string, unknown>,
  fetches: boolean,
): Record<string, unknown> {
  const { validation, idempotency, state } = config;
  const properties: Record<string, unknown> = {};
  if (isRecord(validation) && validation.strict_mode === true) properties.strict = true;
  if (isRecord(idempotency) && idempotency.enabled === true) properties.idempotency = true;
  if (!isRecord(state) || !fetches) return properties;
  properties.params = [{ name: 'updated_since', value: '{{last_sync}}' }];
  const since = state.default_last_sync;
  if (typeof since === 'string') properties.lastSync = since;
  return properties;
}

function noteSecrets(saved: unknown, notes: Note[]): void {
  if (isRecord(saved)) notes.push({ code: 'secret-provider', where: 'secrets' });
}

function noteErrorHandling(saved: unknown, notes: Note[]): void {
  if (!isRecord(saved)) return;
  for (const key of Object.keys(saved)) {
    const where = `error_handling.${key}`;
    if (key === 'dlq') notes.push({ code: 'dead-letters', where });
    else if (key === 'recovery_strategies') notes.push({ code: 'recovery', where });
    else if (key === 'circuit_breakers') noteBreakerNames(saved[key], where, notes);
    else notes.push({ code: 'ignored', where });
  }
}

/** Breakers are of the source's or the target's endpoints. */
function noteBreakerNames(saved: unknown, where: string, notes: Note[]): void {
  for (const name of Object.keys(isRecord(saved) ? saved : {})) {
    if (!/^(?:source|target)_/.test(name)) {
      notes.push({ code: 'ignored', where: `${where}.${name}` });
    }
  }
}

/** A connection has one setting for the breakers of all its endpoints: that of the first one that is named. */
function withBreaker(
  side: 'source' | 'target',
  connection: ImportedConnection | null,
  errorHandling: unknown,
  notes: Note[],
): ImportedConnection | null {
  const saved = isRecord(errorHandling) ? errorHandling.circuit_breakers : undefined;
  const named = Object.entries(isRecord(saved) ? saved : {}).filter(([name]) =>
    name.startsWith(`${side}_`),
  );
  if (named.length > 1) {
    notes.push({ code: 'one-breaker', where: `error_handling.circuit_breakers.${side}_...` });
  }
  const breaker = named[0]?.[1];
  if (isRecord(breaker)) {
    const where = `error_handling.circuit_breakers.${named[0]?.[0] ?? ''}`;
    noteOthers(breaker, ['failure_threshold', 'reset_timeout_seconds'], where, notes);
  }
  if (connection === null || !isRecord(breaker)) return connection;
  const { failure_threshold: threshold, reset_timeout_seconds: reset } = breaker;
  return {
    ...connection,
    properties: {
      ...connection.properties,
      ...(typeof threshold === 'number' ? { breakerThreshold: threshold } : {}),
      ...(typeof reset === 'number' ? { breakerResetSeconds: reset } : {}),
    },
  };
}
