/**
 * Rules and conditions as they are saved in a flow, and how a saved one is read and checked.
 * Isomorphic: the runtime compiles what is read here, the edit dialog shows and validates it.
 */
import { isRecord, type Json } from '../shared/json';
import { readOperand, type OperandKind, type ValueType } from './operand';
import { parsePath } from './property-path';

export const MATCH_KINDS = ['all', 'any', 'none'] as const;
export type MatchKind = (typeof MATCH_KINDS)[number];

export const FILTER_MODES = ['first', 'all'] as const;
export type FilterMode = (typeof FILTER_MODES)[number];

/** What names the value within a source: nothing, a name, or a dotted path. */
type KeyKind = 'none' | 'name' | 'path';

/** What a condition may look at, and what its `key` is there. An empty path is the whole payload. */
export const SOURCES = {
  path: 'none',
  method: 'none',
  header: 'name',
  query: 'name',
  payload: 'path',
  provider: 'none',
  eventType: 'none',
  ip: 'none',
  msg: 'path',
} as const satisfies Record<string, KeyKind>;
export type Source = keyof typeof SOURCES;
export const SOURCE_NAMES = Object.keys(SOURCES) as Source[];

/**
 * The operators and what each compares with. One more operator is one more row here, one in
 * `operators.ts` (the compiler asks for it), one in the words of `explanation.ts`, one string.
 */
export const OPERATORS = {
  eq: 'value',
  neq: 'value',
  in: 'list',
  nin: 'list',
  contains: 'value',
  startsWith: 'texts',
  endsWith: 'texts',
  glob: 'texts',
  regex: 'pattern',
  search: 'pattern',
  gt: 'bound',
  gte: 'bound',
  lt: 'bound',
  lte: 'bound',
  between: 'range',
  exists: 'none',
  missing: 'none',
  type: 'types',
  schema: 'schema',
  jsonata: 'expression',
} as const satisfies Record<string, OperandKind>;
export type Operator = keyof typeof OPERATORS;
export const OPERATOR_NAMES = Object.keys(OPERATORS) as Operator[];

/** What an operator is for, in the order of the dialog. */
export const OPERATOR_GROUPS = {
  equality: ['eq', 'neq', 'in', 'nin'],
  text: ['contains', 'startsWith', 'endsWith', 'glob', 'regex', 'search'],
  order: ['gt', 'gte', 'lt', 'lte', 'between'],
  kind: ['exists', 'missing', 'type', 'schema', 'jsonata'],
} as const satisfies Record<string, readonly Operator[]>;

/** What can be asked of a value that is always a text. */
const OF_TEXTS: readonly Operator[] = [
  ...OPERATOR_GROUPS.equality,
  ...OPERATOR_GROUPS.text,
  ...(['exists', 'missing'] as const),
];
const OF_NAMED_TEXTS: readonly Operator[] = [...OF_TEXTS, ...OPERATOR_GROUPS.order];

/** What the dialog offers for each source. Any other operator works as well, where a flow has it. */
export const OPERATORS_FOR: Readonly<Record<Source, readonly Operator[]>> = {
  path: OF_TEXTS,
  method: [...OPERATOR_GROUPS.equality, 'exists', 'missing'],
  header: OF_NAMED_TEXTS,
  query: OF_NAMED_TEXTS,
  payload: OPERATOR_NAMES,
  provider: OF_TEXTS,
  eventType: OF_TEXTS,
  ip: OF_TEXTS,
  msg: OPERATOR_NAMES,
};

/** A condition as saved. Values of forms are texts; `valueType` says what they stand for. */
export interface Condition {
  readonly on: Source;
  readonly key: string;
  readonly op: Operator;
  readonly value: Json;
  readonly valueType: ValueType;
}

export interface Rule {
  readonly name: string;
  readonly match: MatchKind;
  /** A rule without conditions matches every message. */
  readonly conditions: readonly Condition[];
}

/** A condition whose value is read: what the operators work with. */
export interface ReadCondition extends Omit<Condition, 'value' | 'valueType'> {
  /** As `readOperand` gives it for the kind of the operator; null where nothing is compared with. */
  readonly expected: Json;
}

export interface ReadRule extends Omit<Rule, 'conditions'> {
  readonly conditions: readonly ReadCondition[];
}

export type RulesResult =
  | { readonly ok: true; readonly rules: readonly ReadRule[] }
  | { readonly ok: false; readonly problem: string };

/** Reads saved rules. The problem names the rule and the condition, counting from 1. */
export function readRules(saved: unknown): RulesResult {
  if (!Array.isArray(saved)) return { ok: false, problem: 'The rules must be a list.' };
  const rules: ReadRule[] = [];
  for (const [index, entry] of saved.entries()) {
    const read = readRule(entry, index);
    if (typeof read === 'string') return { ok: false, problem: read };
    rules.push(read);
  }
  return { ok: true, rules };
}

/** How a rule is named in an error text. */
export function ruleLabel(index: number, name: string): string {
  const place = `Rule ${index + 1}`;
  return name === place ? place : `${place} (${name})`;
}

function readRule(saved: unknown, index: number): ReadRule | string {
  const place = `Rule ${index + 1}`;
  if (!isRecord(saved)) return `${place} must be an object.`;
  const name = typeof saved.name === 'string' && saved.name !== '' ? saved.name : place;
  const label = ruleLabel(index, name);
  const match = MATCH_KINDS.find((kind) => kind === (saved.match ?? 'all'));
  if (match === undefined) return `${label}: \`match\` must be one of ${MATCH_KINDS.join(', ')}.`;
  if (!Array.isArray(saved.conditions)) return `${label}: the conditions must be a list.`;
  const conditions: ReadCondition[] = [];
  for (const [position, entry] of saved.conditions.entries()) {
    const read = readCondition(entry);
    if (typeof read === 'string') return `${label}, condition ${position + 1}: ${read}`;
    conditions.push(read);
  }
  return { name, match, conditions };
}

/** The condition, or what is wrong with it. */
function readCondition(saved: unknown): ReadCondition | string {
  if (!isRecord(saved)) return 'must be an object.';
  const on = SOURCE_NAMES.find((name) => name === saved.on);
  if (on === undefined) return `\`on\` must be one of ${SOURCE_NAMES.join(', ')}.`;
  const op = OPERATOR_NAMES.find((name) => name === saved.op);
  if (op === undefined) return `\`op\` must be one of ${OPERATOR_NAMES.join(', ')}.`;
  const key = saved.key ?? '';
  if (typeof key !== 'string') return '`key` must be a text.';
  const keyProblem = checkKey(on, key);
  if (keyProblem !== undefined) return keyProblem;
  const operand = readOperand(OPERATORS[op], saved.value, saved.valueType);
  return operand.ok ? { on, key, op, expected: operand.value } : operand.problem;
}

function checkKey(on: Source, key: string): string | undefined {
  const kind: KeyKind = SOURCES[on];
  if (kind === 'name' && key === '') return `\`key\` must name the ${on}.`;
  if (kind === 'path' && parsePath(key) === undefined) {
    return `\`key\` must be a path such as \`repository.name\` or \`items[0].id\`.`;
  }
  return undefined;
}
