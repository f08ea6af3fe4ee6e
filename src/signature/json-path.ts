/** The value at a dotted path (`data.items.0.id`); only properties that the payload itself has. */
export function valueAt(payload: unknown, path: string): unknown {
  let value = payload;
  for (const key of path.split('.')) value = ownValue(value, key);
  return value;
}

/** A property that the object itself has: names such as "constructor" find none of its prototype's. */
export function ownValue(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

/** A text or a number as text; undefined for anything else, and for an empty text. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
