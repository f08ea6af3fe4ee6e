import type { NodeAPI, NodeMessage } from 'node-red';
import { webhooksRuntime } from './webhooks-runtime';

/**
 * Aborts when the attempt that a message belongs to ends - it timed out, or a deploy took a node
 * away - so that a node can stop what nobody waits for. Undefined for a message outside any attempt.
 */
export function attemptSignal(RED: NodeAPI, msg: NodeMessage): AbortSignal | undefined {
  return webhooksRuntime(RED).tracker.attemptOf('', msg)?.signal;
}
