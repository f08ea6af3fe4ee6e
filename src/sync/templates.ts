import { isRecord } from '../shared/json';
import type { Endpoint, Params } from './endpoint';
import type { NameValue } from './headers';
import { copyData, setOwnValue } from './mapping/own-keys';
import { parseReadPath, readPath } from './mapping/path';
import { SyncError } from './sync-error';

/** What `{{...}}` in a configuration may stand for. */
export interface TemplateValues {
  /** Names without a meaning of their own are paths into it. */
  readonly message: object;
  /** Epoch ms. */
  readonly nowMs: number;
  /** When the last complete sync began (ISO 8601), or where the first one is to start; null: not known. */
  readonly lastSync: string | null;
  /** What the last complete sync left at the cursor path; null: nothing. */
  readonly cursor: unknown;
}

const TEMPLATE = /\{\{\s*([^{}]+?)\s*\}\}/g;
const WHOLE_TEMPLATE = /^\{\{\s*([^{}]+?)\s*\}\}$/;
const STATE = /\{\{\s*(?:last_sync|cursor)\s*\}\}/;
const DAY_MS = 86_400_000;

/** Whether a configuration asks for what a sync remembers. */
export function namesState(config: unknown): boolean {
  return STATE.test(JSON.stringify(config) ?? '');
}

/** A value that is not known yet: what needs it is left out. */
class Unknown extends Error {}

/**
 * Parameters with their templates filled in: `{{payload.id}}` alone becomes that value, within a text its
 * text. One that needs a `last_sync` or `cursor` that is not known yet is left out. Throws a SyncError
 * (VALIDATION) where a part of the message is missing: a filter that is silently left out would fetch or
 * change too much.
 */
export function fillParams(templates: readonly NameValue[], values: TemplateValues): Params {
  const params = {};
  for (const { name, value } of templates) {
    setKnown(params, name, () => fillText(value, values, `parameter \`${name}\``));
  }
  return params;
}

/** The endpoint with the templates in its path, query, headers and body template filled in. */
export function fillEndpoint(endpoint: Endpoint, values: TemplateValues): Endpoint {
  const { name, path, params, headers, bodyTemplate } = endpoint;
  if (!JSON.stringify([path, params, headers, bodyTemplate]).includes('{{')) return endpoint;
  const where = `endpoint \`${name}\``;
  return {
    ...endpoint,
    path: fillPathText(path, values, where),
    params: fillData(params, values, where) as Params,
    headers: texts(fillData(headers, values, where) as object),
    bodyTemplate: fillData(bodyTemplate, values, where) as Endpoint['bodyTemplate'],
  };
}

function fillPathText(path: string, values: TemplateValues, where: string): string {
  return path.replace(TEMPLATE, (_, name: string) => {
    try {
      return encodeURIComponent(textOf(valueOf(name, values, where)));
    } catch (thrown) {
      if (!(thrown instanceof Unknown)) throw thrown;
      throw missing(`The path of ${where} needs \`${name}\`, which is not known yet.`);
    }
  });
}

/** Copies data; texts are filled in, and what needs an unknown value is left out of its object or list. */
function fillData(data: unknown, values: TemplateValues, where: string): unknown {
  if (typeof data === 'string') return fillText(data, values, where);
  if (Array.isArray(data)) {
    const list: Record<string, unknown> = {};
    data.forEach((each: unknown, index) =>
      setKnown(list, String(index), () => fillData(each, values, where)),
    );
    return Object.values(list);
  }
  if (!isRecord(data)) return data;
  const copy = {};
  for (const key of Object.keys(data))
    setKnown(copy, key, () => fillData(data[key], values, where));
  return copy;
}

function setKnown(target: object, key: string, read: () => unknown): void {
  try {
    setOwnValue(target, key, read());
  } catch (thrown) {
    if (!(thrown instanceof Unknown)) throw thrown;
  }
}

function fillText(text: string, values: TemplateValues, where: string): unknown {
  const whole = WHOLE_TEMPLATE.exec(text)?.[1];
  if (whole !== undefined) return copyData(valueOf(whole, values, where));
  return text.replace(TEMPLATE, (_, name: string) => textOf(valueOf(name, values, where)));
}

function valueOf(name: string, values: TemplateValues, where: string): unknown {
  switch (name) {
    case 'now':
      return new Date(values.nowMs).toISOString();
    case 'yesterday':
      return new Date(values.nowMs - DAY_MS).toISOString();
    case 'last_sync':
      return known(values.lastSync);
    case 'cursor':
      return known(values.cursor);
  }
  const path = name.replace(/^msg\./, '');
  const value = readPath(values.message, parseReadPath(path));
  if (value !== null) return value;
  throw missing(`The ${where} needs \`msg.${path}\`, which is missing.`);
}

function known(value: unknown): unknown {
  if (value === null || value === undefined) throw new Unknown();
  return value;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function texts(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, textOf(value)]));
}

function missing(message: string): SyncError {
  return new SyncError(message, { category: 'VALIDATION' });
}
