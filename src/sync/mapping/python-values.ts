import { decimalDigits } from './decimal-digits';

/** False, 0, "", [] and {} are false in Python; null and undefined too. */
export function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** White space as Python's `str.strip` sees it: the separators U+001C-U+001F and U+0085, but not U+FEFF. */
const BLANKS =
  '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING = new RegExp(`^${BLANKS}+`);

export function stripBlanks(text: string): string {
  const trimmed = text.replace(LEADING, '');
  let end = trimmed.length;
  while (end > 0 && LEADING.test(trimmed.charAt(end - 1))) end--;
  return trimmed.slice(0, end);
}

const DIGITS = '[0-9](?:_?[0-9])*';
const INTEGER = new RegExp(`^[+-]?${DIGITS}$`);
const FLOAT = new RegExp(
  `^[+-]?(?:${DIGITS}(?:\\.(?:${DIGITS})?)?|\\.${DIGITS})(?:e[+-]?${DIGITS})?$`,
  'i',
);

/** Python's `float(text)` for finite numbers; undefined for anything else, `nan` and `inf` included. */
export function parseFloatText(text: string): number | undefined {
  const plain = decimalDigits(stripBlanks(text));
  const value = FLOAT.test(plain) ? Number(plain.replaceAll('_', '')) : NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** Python's `int(text)` within a double's range; undefined for anything else. */
export function parseIntegerText(text: string): number | undefined {
  const plain = decimalDigits(stripBlanks(text));
  return INTEGER.test(plain) ? Number(plain.replaceAll('_', '')) : undefined;
}

/** What a value is, in words that reveal nothing of it: for error texts. */
export function shapeOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'number') return 'a number';
  return typeof value === 'boolean' ? 'true or false' : 'an object';
}
