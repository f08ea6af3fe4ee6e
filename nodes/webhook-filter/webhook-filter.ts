import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { compileRules, type Filter, type FilterResult } from '../../src/filter/compile';
import { describeMismatch } from '../../src/filter/explanation';
import { errorText } from '../../src/shared/errors';
import { defineNode } from '../shared/runtime/define-node';
import { recordDrop } from '../shared/runtime/record-drop';
import { expressionEngine } from '../shared/runtime/expression-engine';
import { subjectOf } from '../shared/runtime/message-subject';
import { FIELDS, TYPE, type WebhookFilterConfig } from './webhook-filter.config';

/** Sends a message to the outputs of the rules that it matches. */
export default function register(RED: NodeAPI): void {
  defineNode<WebhookFilterConfig>(RED, {
    type: TYPE,
    fields: FIELDS,
    start: (node, config) => start(RED, node, config),
  });
}

function start(RED: NodeAPI, node: Node, { rules, mode }: WebhookFilterConfig): void {
  const compiled = compileRules(rules, mode, expressionEngine(RED, node));
  if (!compiled.ok) throw new Error(compiled.problem);
  const { filter } = compiled;
  node.on('input', (msg, send, done) => {
    const finish = (result: FilterResult): void => route(RED, node, filter, result, msg, send);
    const fail = (thrown: unknown): void => done(asError(thrown));
    let waiting: Promise<void> | undefined;
    try {
      const result = filter.match(subjectOf(msg));
      if (result instanceof Promise) waiting = result.then(finish);
      else finish(result);
    } catch (thrown) {
      fail(thrown);
      return;
    }
    if (waiting === undefined) done();
    else waiting.then(() => done(), fail);
  });
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(errorText(thrown));
}

type Send = (messages: (NodeMessageInFlow | null)[]) => void;

/** Node-RED clones the message for every output but the first. */
function route(
  RED: NodeAPI,
  node: Node,
  filter: Filter,
  result: FilterResult,
  msg: NodeMessageInFlow,
  send: Send,
): void {
  const last = filter.ruleNames.length;
  const chosen = result.matched.length > 0 ? result.matched : [last];
  if (!chosen.some((output) => isWired(node, output))) {
    recordDrop(RED, node, msg, dropReason(filter, result));
    return;
  }
  send(Array.from({ length: last + 1 }, (_, output) => (chosen.includes(output) ? msg : null)));
}

function dropReason({ ruleNames }: Filter, { matched, explanation }: FilterResult): string {
  if (explanation !== null) return describeMismatch(explanation);
  if (matched.length === 0) return 'No rule matched: there are none.';
  const names = matched.map((index) => ruleNames[index] ?? '').join(', ');
  return `Matched ${names}, whose output is not wired.`;
}

/** The wires of a node are not in Node-RED's types; a deploy may change them on a living node. */
function isWired(node: Node, output: number): boolean {
  const { wires } = node as unknown as { wires?: readonly (readonly string[])[] };
  return (wires?.[output]?.length ?? 0) > 0;
}
