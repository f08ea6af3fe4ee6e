import { isRecord, type Json } from '../shared/json';
import type { ValueType } from './operand';
import { formatPath } from './property-path';
import { translatePattern } from './python-regex';
import type { Condition, Rule } from './rule';

export type ImportedRules =
  | { readonly ok: true; readonly rules: readonly Rule[] }
  | { readonly ok: false; readonly problem: string };

/**
 * The filter of an APILinker webhook route - `endpoint_paths`, `methods`, `header_patterns`,
 * `payload_patterns` - as one rule of ours with the same meaning. Differences, all on the safe side:
 * a path is a glob in which only `*` and `?` are special, a missing header matches no pattern, and an
 * empty payload is checked like any other.
 */
export function rulesFromApiLinker(filter: unknown, name = 'rule 1'): ImportedRules {
  if (!isRecord(filter)) return { ok: false, problem: 'The filter must be an object.' };
  const paths = textList(filter.endpoint_paths);
  const methods = textList(filter.methods);
  const headers = record(filter.header_patterns);
  const payload = record(filter.payload_patterns);
  if (paths === undefined) return notA('endpoint_paths', 'list of texts');
  if (methods === undefined) return notA('methods', 'list of texts');
  if (headers === undefined) return notA('header_patterns', 'mapping');
  if (payload === undefined) return notA('payload_patterns', 'mapping');
  const conditions = [
    ...(paths.length > 0 ? [onPath(paths)] : []),
    ...(methods.length > 0 ? [onMethod(methods)] : []),
    ...lastOfEachName(headers).map(([key, value]) => onHeader(key, value)),
    ...Object.entries(payload).map(([key, value]) => onPayload(key, value as Json)),
  ];
  return { ok: true, rules: [{ name, match: 'all', conditions }] };
}

function notA(field: string, what: string): ImportedRules {
  return { ok: false, problem: `\`${field}\` must be a ${what}.` };
}

function textList(saved: unknown): readonly string[] | undefined {
  if (saved === undefined || saved === null) return [];
  return Array.isArray(saved) && saved.every((item) => typeof item === 'string')
    ? saved
    : undefined;
}

function record(saved: unknown): Record<string, unknown> | undefined {
  if (saved === undefined || saved === null) return {};
  return isRecord(saved) ? saved : undefined;
}

function onPath(paths: readonly string[]): Condition {
  const [only] = paths;
  const isSingle = paths.length === 1 && only !== undefined;
  const value = isSingle ? only : JSON.stringify(paths);
  return { on: 'path', key: '', op: 'glob', value, valueType: isSingle ? 'str' : 'json' };
}

function onMethod(methods: readonly string[]): Condition {
  const value = JSON.stringify(methods);
  return { on: 'method', key: '', op: 'in', value, valueType: 'json' };
}

/** Header names are case-insensitive there as here: a later spelling replaces an earlier one. */
function lastOfEachName(headers: Record<string, unknown>): [string, unknown][] {
  const byName = new Map<string, unknown>();
  for (const [name, value] of Object.entries(headers)) byName.set(name.toLowerCase(), value);
  return [...byName];
}

function onHeader(key: string, pattern: unknown): Condition {
  return { on: 'header', key, op: 'regex', ...typed(pattern as Json) };
}

/** A text is a pattern at the start, or, where it is no valid pattern, a text to be equal to. */
function onPayload(dotted: string, expected: Json): Condition {
  const isPattern = typeof expected === 'string' && !isInvalidPattern(expected);
  const key = formatPath(dotted.split('.'));
  return { on: 'payload', key, op: isPattern ? 'regex' : 'eq', ...typed(expected) };
}

function isInvalidPattern(text: string): boolean {
  const translation = translatePattern(text);
  return !translation.ok && translation.kind === 'invalid';
}

/** As the edit dialog saves it: every value is a text. */
function typed(value: Json): { value: string; valueType: ValueType } {
  if (typeof value === 'string') return { value, valueType: 'str' };
  if (typeof value === 'number') return { value: String(value), valueType: 'num' };
  if (typeof value === 'boolean') return { value: String(value), valueType: 'bool' };
  return { value: JSON.stringify(value), valueType: 'json' };
}
