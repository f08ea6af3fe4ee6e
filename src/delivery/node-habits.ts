import type { FlowNode } from './flow-hooks';

/** Nodes that have sent everything by the time they report done. Of all others nobody knows. */
const PROMPT_TYPES: ReadonlySet<string> = new Set([
  ...['change', 'template', 'json', 'xml', 'yaml', 'csv', 'html', 'debug', 'split', 'delay'],
  ...['link in', 'link out', 'link call', 'http request', 'http response', 'file', 'file in'],
  ...['webhook-filter', 'webhook-retry', 'webhook-outcome', 'apilinker-sync'],
]);

/**
 * Whether a node may still owe a message when it is done: functions send from timers, legacy nodes
 * never say that they are done. A deploy that takes such a node away may take the message with it.
 */
export function maySendLate(node: FlowNode): boolean {
  return (node._expectedDoneCount ?? 0) === 0 || !PROMPT_TYPES.has(node.type);
}

/** Nodes that report done when they are closed, or never after it. */
const HOLDING_TYPES: ReadonlySet<string> = new Set(['delay', 'link call']);

/** Whether a node that is closed goes on with what it works on, and reports done when that is done. */
export function endsWhenClosed(node: FlowNode): boolean {
  return !maySendLate(node) && !HOLDING_TYPES.has(node.type);
}
