import type { Node, NodeAPI, NodeDef } from 'node-red';
import { errorText } from '../../../src/shared/errors';
import { parseFields, type Fields, type UnreadField } from '../config-fields';
import { labelledWords } from '../expected-words';
import { showStatus, type StatusSlot } from './node-status';
import { saidOf } from './said-of';

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
      if (problems.length > 0) throw new UnreadFields(problems);
      setup.start(this, config);
    } catch (thrown) {
      const problem = errorText(thrown);
      showProblem(RED, this, thrown);
      // A message that arrives all the same is a failure, or its event would count as delivered.
      this.on('input', (_msg, _send, done) => done(new Error(problem)));
      setup.failed?.(this, properties);
    }
  }
  RED.nodes.registerType(setup.type, WebhookNode, {
    ...(setup.credentials === undefined ? {} : { credentials: setup.credentials }),
  });
}

/** Fields of a flow file that can't be used. */
class UnreadFields extends Error {
  readonly fields: readonly UnreadField[];

  constructor(fields: readonly UnreadField[]) {
    super(fields.map(({ sentence }) => sentence).join(' '));
    this.fields = fields;
  }
}

/** A node that can't work says so in red, in the language of Node-RED, and in the log with all its words. */
export function showProblem(
  RED: NodeAPI,
  node: Node,
  thrown: unknown,
  slot: StatusSlot = 'problem',
): void {
  const plain = problemWords(RED, node, thrown).replaceAll('`', '');
  const short = plain.length > 60 ? `${plain.slice(0, 59)}…` : plain;
  showStatus(node, slot, { fill: 'red', shape: 'ring', text: short });
  node.error(errorText(thrown));
}

function problemWords(RED: NodeAPI, { type }: Node, thrown: unknown): string {
  const say = (english: string): string => saidOf(RED, english);
  if (!(thrown instanceof UnreadFields)) return say(errorText(thrown));
  const translate = (key: string, values?: Record<string, unknown>): string =>
    RED._(key, values as never);
  return thrown.fields
    .map(({ name, field }) => labelledWords({ translate, say }, { type, name, field }))
    .join(' ');
}
