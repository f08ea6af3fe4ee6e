import { errorText } from '../shared/errors';
import { expectedText, shapeOf, type FilterExplanation } from './explanation';
import { COMPILE_OPERATOR, type ValueTest } from './operators';
import {
  readRules,
  ruleLabel,
  type FilterMode,
  type MatchKind,
  type ReadCondition,
  type ReadRule,
} from './rule';
import { comparedWith, SOURCE_READERS, type FilterSubject, type ValueReader } from './subject';

export interface FilterResult {
  /** Indexes of the rules that matched, ascending; at most one in mode `first`. */
  readonly matched: readonly number[];
  /** Where the first rule failed; null where a rule matched, or where there are no rules. */
  readonly explanation: FilterExplanation | null;
}

export interface Filter {
  readonly ruleNames: readonly string[];
  /** Never throws, and takes time linear in the size of the values that it compares. */
  match(subject: FilterSubject): FilterResult;
}

export type CompiledRules =
  { readonly ok: true; readonly filter: Filter } | { readonly ok: false; readonly problem: string };

/**
 * Reads and compiles saved rules. Everything that can be wrong with them is found here, in words
 * that name the rule and the condition; matching has nothing left to fail.
 */
export function compileRules(saved: unknown, mode: FilterMode): CompiledRules {
  const read = readRules(saved);
  if (!read.ok) return read;
  const rules: CompiledRule[] = [];
  for (const [index, rule] of read.rules.entries()) {
    const compiled = compileRule(rule, index);
    if (typeof compiled === 'string') return { ok: false, problem: compiled };
    rules.push(compiled);
  }
  return {
    ok: true,
    filter: {
      ruleNames: rules.map((rule) => rule.name),
      match: (subject) => matchRules(rules, mode, subject),
    },
  };
}

interface CompiledCondition {
  readonly read: ReadCondition;
  readonly value: ValueReader;
  readonly test: ValueTest;
}

interface CompiledRule {
  readonly name: string;
  readonly match: MatchKind;
  readonly conditions: readonly CompiledCondition[];
}

function compileRule(rule: ReadRule, ruleIndex: number): CompiledRule | string {
  const conditions: CompiledCondition[] = [];
  for (const [index, read] of rule.conditions.entries()) {
    try {
      conditions.push({
        read,
        value: SOURCE_READERS[read.on](read.key),
        test: COMPILE_OPERATOR[read.op](comparedWith(read.on, read.expected)),
      });
    } catch (thrown) {
      return `${ruleLabel(ruleIndex, rule.name)}, condition ${index + 1}: ${errorText(thrown)}`;
    }
  }
  return { name: rule.name, match: rule.match, conditions };
}

function matchRules(
  rules: readonly CompiledRule[],
  mode: FilterMode,
  subject: FilterSubject,
): FilterResult {
  const matched: number[] = [];
  let firstFailure = -1;
  for (const [index, rule] of rules.entries()) {
    const failed = failedCondition(rule, subject);
    if (failed === undefined) {
      matched.push(index);
      if (mode === 'first') break;
    } else if (index === 0) {
      firstFailure = failed;
    }
  }
  const first = rules[0];
  const explanation =
    matched.length > 0 || first === undefined ? null : explain(first, 0, firstFailure, subject);
  return { matched, explanation };
}

/** The index of the condition that decides against the rule; undefined where the rule matches. */
function failedCondition(rule: CompiledRule, subject: FilterSubject): number | undefined {
  if (rule.conditions.length === 0) return undefined;
  const isDecisive = ({ test, value }: CompiledCondition): boolean =>
    test(value(subject)) === (rule.match !== 'all');
  const decisive = rule.conditions.findIndex(isDecisive);
  if (rule.match === 'any') return decisive === -1 ? 0 : undefined;
  return decisive === -1 ? undefined : decisive;
}

function explain(
  rule: CompiledRule,
  ruleIndex: number,
  index: number,
  subject: FilterSubject,
): FilterExplanation | null {
  const condition = rule.conditions[index];
  if (condition === undefined) return null;
  const { read, value } = condition;
  return {
    rule: ruleIndex,
    ruleName: rule.name,
    condition: index,
    on: read.on,
    key: read.key,
    op: read.op,
    expected: expectedText(read),
    actual: shapeOf(value(subject)),
    negated: rule.match === 'none',
  };
}
