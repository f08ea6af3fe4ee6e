import { createHmac } from 'node:crypto';
import type { Handshake, HandshakeValue } from './handshake-scheme';
import { keysOf } from './key-form';
import type { Settings } from './message-context';
import type { RequestView } from './request-view';

export interface HandshakeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where the values of an answer come from. */
export interface ValueSources {
  readonly view: RequestView;
  readonly settings: Settings;
  readonly secret: string | null;
}

/** Longer values are no challenge of anybody's: we are no echo for everything. */
const MAX_VALUE = 4096;
const HEADER_VALUE = /^[\x20-\x7e]+$/;

/** The answer; undefined where a value that it needs is missing. What is echoed is never markup. */
export function buildResponse(
  { status, type, headers = {}, body = [], jsonBody }: Handshake['respond'],
  sources: ValueSources,
): HandshakeResponse | undefined {
  const sent: Record<string, string> = { 'x-content-type-options': 'nosniff' };
  if (type !== undefined)
    sent['content-type'] = type === 'text/plain' ? `${type}; charset=utf-8` : type;
  for (const [name, value] of Object.entries(headers)) {
    const text = readValue(value, sources);
    if (text !== undefined && HEADER_VALUE.test(text)) sent[name.toLowerCase()] = text;
    else if (text !== undefined || !isOptional(value)) return undefined;
  }
  const text = jsonBody === undefined ? joined(body, sources) : jsonText(jsonBody, sources);
  return text === undefined ? undefined : { status, headers: sent, body: text };
}

/** A text, or the value at a place; undefined where there is none or it is too long. */
export function readValue(
  value: string | HandshakeValue,
  sources: ValueSources,
): string | undefined {
  const text = typeof value === 'string' ? value : valueOf(value, sources);
  return text !== undefined && text.length <= MAX_VALUE ? text : undefined;
}

function valueOf(value: HandshakeValue, sources: ValueSources): string | undefined {
  const { view, settings } = sources;
  if ('hmac' in value) return macOf(value, sources);
  if ('header' in value) return view.header(value.header.toLowerCase());
  if ('query' in value) return view.query(value.query);
  if ('json' in value) return view.jsonText(value.json);
  if ('form' in value) return view.form(value.form);
  const setting = Object.hasOwn(settings, value.config) ? settings[value.config] : undefined;
  return setting === '' ? undefined : setting;
}

function macOf(
  { hmac, of, enc, derive, prefix = '' }: Extract<HandshakeValue, { hmac: unknown }>,
  sources: ValueSources,
): string | undefined {
  const text = readValue(of, sources);
  if (text === undefined || sources.secret === null) return undefined;
  const [key = ''] = keysOf(sources.secret, derive === undefined ? {} : { derive });
  return prefix + createHmac(hmac, key).update(text).digest(enc);
}

function isOptional(value: string | HandshakeValue): boolean {
  return typeof value === 'object' && 'optional' in value && (value.optional ?? false);
}

function joined(
  parts: readonly (string | HandshakeValue)[],
  sources: ValueSources,
): string | undefined {
  const texts = parts.map((part) => readValue(part, sources));
  return texts.every((text) => text !== undefined) ? texts.join('') : undefined;
}

function jsonText(
  fields: NonNullable<Handshake['respond']['jsonBody']>,
  sources: ValueSources,
): string | undefined {
  const entries: [string, string | number][] = [];
  for (const [name, value] of Object.entries(fields)) {
    const read = typeof value === 'number' ? value : readValue(value, sources);
    if (read === undefined) return undefined;
    entries.push([name, read]);
  }
  return JSON.stringify(Object.fromEntries(entries));
}
