import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { errorText } from '../../src/shared/errors';
import type { WebhookOutcomeConfig } from './webhook-outcome.config';

type Reason = Pick<WebhookOutcomeConfig, 'reason' | 'reasonType'>;

/** Throws at a JSONata expression that does not parse: at the start, rather than at the first failure. */
export function checkReason(RED: NodeAPI, node: Node, { reason, reasonType }: Reason): void {
  if (reasonType === 'jsonata' && reason !== '') RED.util.prepareJSONataExpression(reason, node);
}

/** In words; empty: it has none. A failure stays one where its reason can't be found. */
export async function reasonOf(
  RED: NodeAPI,
  node: Node,
  { reason, reasonType }: Reason,
  msg: NodeMessageInFlow,
): Promise<string> {
  if (reason === '') return '';
  try {
    return inWords(await evaluate(RED, node, { reason, reasonType }, msg));
  } catch (thrown) {
    return RED._('webhook-outcome.error.reason', { problem: errorText(thrown) });
  }
}

function evaluate(
  RED: NodeAPI,
  node: Node,
  { reason, reasonType }: Reason,
  msg: NodeMessageInFlow,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    RED.util.evaluateNodeProperty(reason, reasonType, node, msg, (problem, value: unknown) => {
      if (problem) reject(problem);
      else resolve(value);
    });
  });
}

function inWords(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  return value instanceof Error ? errorText(value) : JSON.stringify(value);
}
