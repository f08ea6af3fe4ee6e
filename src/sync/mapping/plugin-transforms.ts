import { isRecord } from '../../shared/json';
import { formatTemplate } from './format-template';
import { ownValue } from './own-keys';
import { pythonText } from './python-text';
import { isTruthy, parseFloatText, parseIntegerText, shapeOf, stripBlanks } from './python-values';

/** Parameters of a transformer, as a mapping gives them. */
export type TransformParams = Readonly<Record<string, unknown>>;

export const ARRAY_OPERATIONS = ['count', 'sum', 'avg', 'min', 'max', 'join'] as const;

/** What a template calls something of its own: no other parameter can have these names. */
export const TEMPLATE_NAMES = ['value', 'template'] as const;

/** What is wrong with the parameters of a transformer that takes some; undefined: nothing. */
export function problemOfParams(name: string, params: TransformParams): string | undefined {
  if (name === 'array_ops') {
    const { operation = 'count', separator = ',' } = params;
    if (!ARRAY_OPERATIONS.some((each) => each === operation)) {
      return `the operation of array_ops must be one of ${ARRAY_OPERATIONS.join(', ')}`;
    }
    return typeof separator === 'string' ? undefined : 'the separator of array_ops must be a text';
  }
  const text = name === 'jsonpath' ? (params.path ?? '') : (params.template ?? '');
  return typeof text === 'string' ? undefined : `the parameters of ${name} need a text`;
}

/**
 * APILinker's `jsonpath`: dotted keys of objects, one `[n]` behind a key (or alone at the beginning) for
 * lists. `default` where something is missing, and for a value or path that is empty.
 */
export function jsonpath(
  value: unknown,
  { path, default: otherwise = null }: TransformParams,
): unknown {
  if (!isTruthy(value) || typeof path !== 'string' || path === '') return otherwise;
  let found = value;
  for (const segment of path.split('.')) {
    const [, key = '', index] = /^([^[\]]*)(?:\[([^[\]]*)\])?$/.exec(segment) ?? [, '\0'];
    if (key !== '' || index === undefined) {
      if (!isRecord(found) || !Object.hasOwn(found, key)) return otherwise;
      found = ownValue(found, key);
    }
    if (index === undefined) continue;
    const at = parseIntegerText(index);
    if (!Array.isArray(found) || at === undefined || at < 0 || at >= found.length) return otherwise;
    found = found[at] as unknown;
  }
  return found;
}

/** APILinker's `template`: Python's `str.format` with `value` and the other parameters as names. */
export function template(value: unknown, { template: text, ...names }: TransformParams): string {
  if (typeof text !== 'string' || text === '') return value === null ? '' : pythonText(value);
  return formatTemplate(text, { ...names, value });
}

/** APILinker's `array_ops`: what is no list is one of a single element, nothing is an empty one. */
export function arrayOps(
  value: unknown,
  { operation = 'count', separator = ',' }: TransformParams,
): unknown {
  const list: unknown[] = Array.isArray(value) ? value : value === null ? [] : [value];
  if (operation === 'count') return list.length;
  if (operation === 'join') {
    return list
      .filter((each) => each !== null)
      .map(pythonText)
      .join(String(separator));
  }
  const numbers = list.flatMap(numberOf);
  if (operation === 'sum') return total(numbers);
  if (operation === 'avg') return numbers.length === 0 ? 0 : total(numbers) / numbers.length;
  if (numbers.length === 0) return null;
  const pick = operation === 'min' ? Math.min : Math.max;
  return numbers.reduce((a, b) => pick(a, b));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

/** Numbers, true and false, and texts of numbers; blank texts and other values do not count. */
function numberOf(value: unknown): number[] {
  if (typeof value === 'number' || typeof value === 'boolean') return [Number(value)];
  if (typeof value !== 'string' || stripBlanks(value) === '') return [];
  const number = parseFloatText(value);
  if (number === undefined) throw new Error(`expected numbers, got ${shapeOf(value)} that is none`);
  return [number];
}
