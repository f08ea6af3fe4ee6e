import type { Node, NodeAPI, NodeDef } from 'node-red';
import { errorText } from '../../../src/shared/errors';
import { parseFields, type Fields } from '../config-fields';

export interface NodeSetup<C> {
  readonly type: string;
  readonly fields: Fields<C>;
  readonly credentials?: Record<string, { type: 'text' | 'password' }>;
  /** Wires the node. What it throws becomes a red status, never a crash of the runtime. */
  readonly start: (node: Node, config: C) => void;
  /** What is left to do for a node that can't work. */
  readonly failed?: (node: Node, saved: Record<string, unknown>) => void;
}

/** Registers a node type whose saved fields are read and checked in one place. */
export function defineNode<C extends object>(RED: NodeAPI, setup: NodeSetup<C>): void {
  function WebhookNode(this: Node, saved: NodeDef): void {
    RED.nodes.createNode(this, saved);
    const properties = saved as unknown as Record<string, unknown>;
    try {
      const { config, problems } = parseFields(setup.fields, properties);
      if (problems.length > 0) throw new Error(problems.join(' '));
      setup.start(this, config);
    } catch (thrown) {
      const problem = errorText(thrown);
      showProblem(this, problem);
      // A message that arrives all the same is a failure, or its event would count as delivered.
      this.on('input', (_msg, _send, done) => done(new Error(problem)));
      setup.failed?.(this, properties);
    }
  }
  RED.nodes.registerType(setup.type, WebhookNode, {
    ...(setup.credentials === undefined ? {} : { credentials: setup.credentials }),
  });
}

/** A node that can't work says so in red, and in the log with all its words. */
export function showProblem(node: Node, problem: string): void {
  const plain = problem.replaceAll('`', '');
  const short = plain.length > 60 ? `${plain.slice(0, 59)}…` : plain;
  node.status({ fill: 'red', shape: 'ring', text: short });
  node.error(problem);
}
