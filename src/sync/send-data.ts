import { parseJson } from '../shared/json';
import { requestWithRetries, type SyncContext } from './attempts';
import { CircuitOpenError } from './circuit-breaker';
import type { Connection, OpenEndpoint } from './connection';
import type { Params } from './endpoint';
import type { AnswerBody, HttpRequest } from './http-client';
import { itemDigest } from './item-digest';
import { differencesText } from './json-schema';
import { sendRequest, withHeader } from './request';
import { SyncError } from './sync-error';
import type { SyncMemory } from './sync-memory';

export interface FailedItem {
  /** Its place in the data; 0 for a single item. */
  readonly index: number;
  /** As it was to be sent. */
  readonly item: unknown;
  readonly error: SyncError;
}

export interface SendOutcome {
  /** Items that the target took. */
  readonly sentCount: number;
  /** Items that were delivered before, and not sent again. */
  readonly skippedCount: number;
  /** What the target answered to each request that it took, in order. */
  readonly results: readonly unknown[];
  readonly failed: readonly FailedItem[];
  /** The target is not to be asked any more for now. */
  readonly stopped: boolean;
  /** Why not everything was tried, or why it is not written down; null: everything was, and is. */
  readonly ended: SyncError | null;
}

/** How items travel, the same for all pages of a sync. */
export interface SendOptions extends SyncContext {
  readonly connection: Connection;
  readonly target: OpenEndpoint;
  readonly params: Params;
  /** Items in one request; null: each in one of its own, not in a list. */
  readonly batchSize: number | null;
  /** Requests at once, 1 or more. With more than one the order is not kept. */
  readonly concurrency: number;
  /** Nothing is sent if one item of the data does not match the endpoint's schema. */
  readonly strict: boolean;
  /** Where delivered items are remembered, which are not sent again; null: nowhere. */
  readonly memory: SyncMemory | null;
  /** Send what is remembered all the same. */
  readonly resend: boolean;
  /** Tells which target the memory is about. */
  readonly memorySalt: string;
  /** Makes the requests of a sync known to the target, so that it can tell a repetition. */
  readonly idempotency: { readonly header: string; readonly key: string } | null;
}

/** What goes into one request. */
interface Unit {
  readonly items: readonly { readonly index: number; readonly item: unknown }[];
  readonly body: unknown;
  readonly digests: readonly string[];
}

/**
 * Sends an item or the items of a list, `concurrency` requests at once. An item that fails does not
 * stop the others. Throws a SyncError where nothing is sent at all: strict, or the memory cannot be read.
 *
 * @param firstIndex the place of the first item in all the data of the sync
 */
export async function sendData(
  data: unknown,
  firstIndex: number,
  options: SendOptions,
): Promise<SendOutcome> {
  const list = Array.isArray(data);
  const items = (list ? (data as unknown[]) : [data]).map((item, at) => ({
    index: firstIndex + at,
    item,
  }));
  const sending = new Sending(options, list);
  const valid = sending.refuseInvalid(items);
  const units = await sending.units(valid);
  return sending.outcome(await sending.run(units));
}

class Sending {
  readonly #options: SendOptions;
  readonly #list: boolean;
  readonly #failed: FailedItem[] = [];
  readonly #results = new Map<number, unknown>();
  readonly #marks: Promise<void>[] = [];
  #sentCount = 0;
  #skippedCount = 0;
  #stopped: SyncError | null = null;

  constructor(options: SendOptions, list: boolean) {
    this.#options = options;
    this.#list = list;
  }

  /** The items that match the schema; the others have failed, or (strict) end it all. */
  refuseInvalid(items: Unit['items']): Unit['items'] {
    const { target, strict } = this.#options;
    const check = target.checkRequest;
    if (check === null) return items;
    return items.filter(({ index, item }) => {
      const differences = check(item);
      if (differences.length === 0) return true;
      const what = this.#list ? `Item ${index}` : 'The item';
      const error = new SyncError(
        `${what} does not match the schema of \`${target.endpoint.name}\`: ${differencesText(differences)}`,
        { category: 'VALIDATION' },
      );
      if (strict) throw error;
      this.#failed.push({ index, item, error });
      return false;
    });
  }

