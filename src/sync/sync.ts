import { newId } from '../shared/ids';
import type { SyncContext } from './attempts';
import type { Connection, OpenEndpoint } from './connection';
import type { Params } from './endpoint';
import { atKeys, wrapped } from './fetch-data';
import type { NameValue } from './headers';
import type { FieldMapping } from './mapping/fields';
import { mapData } from './mapping/map-item';
import { pagesOf, type Page } from './pages';
import { sendData, type FailedItem, type SendOptions } from './send-data';
import { SyncError } from './sync-error';
import type { Memory, SyncMemory } from './sync-memory';
import { SyncTally, type SyncResult } from './sync-result';
import { fillEndpoint, fillParams, type TemplateValues } from './templates';

/** Where the items come from: data that is there, or an endpoint to fetch them from. */
export type SyncSource =
  { readonly data: unknown } | { readonly connection: Connection; readonly endpoint: string };

export interface SyncOptions extends SyncContext {
  readonly source: SyncSource;
  readonly target: { readonly connection: Connection; readonly endpoint: string };
  /** Query and path parameters: of the source's endpoint, or of the target's where data is the source. */
  readonly params: readonly NameValue[];
  /** Parameters that are given as they are; they win. */
  readonly moreParams: Params;
  /** What their templates, and those of the endpoints, may name. */
  readonly message: object;
  /** Null: items are sent as they are. */
  readonly fields: readonly FieldMapping[] | null;
  /** Answers and items must match the endpoints' schemas, or nothing is sent. */
  readonly strict: boolean;
  readonly batchSize: SendOptions['batchSize'];
  readonly concurrency: SendOptions['concurrency'];
  readonly idempotency: SendOptions['idempotency'];
  /** What the sync remembers; null: nothing. */
  readonly memory: {
    readonly of: SyncMemory;
    /** Items that were delivered once are not sent again. */
    readonly skipDelivered: boolean;
    /** Where in the last answer the cursor is; empty: nowhere. */
    readonly cursorPath: string;
    /** `last_sync` of the first sync; empty: not known. */
    readonly initial: string;
    /** As if it had never run. */
    readonly reset: boolean;
    /** `last_sync` of this sync only; null: as remembered. */
    readonly lastSync: string | null;
  } | null;
  /** Map and check, but send and remember nothing. */
  readonly dryRun: boolean;
  /** Gets the items that were not delivered, as soon as their page is done. */
  readonly onFailed: (failed: readonly FailedItem[]) => void;
}

/**
 * Fetches, maps and sends, page by page. Throws a SyncError where it cannot go on - the source, the
 * mapping or the store failed, or the signal ended it - whose `summary` says what had been delivered before. Items that the target did not take are told to `onFailed`, and make the
 * result no success. `last_sync` becomes the time at which this sync began, and only where everything
 * was delivered and nothing was left out.
 */
export async function runSync(options: SyncOptions): Promise<SyncResult> {
  const startedAtMs = options.clock.now();
  const tally = new SyncTally(newId(startedAtMs), startedAtMs);
  const remembered = await recall(options);
  const values = templateValues(options, remembered, startedAtMs);
  const params = { ...fillParams(options.params, values), ...options.moreParams };
  const { source } = options;
  const send = sendOptions(options, values, 'data' in source ? params : {});
  const pages =
    'data' in source ? givenPage(source.data) : fetchPages(source, params, values, options);
  let last: Page | null = null;
  try {
    for await (const page of pages) {
      last = page;
      tally.addPage(page);
      if (await sendPage(page, send, tally, options)) break;
    }
    if (!options.dryRun) await remember(options, remembered, startedAtMs, tally, last);
  } catch (thrown) {
    throw tally.ended(thrown, options.clock.now());
  }
  return tally.result(options.clock.now());
}

/** Maps and sends a page. True: the target is to be left alone, so that further pages are no use. */
async function sendPage(
  { data }: Page,
  send: SendOptions,
  tally: SyncTally,
  { fields, dryRun, onFailed }: SyncOptions,
): Promise<boolean> {
  const mapped = fields === null ? data : mapData(data, fields);
  if (dryRun) {
    tally.preview(mapped);
    return false;
  }
  const outcome = await sendData(mapped, tally.sourceCount - countOf(data), send);
  tally.add(outcome, Array.isArray(data));
  // Nobody waits for the messages of an attempt that is over; its next one makes them again.
  if (outcome.failed.length > 0 && send.signal?.aborted !== true) onFailed(outcome.failed);
  if (outcome.ended !== null) throw outcome.ended;
  return outcome.stopped;
}

function countOf(data: unknown): number {
  return Array.isArray(data) ? data.length : 1;
}

const NOTHING: Memory = { lastSync: null, cursor: null };

async function recall({ memory }: SyncOptions): Promise<Memory> {
  return memory === null || memory.reset ? NOTHING : memory.of.load();
}

function templateValues(
  { message, memory }: SyncOptions,
  { lastSync, cursor }: Memory,
  nowMs: number,
): TemplateValues {
  const initial = memory === null || memory.initial === '' ? null : memory.initial;
  return { message, nowMs, lastSync: memory?.lastSync ?? lastSync ?? initial, cursor };
}

/** A walk that ended at `maxPages` leaves its cursor, from where the next one goes on, but no `last_sync`. */
async function remember(
  { memory }: SyncOptions,
  before: Memory,
  startedAtMs: number,
  tally: SyncTally,
  last: Page | null,
): Promise<void> {
  if (memory === null || !tally.success || last === null) return;
  const { cursorPath } = memory;
  const found = cursorPath === '' ? null : (atKeys(last.whole, cursorPath) ?? null);
  await memory.of.save({
    lastSync: tally.truncated ? before.lastSync : new Date(startedAtMs).toISOString(),
    cursor: found ?? before.cursor,
  });
}

function sendOptions(options: SyncOptions, values: TemplateValues, params: Params): SendOptions {
  const { target, memory, batchSize, concurrency, strict, idempotency } = options;
  const { clock, logger, signal } = options;
  return {
    ...{ clock, logger, signal, params, batchSize, concurrency, strict, idempotency },
    connection: target.connection,
    target: filled(target.connection.endpoint(target.endpoint), values),
    memory: memory?.skipDelivered === true ? memory.of : null,
    resend: memory?.reset === true,
    memorySalt: `${target.connection.baseUrl.href} ${target.endpoint}`,
  };
}

function fetchPages(
  source: { readonly connection: Connection; readonly endpoint: string },
  params: Params,
  values: TemplateValues,
  { clock, logger, signal, strict }: SyncOptions,
): AsyncIterable<Page> {
  const endpoint = filled(source.connection.endpoint(source.endpoint), values);
  return pagesOf(source.connection, endpoint, params, { clock, logger, signal, strict });
}

function filled(open: OpenEndpoint, values: TemplateValues): OpenEndpoint {
  return { ...open, endpoint: fillEndpoint(open.endpoint, values) };
}

/** Data of a message, in the shape that fetched data has: an object, a list, or a scalar as `{value}`. */
// eslint-disable-next-line @typescript-eslint/require-await
async function* givenPage(data: unknown): AsyncGenerator<Page> {
  if (data === undefined || data === null) throw unusable('The message has no data to send.');
  if (ArrayBuffer.isView(data)) throw unusable('The data of the message is binary.');
  yield { data: wrapped(data), whole: data, truncated: false };
}

function unusable(message: string): SyncError {
  return new SyncError(message, { category: 'VALIDATION' });
}
