import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import type { Verdict } from '../../src/delivery/attempt';
import { defineNode } from '../shared/runtime/define-node';
import { webhooksRuntime } from '../shared/runtime/webhooks-runtime';
import { checkReason, reasonOf } from './reason';
import { FIELDS, TYPE, type WebhookOutcomeConfig } from './webhook-outcome.config';

/** Ends the attempt that a message belongs to, whatever its nodes report. */
export default function register(RED: NodeAPI): void {
  defineNode<WebhookOutcomeConfig>(RED, {
    type: TYPE,
    fields: FIELDS,
    start(node, config) {
      checkReason(RED, node, config);
      node.on('input', (msg, _send, done) => {
        void end(RED, node, config, msg).then(() => done(), done);
      });
    },
  });
}

async function end(
  RED: NodeAPI,
  node: Node,
  config: WebhookOutcomeConfig,
  msg: NodeMessageInFlow,
): Promise<void> {
  const verdict = await verdictOf(RED, node, config, msg);
  const ended = webhooksRuntime(RED).tracker.end(node.id, msg, verdict);
  // Not an error: a Catch node that leads here would be called for ever.
  if (ended === 'no attempt') node.warn(RED._('webhook-outcome.warning.noAttempt'));
  if (ended === 'too late') node.warn(RED._('webhook-outcome.warning.tooLate'));
}

async function verdictOf(
  RED: NodeAPI,
  node: Node,
  config: WebhookOutcomeConfig,
  msg: NodeMessageInFlow,
): Promise<Verdict> {
  if (config.outcome === 'success') return { kind: 'success' };
  const reason = await reasonOf(RED, node, config, msg);
  return { kind: 'failure', reason, permanent: config.outcome === 'permanent' };
}
