import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FlowNode, NodeRedProcess } from './node-red-process';
import type { Sent } from './steady-load';

/** One message that passed a recording node. */
export interface Seen {
  /** The id of the event. */
  readonly id: string;
  /** The name of the recording node. */
  readonly at: string;
  /** The hand-over of the event, counting from 1. */
  readonly attempt: number;
  readonly redelivered: boolean;
  /** The attempt of the retry node above; 0 where there is none. */
  readonly retry: number;
  readonly n: number;
}

/** Settings that let a flow write into a file what it sees: it survives the death of the process. */
export const RECORD_SETTINGS = `functionGlobalContext: {
  record: (line) => require('node:fs').appendFileSync(require('node:path').join(__dirname, 'seen.jsonl'), line + '\\n'),
},`;

/** A function node that records each message and passes it on. */
export function recorder(id: string, z: string, at: string, next: readonly string[]): FlowNode {
  const func = `
    const { id, attempt, redelivered } = msg.webhook;
    const retry = msg.retry === undefined ? 0 : msg.retry.attempt;
    global.get('record')(JSON.stringify({ id, at: '${at}', attempt, redelivered, retry, n: msg.payload.n }));
    return msg;`;
  return { id, type: 'function', z, name: at, func, outputs: 1, wires: [next] };
}

/** What the flow saw so far, in order. */
export function seen({ userDir }: Pick<NodeRedProcess, 'userDir'>): Seen[] {
  const lines = readText(join(userDir, 'seen.jsonl'))
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Seen);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** What became of a load: the columns of the tables that the tests print. */
export interface Account {
  readonly requests: number;
  readonly notFound: number;
  readonly hung: number;
  /** Acknowledged, and never at the end of the flow. */
  readonly lost: number;
  /** Events that the flow was given more than once ... */
  readonly twice: number;
  /** ... without being told so. */
  readonly unmarked: number;
  /** The longest that an answer took. Milliseconds. */
  readonly slowestMs: number;
  /** How often each status was answered. */
  readonly statuses: Readonly<Record<string, number>>;
}

/**
 * Compares what was sent with what the flow saw. `first` and `last` are the names of the recording
 * nodes at the beginning and at the end of the flow.
 */
export function account(sent: readonly Sent[], record: readonly Seen[]): Account {
  const statuses: Record<string, number> = {};
  for (const { status } of sent) statuses[status] = (statuses[status] ?? 0) + 1;
  const ids = new Set(sent.map(({ eventId }) => eventId));
  const handedOver = new Map<string, Seen[]>();
  for (const one of record.filter(({ at, id }) => at === 'first' && ids.has(id))) {
    handedOver.set(one.id, [...(handedOver.get(one.id) ?? []), one]);
  }
  const again = [...handedOver.values()].filter(({ length }) => length > 1);
  const unmarked = again.filter((each) => each.slice(1).some((one) => !one.redelivered));
  return {
    requests: sent.length,
    notFound: statuses[404] ?? 0,
    hung: statuses['hung'] ?? 0,
    lost: missing(sent, record).length,
    twice: again.length,
    unmarked: unmarked.length,
    slowestMs: Math.max(...sent.map(({ tookMs }) => tookMs)),
    statuses,
  };
}

/** Acknowledged requests that did not reach the end of the flow. */
export function missing(sent: readonly Sent[], record: readonly Seen[]): Sent[] {
  const ended = new Set(record.filter(({ at }) => at === 'last').map(({ id }) => id));
  return sent.filter(({ status, eventId }) => status === 200 && !ended.has(eventId ?? ''));
}

/** Waits until all that was acknowledged has reached the end of the flow, and accounts for it. */
export async function accountWhenDelivered(
  nodeRed: NodeRedProcess,
  sent: readonly Sent[],
  timeoutMs = 15_000,
): Promise<Account> {
  const deadline = Date.now() + timeoutMs;
  await nodeRed.waitFor(
    () => (missing(sent, seen(nodeRed)).length === 0 || Date.now() > deadline ? true : undefined),
    'the end of the flow',
    timeoutMs + 5000,
  );
  return account(sent, seen(nodeRed));
}
