import { isRecord } from '../../shared/json';

/** The value of an own key; undefined for inherited ones (`constructor`, `__proto__`), which are never data. */
export function ownValue(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;
}

/**
 * Sets an own key whatever its name: plain assignment of what is inherited (`__proto__`) would change the
 * prototype instead. It is three times as fast, so all other keys have it.
 */
export function setOwnValue(object: object, key: string, value: unknown): void {
  if (key in object && !Object.hasOwn(object, key)) {
    Object.defineProperty(object, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else (object as Record<string, unknown>)[key] = value;
}

/** A copy of JSON-like data that shares no list or object with it; other objects (dates, buffers) are kept. */
export function copyData(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyData);
  if (!isPlain(value)) return value;
  const copy = {};
  for (const key of Object.keys(value)) setOwnValue(copy, key, copyData(value[key]));
  return copy;
}

/** `over` laid on top of `base`, objects merged key by key; both stay as they are. */
export function mergeData(base: unknown, over: unknown): unknown {
  if (!isPlain(base) || !isPlain(over)) return copyData(over);
  const merged = copyData(base) as Record<string, unknown>;
  for (const key of Object.keys(over)) {
    setOwnValue(merged, key, mergeData(ownValue(merged, key), over[key]));
  }
  return merged;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
