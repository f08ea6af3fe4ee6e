import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import type { SyncResult } from '../../src/sync/sync';

/** `msg.sync`: how a sync went, without its data. */
export interface SyncSummary {
  readonly success: boolean;
  readonly count: number;
  readonly sourceCount: number;
  readonly failedCount: number;
  readonly durationMs: number;
  readonly correlationId: string;
}

export function summaryOf(result: SyncResult): SyncSummary {
  const { success, count, sourceCount, failed, durationMs, correlationId } = result;
  return { success, count, sourceCount, failedCount: failed.length, durationMs, correlationId };
}

/** One message for each item that was not delivered: the item as it was to be sent, and why it was not. */
export function failedMessages(
  RED: NodeAPI,
  msg: NodeMessageInFlow,
  { failed }: SyncResult,
): NodeMessageInFlow[] {
  return failed.map(({ index, item, error }) => {
    const { message, category, statusCode, permanent, retryAfterMs } = error;
    const copy = RED.util.cloneMessage({ ...msg, payload: undefined });
    return Object.assign(copy, {
      payload: item,
      error: { message, category, statusCode, permanent, retryAfterMs, index },
    });
  });
}
