import type { Json } from '../shared/json';
import { compileJsonSchema } from './json-schema';
import { ConditionProblem } from './condition-problem';
import { compileExpression, type ExpressionEngine } from './expression';
import { equalsJson } from './json-equality';
import { compareWith } from './order';
import { compileGlobs, compileRegex, type TextTest } from './pattern';
import type { Operator } from './rule';
import { hasType, type TypeName } from './value-types';

/** Whether a value fulfils a condition; undefined is a value that is not there. */
export interface ValueTest {
  (actual: unknown): boolean | Promise<boolean>;
  /** What this value in particular did not fulfil; else the configured value says it. */
  readonly demand?: (actual: unknown) => string;
}

/**
 * What each operator does with its operand (read by `readOperand`, which knows its kind).
 * Of a missing value only `neq`, `nin` and `missing` are true (and `eq` null): it equals null and
 * nothing else. Patterns match texts only. Throws, with words, where an operand can't be compiled.
 */
export const COMPILE_OPERATOR: Readonly<
  Record<Operator, (expected: Json, engine: ExpressionEngine) => ValueTest>
> = {
  eq: (expected) => (actual) => equalsJson(actual, expected),
  neq: (expected) => (actual) => !equalsJson(actual, expected),
  in: (expected) => (actual) => listOf(expected).some((item) => equalsJson(actual, item)),
  nin: (expected) => (actual) => !listOf(expected).some((item) => equalsJson(actual, item)),
  contains: (expected) => (actual) =>
    Array.isArray(actual)
      ? actual.some((item) => equalsJson(item, expected))
      : typeof actual === 'string' && typeof expected === 'string' && actual.includes(expected),
  startsWith: (expected) =>
    onText((text) => textsOf(expected).some((part) => text.startsWith(part))),
  endsWith: (expected) => onText((text) => textsOf(expected).some((part) => text.endsWith(part))),
  glob: (expected) => onText(compileGlobs(textsOf(expected))),
  regex: (expected) => onText(compileRegex(expected as string, 'start')),
  search: (expected) => onText(compileRegex(expected as string, 'anywhere')),
  gt: (expected) => compareWith(expected as Bound, (value, bound) => value > bound),
  gte: (expected) => compareWith(expected as Bound, (value, bound) => value >= bound),
  lt: (expected) => compareWith(expected as Bound, (value, bound) => value < bound),
  lte: (expected) => compareWith(expected as Bound, (value, bound) => value <= bound),
  between: (expected) => {
    const [from, to] = expected as [Bound, Bound];
    const isNotBelow = compareWith(from, (value, bound) => value >= bound);
    const isNotAbove = compareWith(to, (value, bound) => value <= bound);
    return (actual) => isNotBelow(actual) && isNotAbove(actual);
  },
  exists: () => (actual) => actual !== undefined,
  missing: () => (actual) => actual === undefined,
  type: (expected) => hasType(expected as TypeName[]),
  schema: fitsSchema,
  jsonata: (expected, engine) => {
    const isTrue = compileExpression(expected as string, engine);
    return (actual) => actual !== undefined && isTrue(actual);
  },
};

type Bound = number | string;

function onText(matches: TextTest): ValueTest {
  return (actual) => typeof actual === 'string' && matches(actual);
}

function listOf(expected: Json): readonly Json[] {
  return Array.isArray(expected) ? expected : [expected];
}

function textsOf(expected: Json): readonly string[] {
  return expected as string[];
}

function fitsSchema(schema: Json): ValueTest {
  const check = compileJsonSchema(schema);
  const mismatch = (actual: unknown): string | undefined => {
    if (actual === undefined) return '#';
    try {
      return check(actual)?.schemaPath;
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      throw new ConditionProblem('the value is nested too deep for the schema.', { cause: thrown });
    }
  };
  const demand = (actual: unknown): string => {
    const place = mismatch(actual);
    return place === undefined || place === '#' ? '' : `at ${place}`;
  };
  return Object.assign((actual: unknown) => mismatch(actual) === undefined, { demand });
}
