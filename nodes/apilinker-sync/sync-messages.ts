import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import { itemError, type SyncResult } from '../../src/sync/sync-result';
import type { FailedItem } from '../../src/sync/send-data';

/** `msg.payload` of a sync that delivered everything. */
export function payloadOf(result: SyncResult): Omit<SyncResult, 'failure'> {
  const { success, count, errors, details, targetResponse, correlationId, durationMs } = result;
  return { success, count, errors, details, targetResponse, correlationId, durationMs };
}

/** One message for each item that was not delivered: the item as it was to be sent, and why it was not. */
export function failedMessages(
  RED: NodeAPI,
  msg: NodeMessageInFlow,
  failed: readonly FailedItem[],
): NodeMessageInFlow[] {
  return failed.map(({ index, item, error }) => {
    const copy = RED.util.cloneMessage({ ...msg, payload: undefined });
    return Object.assign(copy, { payload: item, error: itemError(index, error) });
  });
}
