import { isRecord } from '../shared/json';

export interface NameValue {
  readonly name: string;
  readonly value: string;
}

/** These belong to the transport (RFC 9110, section 7.6.1; RFC 9112): a user's value would break it. */
const TRANSPORT_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A field name (RFC 9110, section 5.1) that a user may set. */
export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && !TRANSPORT_HEADERS.has(name.toLowerCase());
}

/** A field value (RFC 9110, section 5.5): one line of Latin-1 without control characters. */
export function isHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

/** A list of headers as a form saves it; undefined if it is none. */
export function readHeaderList(saved: unknown): readonly NameValue[] | undefined {
  const headers = readNameValues(saved);
  const valid = headers?.every(({ name, value }) => isHeaderName(name) && isHeaderValue(value));
  return valid === true ? headers : undefined;
}

/** A list of names, none of them empty, with text values; undefined if it is none. */
export function readNameValues(saved: unknown): readonly NameValue[] | undefined {
  if (!Array.isArray(saved)) return undefined;
  const rows = saved.map((row: unknown) =>
    isRecord(row) && typeof row.name === 'string' && typeof row.value === 'string'
      ? { name: row.name.trim(), value: row.value }
      : undefined,
  );
  return rows.every((row) => row !== undefined && row.name !== '')
    ? (rows as NameValue[])
    : undefined;
}
