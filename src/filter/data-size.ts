/** What a number, a boolean, null, a list or an object counts for, in characters. */
const BASE = 8;

/**
 * Whether plain data is larger than a number of characters: texts, binary data and the names of
 * properties by their length, everything by a small constant. The work is bounded by the limit, so
 * that data which contains itself is too large. Instances of classes (requests, sockets) are not
 * looked into.
 */
export function isLargerThan(data: unknown, limit: number): boolean {
  const open: unknown[] = [data];
  let size = 0;
  while (open.length > 0) {
    const value = open.pop();
    size += BASE;
    if (typeof value === 'string') size += value.length;
    else if (ArrayBuffer.isView(value)) size += value.byteLength;
    else if (isPlainObject(value)) {
      const names = Object.keys(value);
      if (size + names.length * BASE > limit) return true;
      for (const name of names) {
        if (!Array.isArray(value)) size += name.length;
        open.push((value as Record<string, unknown>)[name]);
      }
    }
    if (size > limit) return true;
  }
  return false;
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
