import { isRecord } from '../../shared/json';
import { decimalDigits } from './decimal-digits';
import { ownValue, setOwnValue } from './own-keys';

/** A compiled path to read: keys of objects and indexes of lists. */
export type ReadPath = readonly (string | number)[];

/**
 * `user.tags[0]`: keys divided by dots, list indexes in brackets (APILinker's mapping paths).
 * Empty segments are ignored, the empty path is the whole item, a bracket without a number is dropped,
 * an unclosed one is tolerated. `items.0` is the key `0`, not an index.
 */
export function parseReadPath(path: string): ReadPath {
  const steps: (string | number)[] = [];
  for (const [, key, index] of path.matchAll(/([^.[]+)|\[([^\]]*)\]?/g)) {
    if (key !== undefined) steps.push(key);
    else if (index !== undefined && /^\p{N}+$/u.test(index)) steps.push(listIndex(index));
  }
  return steps;
}

/** Digits of any script count; what looks like a number but is none (`²`) finds nothing. */
function listIndex(text: string): number {
  const digits = decimalDigits(text);
  return /^[0-9]+$/.test(digits) ? Number(digits) : NaN;
}

/** The value at the path, or null where something on the way is missing. Own keys only. */
export function readPath(item: unknown, path: ReadPath): unknown {
  let value: unknown = item;
  for (const step of path) {
    if (typeof step === 'number') value = Array.isArray(value) ? (value as unknown[])[step] : null;
    else value = isRecord(value) ? ownValue(value, step) : null;
  }
  return value ?? null;
}

/** A compiled path to write: keys of objects. The empty path writes nothing. */
export type WritePath = readonly string[];

/** `user.name`: keys divided by dots; brackets are part of a key. */
export function parseWritePath(path: string): WritePath {
  return path === '' ? [] : path.split('.');
}

/**
 * Writes the value at the path and creates the objects on the way. Throws where a list, a text, a number or
 * null is in the way.
 */
export function writePath(target: object, path: WritePath, value: unknown): void {
  const last = path.length - 1;
  let object = target;
  for (let at = 0; at < last; at++) {
    const key = path[at] as string;
    if (!Object.hasOwn(object, key)) setOwnValue(object, key, {});
    const next = ownValue(object, key);
    if (!isRecord(next)) {
      throw new Error(`\`${path.join('.')}\` cannot be written: \`${key}\` is no object.`);
    }
    object = next;
  }
  if (last >= 0) setOwnValue(object, path[last] as string, value);
}
