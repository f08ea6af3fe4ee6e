import { createHash } from 'node:crypto';
import { isRecord } from '../shared/json';
import { SyncError } from './sync-error';

/**
 * The digest of an item (APILinker's idempotency key): SHA-256, in hexadecimal, of the salt and the item as
 * canonical JSON - keys sorted by code point, no blanks, ASCII only - so that the order of keys does not matter.
 */
export function itemDigest(item: unknown, salt: string): string {
  return createHash('sha256')
    .update(`${salt}|${canonicalJson(item)}`, 'utf8')
    .digest('hex');
}

export function canonicalJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'string') return textJson(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (isRecord(value)) {
    const keys = Object.keys(value).filter((key) => value[key] !== undefined);
    const entries = keys
      .sort(byCodePoint)
      .map((key) => `${textJson(key)}:${canonicalJson(value[key])}`);
    return `{${entries.join(',')}}`;
  }
  throw new SyncError('The item cannot be written as JSON.', { category: 'MAPPING' });
}

/** Python's `repr` of a float; whole numbers with all their digits. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  if (Number.isInteger(value)) return BigInt(value).toString();
  if (Math.abs(value) >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
}

function textJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Python sorts by code point; JavaScript by UTF-16 unit, which puts U+1F600 before U+FFFD. */
function byCodePoint(left: string, right: string): number {
  const [a, b] = [Array.from(left), Array.from(right)];
  for (let at = 0; at < a.length && at < b.length; at++) {
    const difference = (a[at]?.codePointAt(0) ?? 0) - (b[at]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
