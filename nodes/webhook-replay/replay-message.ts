import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import { isRecord } from '../../src/shared/json';
import type { QueryCondition, ValueType, WebhookReplayConfig } from './webhook-replay.config';

type Message = NodeMessageInFlow & Record<string, unknown>;

/**
 * The query of a message: that of the node, and over it what `msg.query` says.
 * Throws for a condition whose property is missing: without it more events would match than are meant.
 */
export function queryOf(
  RED: NodeAPI,
  conditions: readonly QueryCondition[],
  msg: Message,
): Record<string, unknown> {
  const over = msg['query'];
  if (over !== undefined && !isRecord(over)) throw new Error('`msg.query` must be an object.');
  const given = Object.entries(over ?? {});
  const asked = conditions
    .filter(({ field }) => !given.some(([name]) => name === field))
    .map(({ field, value, valueType }) => [field, valueOf(RED, value, valueType, msg, field)]);
  return Object.fromEntries([...asked, ...given]) as Record<string, unknown>;
}

/** The event that `get` and `replay` are about. Throws where there is none. */
export function eventIdOf(
  RED: NodeAPI,
  { eventId, eventIdType }: Pick<WebhookReplayConfig, 'eventId' | 'eventIdType'>,
  msg: Message,
): string {
  const id = valueOf(RED, eventId, eventIdType, msg, 'eventId');
  if (typeof id === 'string' && id !== '') return id;
  throw new Error('The id of an event must be a text that is not empty.');
}

function valueOf(
  RED: NodeAPI,
  value: string,
  type: ValueType,
  msg: Message,
  field: string,
): unknown {
  if (type === 'str') return value;
  const found = propertyOf(RED, msg, value);
  if (found !== undefined && found !== null) return found;
  throw new Error(`\`${field}\` is to be msg.${value}, which this message does not have.`);
}

/** Node-RED throws where a part of the path is missing, or is no path. */
function propertyOf(RED: NodeAPI, msg: Message, path: string): unknown {
  try {
    return RED.util.getMessageProperty(msg, path);
  } catch {
    return undefined;
  }
}
