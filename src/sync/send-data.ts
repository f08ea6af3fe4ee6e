import { parseJson } from '../shared/json';
import { requestWithRetries, type SyncContext } from './attempts';
import type { Connection, OpenEndpoint } from './connection';
import type { AnswerBody } from './http-client';
import type { Params } from './endpoint';
import { sendRequest } from './request';
import { SyncError } from './sync-error';

export interface FailedItem {
  /** Its place in the list; 0 for a single item. */
  readonly index: number;
  /** As it was to be sent. */
  readonly item: unknown;
  readonly error: SyncError;
}

export interface SendOutcome {
  readonly sentCount: number;
  /** What the target answered to each item that it took, in order. */
  readonly results: readonly unknown[];
  readonly failed: readonly FailedItem[];
}

/**
 * Sends an item, or the items of a list one after the other, each in a request of its own. An item that
 * fails does not stop the others. Throws a SyncError only where nothing can be sent at all.
 */
export async function sendData(
  connection: Connection,
  endpointName: string,
  data: unknown,
  params: Params,
  context: SyncContext,
): Promise<SendOutcome> {
  const target = connection.endpoint(endpointName);
  const results: unknown[] = [];
  const failed: FailedItem[] = [];
  for (const [index, item] of (Array.isArray(data) ? (data as unknown[]) : [data]).entries()) {
    try {
      results.push(await sendItem(connection, target, item, params, context));
    } catch (thrown) {
      if (!(thrown instanceof SyncError)) throw thrown;
      failed.push({ index, item, error: thrown });
    }
  }
  return { sentCount: results.length, results, failed };
}

async function sendItem(
  connection: Connection,
  target: OpenEndpoint,
  item: unknown,
  params: Params,
  context: SyncContext,
): Promise<unknown> {
  const { endpoint } = target;
  const request = sendRequest({ connection, endpoint, params, signal: context.signal }, item);
  const answer = await requestWithRetries(connection, target, request, context);
  return readAnswer(answer.body);
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
