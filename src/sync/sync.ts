import { newId } from '../shared/ids';
import type { SyncContext } from './attempts';
import type { Connection } from './connection';
import { fetchData } from './fetch-data';
import type { FieldMapping } from './mapping/fields';
import { mapData } from './mapping/map-item';
import type { Params } from './endpoint';
import { sendData, type FailedItem } from './send-data';
import { SyncError } from './sync-error';

/** Where the items come from: data that is there, or an endpoint to fetch them from. */
export type SyncSource =
  { readonly data: unknown } | { readonly connection: Connection; readonly endpoint: string };

export interface SyncOptions extends SyncContext {
  readonly source: SyncSource;
  /** Query and path parameters: of the source's endpoint, or of the target's where data is the source. */
  readonly params: Params;
  /** Null: items are sent as they are. */
  readonly fields: readonly FieldMapping[] | null;
  readonly target: { readonly connection: Connection; readonly endpoint: string };
}

export interface SyncResult {
  /** Everything was delivered. */
  readonly success: boolean;
  /** Items delivered. */
  readonly count: number;
  readonly sourceCount: number;
  readonly failed: readonly FailedItem[];
  /** What the target answered: of a list a list, of a single item its answer (null if it failed). */
  readonly targetResponse: unknown;
  readonly durationMs: number;
  readonly correlationId: string;
}

/**
 * Reads, maps and sends. Throws a SyncError where nothing was sent (the source or the mapping failed);
 * items that the target did not take are in the result, which then is no success.
 */
export async function runSync(options: SyncOptions): Promise<SyncResult> {
  const { source, target, fields, clock } = options;
  const startedAtMs = clock.now();
  const given = 'data' in source;
  const data = given ? givenData(source.data) : await fetchFrom(source, options);
  const mapped = fields === null ? data : mapData(data, fields);
  const params = given ? options.params : {};
  const sent = await sendData(target.connection, target.endpoint, mapped, params, options);
  return {
    success: sent.failed.length === 0,
    count: sent.sentCount,
    sourceCount: Array.isArray(data) ? data.length : 1,
    failed: sent.failed,
    targetResponse: Array.isArray(data) ? sent.results : (sent.results[0] ?? null),
    durationMs: clock.now() - startedAtMs,
    correlationId: newId(startedAtMs),
  };
}

function fetchFrom(
  source: { readonly connection: Connection; readonly endpoint: string },
  options: SyncOptions,
): Promise<unknown> {
  return fetchData(source.connection, source.endpoint, options.params, options);
}

/** Data of a message, in the shape that fetched data has: an object, a list, or a scalar as `{value}`. */
function givenData(data: unknown): unknown {
  if (data === undefined || data === null) throw unusable('The message has no data to send.');
  if (ArrayBuffer.isView(data)) throw unusable('The data of the message is binary.');
  return typeof data === 'object' ? data : { value: data };
}

function unusable(message: string): SyncError {
  return new SyncError(message, { category: 'VALIDATION' });
}

/**
 * The error of a sync that delivered only a part, or null. It is permanent if no failed item can succeed
 * later, and asks for the longest wait that the target asked for.
 */
export function failureOf({ failed, sourceCount }: SyncResult): SyncError | null {
  const first = (failed.find(({ error }) => !error.permanent) ?? failed[0])?.error;
  if (first === undefined) return null;
  const text =
    sourceCount === 1
      ? first.message
      : `${failed.length} of ${sourceCount} items failed. ${first.message}`;
  const waits = failed.flatMap(({ error }) => error.retryAfterMs ?? []);
  return new SyncError(text, {
    category: first.category,
    statusCode: first.statusCode,
    permanent: failed.every(({ error }) => error.permanent),
    retryAfterMs: waits.length === 0 ? null : Math.max(...waits),
  });
}
