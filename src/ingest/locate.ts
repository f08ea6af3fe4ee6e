import type { Locator } from '../signature/scheme';

/** Longer values are no ids: they would bloat keys and lists. */
const MAX_LENGTH = 512;

/** The text or number at a place of a request, as text; null where there is none. */
export function locate(
  locator: Locator,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  payload: unknown,
): string | null {
  const value =
    'header' in locator ? ownValue(headers, locator.header) : valueAt(payload, locator.json);
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' && value.length <= MAX_LENGTH ? value : null;
}

/** The value at a dotted path (`data.items.0.id`); only properties that the payload itself has. */
function valueAt(payload: unknown, path: string): unknown {
  let value = payload;
  for (const key of path.split('.')) value = ownValue(value, key);
  return value;
}

function ownValue(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}
