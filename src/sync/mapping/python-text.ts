import { shapeOf } from './python-values';

/** Python's `str(value)` of JSON data: `True`, `1e-05`, `[1, 'a']`, `{'k': None}`. */
export function pythonText(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepresentation(value);
}

/** Python's `repr(value)` of JSON data: texts in quotes. */
export function pythonRepresentation(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonRepresentation).join(', ')}]`;
  if (typeof value !== 'object') throw new Error(`expected JSON data, got ${shapeOf(value)}`);
  const entries = Object.entries(value);
  return `{${entries.map(([key, each]) => `${quoted(key)}: ${pythonRepresentation(each)}`).join(', ')}}`;
}

/** Whole numbers with all their digits; exponents below 1e-4, with two digits at least. */
function numberText(value: number): string {
  if (Number.isInteger(value)) return BigInt(value).toString();
  if (Math.abs(value) >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
}

const ESCAPES = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** Single quotes unless the text has single but no double ones; what is not printable is escaped. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\p{C}\p{Z}'"]/gu, (character) => {
    if (character === quote) return `\\${quote}`;
    if (character === ' ' || character === "'" || character === '"') return character;
    return ESCAPES.get(character) ?? codePointEscape(character.codePointAt(0) ?? 0);
  });
  return `${quote}${escaped}${quote}`;
}

function codePointEscape(code: number): string {
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
