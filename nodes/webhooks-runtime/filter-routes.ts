import { EventEmitter } from 'node:events';
import type { Node, NodeAPI } from 'node-red';
import { buildMessage } from '../../src/events/message';
import { parsePayload } from '../../src/events/payload';
import type { EventStore } from '../../src/events/event-store';
import type { StoredEvent } from '../../src/events/event';
import { compileRules, type Filter } from '../../src/filter/compile';
import { describeMismatch } from '../../src/filter/explanation';
import { FILTER_MODES } from '../../src/filter/rule';
import { tryOnHistory, type Judgement, type RuleTrial } from '../../src/history/rule-trial';
import type { Patience } from '../../src/history/search';
import type { Clock } from '../../src/shared/clock';
import { WebhookError } from '../../src/shared/errors';
import { expressionEngine } from '../shared/runtime/expression-engine';
import { subjectOf } from '../shared/runtime/message-subject';
import type { AdminRequest, AdminRoute } from '../shared/runtime/admin-routes';

const MOST_RULES = 200;
const MOST_EVENTS = 100;
/** The rules run while the editor waits, on the thread that serves everything. */
const LONGEST_MS = 2000;
const MOST_DECODED_BYTES = 5 * 1024 * 1024;

/** The part of the admin API that helps to write filters; docs/API.md describes it. */
export function filterRoutes(
  RED: NodeAPI,
  clock: Clock,
  stores: () => readonly EventStore[],
): readonly AdminRoute[] {
  return [
    {
      method: 'post',
      path: '/filters/try',
      permission: 'webhooks.write',
      answer: ({ body }) => tryRules(RED, clock, stores(), body),
    },
  ];
}

/** The rules of the dialog, as they would be compiled at the next deploy. */
async function tryRules(
  RED: NodeAPI,
  clock: Clock,
  stores: readonly EventStore[],
  { rules, mode, endpoint, limit = 20, nodeId }: AdminRequest['body'],
): Promise<RuleTrial> {
  if (Array.isArray(rules) && rules.length > MOST_RULES) {
    throw new WebhookError('bad-config', `More than ${MOST_RULES} rules can't be tried.`);
  }
  if (!isWhole(limit) || limit < 1 || limit > MOST_EVENTS) {
    throw new WebhookError('bad-config', `\`limit\` must be from 1 to ${MOST_EVENTS}.`);
  }
  const known = FILTER_MODES.find((one) => one === mode) ?? 'first';
  const compiled = compileRules(rules, known, expressionEngine(RED, nodeOf(RED, nodeId)));
  if (!compiled.ok) throw new WebhookError('bad-config', compiled.problem);
  const { filter } = compiled;
  const query = typeof endpoint === 'string' && endpoint !== '' ? { endpoint, limit } : { limit };
  return tryOnHistory(stores, query, (event) => judge(filter, event), within(clock, LONGEST_MS));
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value);
}

/** What JSONata's `$env` and `$flowContext` belong to: the node as it is deployed, if it is. */
function nodeOf(RED: NodeAPI, nodeId: unknown): Node {
  const found = typeof nodeId === 'string' ? RED.nodes.getNode(nodeId) : undefined;
  return (found as Node | null | undefined) ?? (new EventEmitter() as Node);
}

/** Between two events other requests have their turn. */
function within(clock: Clock, ms: number): Patience {
  const untilMs = clock.now() + ms;
  return async () => {
    await new Promise<void>((resolve) => void setImmediate(resolve));
    return clock.now() < untilMs;
  };
}

/** On the message as the flow would get it. */
async function judge(filter: Filter, event: StoredEvent): Promise<Judgement> {
  const { body, request } = event;
  const bounds = { maxDecodedBytes: MOST_DECODED_BYTES };
  const payload = await parsePayload(body, request.headers, bounds);
  const msg = buildMessage(event, payload, { includeRawBody: false });
  const { matched, explanation } = await filter.match(subjectOf(msg));
  return { matched, why: explanation === null ? null : describeMismatch(explanation) };
}
