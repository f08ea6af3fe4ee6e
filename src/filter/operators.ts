import type { Json } from '../shared/json';
import { equalsJson } from './json-equality';
import { compileGlobs, compileRegex, type TextTest } from './pattern';
import type { Operator } from './rule';

/** Whether a value fulfils a condition; undefined is a value that is not there. */
export type ValueTest = (actual: unknown) => boolean;

/**
 * What each operator does with its operand (read by `readRules`, which knows its kind).
 * Patterns match texts only: never a number, a list, or a missing value. A missing value equals null
 * and nothing else, so `neq` matches it. Throws, with words, where a pattern can't be compiled.
 */
export const COMPILE_OPERATOR: Readonly<Record<Operator, (expected: Json) => ValueTest>> = {
  eq: (expected) => (actual) => equalsJson(actual, expected),
  neq: (expected) => (actual) => !equalsJson(actual, expected),
  in: (expected) => (actual) => listOf(expected).some((item) => equalsJson(actual, item)),
  glob: (expected) => onText(compileGlobs(listOf(expected).map(textOf))),
  regex: (expected) => onText(compileRegex(textOf(expected), 'start')),
  search: (expected) => onText(compileRegex(textOf(expected), 'anywhere')),
  exists: () => (actual) => actual !== undefined,
  missing: () => (actual) => actual === undefined,
};

function onText(matches: TextTest): ValueTest {
  return (actual) => typeof actual === 'string' && matches(actual);
}

function listOf(expected: Json): readonly Json[] {
  return Array.isArray(expected) ? expected : [expected];
}

function textOf(expected: Json): string {
  return typeof expected === 'string' ? expected : '';
}
