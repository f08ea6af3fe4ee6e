import { isRecord } from '../../shared/json';
import { ownValue } from './own-keys';

/** Python's equality of JSON data: true equals 1, lists and objects are compared in depth, missing is null. */
export function isEqual(left: unknown, right: unknown): boolean {
  const a = comparable(left);
  const b = comparable(right);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((each, index) => isEqual(each, b[index]));
  }
  if (isRecord(a) && isRecord(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && isEqual(ownValue(a, key), ownValue(b, key)))
    );
  }
  return a === b;
}

/**
 * Python's order: negative, zero or positive for numbers, texts (by code point) and lists (element by
 * element); undefined where there is no order, as between a text and a number.
 */
export function order(left: unknown, right: unknown): number | undefined {
  const a = comparable(left);
  const b = comparable(right);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return orderOfTexts(a, b);
  if (!Array.isArray(a) || !Array.isArray(b)) return undefined;
  const different = a.findIndex((each, index) => index >= b.length || !isEqual(each, b[index]));
  if (different === -1 || different >= b.length) return a.length - b.length;
  return order(a[different], b[different]);
}

/** JavaScript compares UTF-16 units: it puts U+1F600 before U+FFFD. */
function orderOfTexts(a: string, b: string): number {
  const left = Array.from(a, codePoint);
  const right = Array.from(b, codePoint);
  for (let at = 0; at < left.length && at < right.length; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function comparable(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : (value ?? null);
}