  /** What is to be sent, without what was delivered before and what comes twice. */
  async units(items: Unit['items']): Promise<Unit[]> {
    const { batchSize, memory, memorySalt, resend } = this.#options;
    const digests = memory === null ? [] : items.map(({ item }) => itemDigest(item, memorySalt));
    const known = new Set(memory === null || resend ? [] : await memory.delivered(digests));
    const fresh = items.flatMap((each, at) => {
      const digest = digests[at];
      if (digest === undefined) return [{ each, digests: [] }];
      if (known.has(digest)) return [];
      known.add(digest);
      return [{ each, digests: [digest] }];
    });
    this.#skippedCount = items.length - fresh.length;
    const size = this.#list ? (batchSize ?? 1) : 1;
    return chunks(fresh, size).map((chunk) => ({
      items: chunk.map(({ each }) => each),
      body:
        batchSize === null || !this.#list
          ? chunk[0]?.each.item
          : chunk.map(({ each }) => each.item),
      digests: chunk.flatMap((one) => one.digests),
    }));
  }

  /** Sends; returns what ended it early, if something did. */
  async run(units: readonly Unit[]): Promise<SyncError | null> {
    const { signal, concurrency } = this.#options;
    let next = 0;
    const work = async (): Promise<void> => {
      for (let at = next++; at < units.length; at = next++) {
        if (signal?.aborted === true) return;
        await this.#send(units[at] as Unit, at);
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, units.length) }, work));
    // Also where it ends early: what was delivered must be remembered.
    const unwritten = (await Promise.allSettled(this.#marks)).find(
      (mark) => mark.status === 'rejected',
    );
    if (signal?.aborted === true) {
      return new SyncError('The sync was ended before all was sent.', { category: 'UNKNOWN' });
    }
    if (unwritten === undefined) return null;
    if (unwritten.reason instanceof SyncError) return unwritten.reason;
    throw unwritten.reason;
  }

  outcome(ended: SyncError | null): SendOutcome {
    return {
      sentCount: this.#sentCount,
      skippedCount: this.#skippedCount,
      results: [...this.#results].sort(([a], [b]) => a - b).map(([, result]) => result),
      failed: this.#failed.sort((a, b) => a.index - b.index),
      stopped: this.#stopped !== null,
      ended,
    };
  }

  async #send(unit: Unit, at: number): Promise<void> {
    const { connection, target, memory } = this.#options;
    try {
      if (this.#stopped !== null) throw this.#stopped;
      const answer = await requestWithRetries(
        connection,
        target,
        this.#request(unit),
        this.#options,
      );
      this.#results.set(at, readAnswer(answer.body));
      this.#sentCount += unit.items.length;
      if (memory !== null) this.#mark(memory, unit.digests);
    } catch (thrown) {
      if (!(thrown instanceof SyncError)) throw thrown;
      // What the end has cut off has not failed: the next attempt sends it.
      if (this.#options.signal?.aborted === true) return;
      if (thrown instanceof CircuitOpenError) this.#stopped = thrown;
      for (const { index, item } of unit.items) this.#failed.push({ index, item, error: thrown });
    }
  }

  /** The next request does not wait for the disk; the end of the page does. */
  #mark(memory: SyncMemory, digests: readonly string[]): void {
    const mark = memory.markDelivered(digests);
    mark.catch(() => undefined);
    this.#marks.push(mark);
  }

  #request(unit: Unit): HttpRequest {
    const { connection, target, params, signal, idempotency, batchSize } = this.#options;
    const { endpoint } = target;
    const request = sendRequest({ connection, endpoint, params, signal }, unit.body);
    if (idempotency === null) return request;
    const place = !this.#list
      ? ''
      : batchSize === null
        ? `.${unit.items[0]?.index ?? 0}`
        : // What is in a batch may differ from attempt to attempt: its key must, too.
          `.${itemDigest(unit.body, '').slice(0, 16)}`;
    return withHeader(request, idempotency.header, idempotency.key + place);
  }
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
    list.slice(at * size, (at + 1) * size),
  );
}

/**
 * A 2xx says that the item has arrived: whatever the answer is, it must not be sent again. JSON as such,
 * other text as text, `{}` for none; null where it could not be read to its end.
 */
function readAnswer(body: AnswerBody): unknown {
  if (!body.complete) return null;
  if (body.text === '') return {};
  return parseJson(body.text) ?? body.text;
}
