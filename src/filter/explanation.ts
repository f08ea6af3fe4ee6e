import type { Operator, ReadCondition, Source } from './rule';

/** The condition at which a message failed; the value itself is never in it, only its shape. */
export interface FilterExplanation {
  /** Counting from 0, as in the node's outputs. */
  readonly rule: number;
  readonly ruleName: string;
  /** Counting from 0. */
  readonly condition: number;
  readonly on: Source;
  readonly key: string;
  readonly op: Operator;
  /** The configured value as JSON, shortened; empty where the operator compares with nothing. */
  readonly expected: string;
  /** The kind and size of what was found: "a text of 12 characters". */
  readonly actual: string;
  /** The rule matches `none`: the condition was fulfilled, and should not have been. */
  readonly negated: boolean;
}

const MAX_EXPECTED_CHARS = 80;

export function expectedText(condition: ReadCondition): string {
  if (condition.op === 'exists' || condition.op === 'missing') return '';
  const { expected } = condition;
  const isSingle = Array.isArray(expected) && expected.length === 1 && condition.op === 'glob';
  const json = JSON.stringify(isSingle ? expected[0] : expected);
  return json.length > MAX_EXPECTED_CHARS ? `${json.slice(0, MAX_EXPECTED_CHARS - 1)}…` : json;
}

/** What a value is, without saying what it holds. */
export function shapeOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'string')
    return value === '' ? 'an empty text' : counted(value.length, 'a text of', 'character');
  if (typeof value === 'number') return 'a number';
  if (typeof value === 'boolean') return 'a boolean';
  if (Array.isArray(value)) return counted(value.length, 'a list of', 'item');
  if (ArrayBuffer.isView(value)) return counted(value.byteLength, 'binary data of', 'byte');
  if (typeof value === 'object') return counted(Object.keys(value).length, 'an object with', 'key');
  return `a ${typeof value}`;
}

function counted(count: number, what: string, unit: string): string {
  return `${what} ${count} ${unit}${count === 1 ? '' : 's'}`;
}

const DEMANDS: Readonly<Record<Operator, string>> = {
  eq: 'equal',
  neq: 'differ from',
  in: 'be one of',
  glob: 'match the glob',
  regex: 'match, at its start, the expression',
  search: 'contain a match of the expression',
  exists: 'exist',
  missing: 'be missing',
};

/** The explanation in one sentence, for the trail of an event. */
export function describeMismatch(explanation: FilterExplanation): string {
  const { on, key, op, expected, actual, negated, ruleName, condition } = explanation;
  const subject = key === '' ? on : `${on} "${key}"`;
  const demand = [DEMANDS[op], expected].filter((part) => part !== '').join(' ');
  const modal = negated ? 'must not' : 'must';
  return `No rule matched. ${ruleName}, condition ${condition + 1}: ${subject} ${modal} ${demand}; it is ${actual}.`;
}
