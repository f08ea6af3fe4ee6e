import { isRecord, type Json } from '../shared/json';
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
  /**
   * What the operator compares with, shortened; its shape only where it is an object, or where the name
   * of the field says that it may be a secret; empty where the operator compares with nothing.
   */
  readonly expected: string;
  /** The kind and size of what was found: "a text of 12 characters". */
  readonly actual: string;
  /** The rule matches `none`: the condition was fulfilled, and should not have been. */
  readonly negated: boolean;
}

const MAX_EXPECTED_CHARS = 80;

export function expectedText({ key, op, expected }: ReadCondition): string {
  if (op === 'exists' || op === 'missing' || op === 'jsonata') return '';
  if (isRecord(expected) || SECRET_NAME.test(key.toLowerCase().replace(/[^a-z]/g, '')))
    return shapeOf(expected);
  const text = WORDED[op]?.(expected) ?? JSON.stringify(expected);
  return text.length > MAX_EXPECTED_CHARS ? `${text.slice(0, MAX_EXPECTED_CHARS - 1)}…` : text;
}

/** Fields whose content must not be shown, not even as it stands in a rule. */
const SECRET_NAME =
  /token|secret|passw|passphrase|apikey|privatekey|authoriz|cookie|credential|signature|session/;

/** Operands that don't read well as JSON. */
const WORDED: Partial<Readonly<Record<Operator, (expected: Json) => string>>> = {
  glob: oneOrSeveral,
  startsWith: oneOrSeveral,
  endsWith: oneOrSeveral,
  between: (range) => (range as Json[]).map((bound) => JSON.stringify(bound)).join(' and '),
  type: (names) => (names as string[]).join(' or '),
};

function oneOrSeveral(texts: Json): string {
  const [first, ...others] = texts as string[];
  return others.length === 0 ? JSON.stringify(first) : `one of ${JSON.stringify(texts)}`;
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
  nin: 'be none of',
  contains: 'contain',
  startsWith: 'start with',
  endsWith: 'end with',
  glob: 'be like',
  regex: 'match, at its start, the expression',
  search: 'contain a match of the expression',
  gt: 'be above',
  gte: 'be at least',
  lt: 'be below',
  lte: 'be at most',
  between: 'be between',
  exists: 'exist',
  missing: 'be missing',
  type: 'be of the type',
  schema: 'fit the schema',
  jsonata: 'make the expression true',
};

/** The explanation in one sentence, for the trail of an event. */
export function describeMismatch(explanation: FilterExplanation): string {
  const { on, key, op, expected, actual, negated, ruleName, condition } = explanation;
  const subject = key === '' ? on : `${on} "${key}"`;
  const demand = [DEMANDS[op], expected].filter((part) => part !== '').join(' ');
  const modal = negated ? 'must not' : 'must';
  return `No rule matched. ${ruleName}, condition ${condition + 1}: ${subject} ${modal} ${demand}; it is ${actual}.`;
}
