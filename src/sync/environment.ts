import { isRecord } from '../shared/json';
import { setOwnValue } from './mapping/own-keys';
import { SyncError } from './sync-error';

/** The value of an environment variable; undefined where it is not set. */
export type Environment = (name: string) => string | undefined;

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Whether a text names an environment variable, as in `https://${HOST}/v1`. */
export function hasReference(text: string): boolean {
  return text.search(REFERENCE) !== -1;
}

/**
 * The text with each `${NAME}` replaced by the variable's value, which is not looked at again.
 * Throws a SyncError (VALIDATION) that names a variable that is not set: fails closed, since a literal
 * `${NAME}` would go to a server as if it were the value.
 */
export function resolveText(text: string, environment: Environment): string {
  return text.replace(REFERENCE, (_, name: string) => {
    const value = environment(name);
    if (value !== undefined) return value;
    throw new SyncError(`The environment variable \`${name}\` is not set.`, {
      category: 'VALIDATION',
    });
  });
}

/** A copy of JSON-like data with the references in all its texts replaced; keys stay as they are. */
export function resolveData<T>(data: T, environment: Environment): T {
  return resolved(data, environment) as T;
}

function resolved(data: unknown, environment: Environment): unknown {
  if (typeof data === 'string') return resolveText(data, environment);
  if (Array.isArray(data)) return data.map((each) => resolved(each, environment));
  if (!isRecord(data)) return data;
  const copy = {};
  for (const key of Object.keys(data)) setOwnValue(copy, key, resolved(data[key], environment));
  return copy;
}
