import type { Json } from '../shared/json';
import { isRecord } from '../shared/json';

/**
 * Whether a value equals the expected JSON value, as Python's `==` does: true is 1, false is 0, also
 * within lists and objects; the order of keys is nothing. A missing value equals null. The depth of
 * the comparison is that of `expected`, so a deeply nested payload costs nothing.
 */
export function equalsJson(actual: unknown, expected: Json): boolean {
  if (expected === null) return actual === null || actual === undefined;
  if (typeof expected === 'string') return actual === expected;
  if (typeof expected === 'number' || typeof expected === 'boolean') {
    const comparable = typeof actual === 'number' || typeof actual === 'boolean';
    return comparable && Number(actual) === Number(expected);
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return false;
    return expected.every((item, index) => isSame(actual[index], item));
  }
  if (!isRecord(actual)) return false;
  const keys = Object.keys(expected);
  if (Object.keys(actual).length !== keys.length) return false;
  return keys.every(
    (key) => Object.hasOwn(actual, key) && isSame(actual[key], expected[key] ?? null),
  );
}

/** Within a list or an object nothing is missing: only null equals null. */
function isSame(actual: unknown, expected: Json): boolean {
  return expected === null ? actual === null : equalsJson(actual, expected);
}
