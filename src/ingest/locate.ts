import { ownValue, valueAt } from '../signature/json-path';
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
