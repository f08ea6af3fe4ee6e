import type { Node, NodeAPI } from 'node-red';
import { defineNode } from '../shared/runtime/define-node';
import { attachRetry } from '../shared/runtime/attach-retry';
import { FIELDS, TYPE } from './webhook-retry.config';

/** Tries everything behind its first output, again and again, until it works or is exhausted. */
export default function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: TYPE,
    fields: FIELDS,
    start(node: Node, config) {
      const runner = attachRetry(RED, node, config);
      node.on('input', (msg, _send, done) => {
        runner.receive(msg, (error) => done(error as Error | undefined));
      });
    },
  });
}
