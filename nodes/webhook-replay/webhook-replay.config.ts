import {
  choice,
  configNode,
  flag,
  number,
  structured,
  text,
  type Fields,
} from '../shared/config-fields';
import { QUERY_FIELDS, type QueryField } from '../../src/history/query-fields';

export const TYPE = 'webhook-replay';
export const ACTIONS = ['list', 'get', 'replay', 'replayMatching', 'clear'] as const;
/** A text as it stands, or what a property of the message holds. */
export const VALUE_TYPES = ['str', 'msg'] as const;

export type Action = (typeof ACTIONS)[number];
export type ValueType = (typeof VALUE_TYPES)[number];

/** One field of the query, and where its value comes from. */
export interface QueryCondition {
  readonly field: QueryField;
  readonly value: string;
  readonly valueType: ValueType;
}

export interface WebhookReplayConfig {
  readonly name: string;
  readonly action: Action;
  /** Of `get` and `replay`. */
  readonly eventId: string;
  readonly eventIdType: ValueType;
  /** Of the other actions. */
  readonly query: readonly QueryCondition[];
  /** Of `replayMatching`. Events a second. */
  readonly perSecond: number;
  readonly stopOnError: boolean;
  readonly history: string;
}

/** What a new node asks for: the dead letters. */
const FAILED: QueryCondition = { field: 'status', value: 'failed', valueType: 'str' };

export const FIELDS: Fields<WebhookReplayConfig> = {
  name: text(),
  action: choice(ACTIONS, 'list'),
  eventId: text('eventId'),
  eventIdType: choice(VALUE_TYPES, 'msg'),
  query: structured<readonly QueryCondition[]>(
    [FAILED],
    'a list of `{field, value, valueType}`, each field once',
    readConditions,
  ),
  perSecond: number(10, { min: 0.001, max: 1000 }),
  stopOnError: flag(true),
  history: configNode('webhook-history'),
};

function readConditions(saved: unknown): readonly QueryCondition[] | undefined {
  if (!Array.isArray(saved)) return undefined;
  const read = saved.map(readCondition);
  const known = read.filter((condition) => condition !== undefined);
  const fields = new Set(known.map(({ field }) => field));
  return known.length === read.length && fields.size === known.length ? known : undefined;
}

function readCondition(saved: unknown): QueryCondition | undefined {
  if (typeof saved !== 'object' || saved === null) return undefined;
  const { field, value, valueType = 'str' } = saved as Record<string, unknown>;
  const known = QUERY_FIELDS.find((each) => each === field);
  const type = VALUE_TYPES.find((each) => each === valueType);
  if (known === undefined || type === undefined || typeof value !== 'string') return undefined;
  return { field: known, value, valueType: type };
}
