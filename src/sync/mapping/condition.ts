import { isRecord } from '../../shared/json';
import { isEqual, order } from './compare';
import { OPERATOR_ALIASES, OPERATORS, type Operator } from './options';
import { ownValue } from './own-keys';
import { parseReadPath, readPath, type ReadPath } from './path';

export interface Condition {
  readonly field: ReadPath;
  readonly operator: Operator;
  readonly value: unknown;
}

/** A condition, or what is wrong with it in words. */
export function compileCondition(saved: unknown): Condition | string {
  if (!isRecord(saved)) return 'the condition must be an object';
  const field = ownValue(saved, 'field');
  if (typeof field !== 'string' || field === '') return 'the condition needs a `field`';
  const operator = Object.hasOwn(saved, 'operator') ? readOperator(saved.operator) : 'eq';
  if (operator === undefined) {
    return `the condition's operator must be one of ${OPERATORS.join(', ')}`;
  }
  const value = ownValue(saved, 'value') ?? null;
  const isList = operator === 'in' || operator === 'not_in';
  if (isList && !Array.isArray(value)) return `\`${operator}\` needs a list as \`value\``;
  return { field: parseReadPath(field), operator, value };
}

function readOperator(saved: unknown): Operator | undefined {
  const known = OPERATORS.find((operator) => operator === saved);
  return known ?? (typeof saved === 'string' ? OPERATOR_ALIASES.get(saved) : undefined);
}

/** Whether the item meets the condition. Values without an order are neither greater nor less. */
export function meets(item: unknown, { field, operator, value }: Condition): boolean {
  const actual = readPath(item, field);
  switch (operator) {
    case 'eq':
      return isEqual(actual, value);
    case 'ne':
      return !isEqual(actual, value);
    case 'gt':
      return (order(actual, value) ?? 0) > 0;
    case 'lt':
      return (order(actual, value) ?? 0) < 0;
    case 'in':
      return isOneOf(actual, value);
    case 'not_in':
      return !isOneOf(actual, value);
    case 'exists':
      return actual !== null;
    case 'not_exists':
      return actual === null;
  }
}

function isOneOf(actual: unknown, values: unknown): boolean {
  return Array.isArray(values) && values.some((each) => isEqual(actual, each));
}
