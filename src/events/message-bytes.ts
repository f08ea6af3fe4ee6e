import { deserialize, serialize } from 'node:v8';
import { errorText, WebhookError } from '../shared/errors';
import { isRecord } from '../shared/json';

/** What is kept of a request; the rest of an IncomingMessage is the socket and its state. */
const REQUEST_FIELDS = [
  'method',
  'url',
  'path',
  'headers',
  'params',
  'query',
  'ip',
  'body',
] as const;

/**
 * A message as bytes, for the store: Buffer, Date, Map, BigInt and undefined survive. Live handles do
 * not travel: of `res` only stays that there was one (null), of `req` the plain fields.
 * Throws `message-not-storable`, with the path of the property, for anything else that cannot be kept.
 */
export function storeMessage(msg: Readonly<Record<string, unknown>>): Uint8Array {
  const stored: Record<string, unknown> = { ...msg };
  if (isRecord(stored['res'])) stored['res'] = null;
  if (isRecord(stored['req'])) stored['req'] = requestFields(stored['req']);
  try {
    return serialize(stored);
  } catch (error) {
    const path = unstorablePath(stored, new Set()) ?? 'msg';
    throw new WebhookError(
      'message-not-storable',
      `The message cannot be kept for a retry: ${path} is ${kindOf(valueAt(stored, path))}. Delete it before the retry node.`,
      { cause: error },
    );
  }
}

/** The message again. Its buffers are copies: the flow may change them. */
export function loadMessage(bytes: Uint8Array): Record<string, unknown> {
  const msg: unknown = deserialize(new Uint8Array(bytes));
  if (!isRecord(msg))
    throw new WebhookError('store-corrupt', 'The stored message is not an object.');
  return msg;
}

function requestFields(req: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    REQUEST_FIELDS.filter((field) => req[field] !== undefined).map((field) => [field, req[field]]),
  );
}

/** The first property, depth first, that cannot be serialised although its own parts can, or it has none. */
function unstorablePath(value: unknown, seen: Set<unknown>): string | undefined {
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  seen.add(value);
  for (const [key, part] of Object.entries(value)) {
    if (isStorable(part)) continue;
    const below = unstorablePath(part, seen);
    return below === undefined ? key : `${key}.${below}`;
  }
  return undefined;
}

function isStorable(value: unknown): boolean {
  try {
    serialize(value);
    return true;
  } catch {
    return false;
  }
}

function valueAt(root: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), root);
}

/** Its type, never its content. */
function kindOf(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value !== 'object' || value === null) return 'not storable';
  try {
    return `a live ${value.constructor.name}`;
  } catch (error) {
    return errorText(error);
  }
}
