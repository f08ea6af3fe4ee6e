import { errorText } from '../shared/errors';
import { ConditionProblem } from './condition-problem';
import { expectedText, shapeOf, type FilterExplanation } from './explanation';
import type { ExpressionEngine } from './expression';
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
  /**
   * A promise only where a JSONata expression had to be evaluated. Takes time linear in the size of
   * the values that it compares, save for JSONata. Throws (or rejects with) a ConditionProblem, which
   * names rule and condition, where a condition can't be evaluated on this message.
   */
  match(subject: FilterSubject): FilterResult | Promise<FilterResult>;
}

export type CompiledRules =
  { readonly ok: true; readonly filter: Filter } | { readonly ok: false; readonly problem: string };

/**
 * Reads and compiles saved rules. Everything that can be wrong with them is found here, in words
 * that name the rule and the condition.
 */
export function compileRules(
  saved: unknown,
  mode: FilterMode,
  engine: ExpressionEngine = NO_ENGINE,
): CompiledRules {
  const read = readRules(saved);
  if (!read.ok) return read;
  const rules: CompiledRule[] = [];
  for (const [index, rule] of read.rules.entries()) {
    const compiled = compileRule(rule, index, engine);
    if (typeof compiled === 'string') return { ok: false, problem: compiled };
    rules.push(compiled);
  }
  return {
    ok: true,
    filter: {
      ruleNames: rules.map((rule) => rule.name),
      match: (subject) => run(matchRules(rules, mode, subject)),
    },
  };
}

const NO_ENGINE: ExpressionEngine = {
  prepare: () => {
    throw new Error('there is no JSONata here');
  },
  evaluate: () => Promise.reject(new Error('there is no JSONata here')),
};

interface CompiledCondition {
  readonly read: ReadCondition;
  /** How an error text names it. */
  readonly label: string;
  readonly value: ValueReader;
  readonly test: ValueTest;
}

interface CompiledRule {
  readonly name: string;
  readonly match: MatchKind;
  readonly conditions: readonly CompiledCondition[];
}

function compileRule(
  rule: ReadRule,
  ruleIndex: number,
  engine: ExpressionEngine,
): CompiledRule | string {
  const conditions: CompiledCondition[] = [];
  for (const [index, read] of rule.conditions.entries()) {
    const label = `${ruleLabel(ruleIndex, rule.name)}, condition ${index + 1}`;
    try {
      conditions.push({
        read,
        label,
        value: SOURCE_READERS[read.on](read.key),
        test: COMPILE_OPERATOR[read.op](comparedWith(read.on, read.expected), engine),
      });
    } catch (thrown) {
      return `${label}: ${errorText(thrown)}`;
    }
  }
  return { name: rule.name, match: rule.match, conditions };
}

/** Work that yields where it has to wait for a condition, and goes on with the answer. */
type Waiting<T> = Generator<Promise<boolean>, T, boolean>;

/** At once if nothing has to be waited for. */
function run<T>(work: Waiting<T>): T | Promise<T> {
  const step = work.next();
  return step.done === true ? step.value : finish(work, step.value);
}

async function finish<T>(work: Waiting<T>, first: Promise<boolean>): Promise<T> {
  let pending = first;
  for (;;) {
    const step = await pending.then(
      (answer) => work.next(answer),
      (thrown: unknown) => work.throw(thrown),
    );
    if (step.done === true) return step.value;
    pending = step.value;
  }
}

function* matchRules(
  rules: readonly CompiledRule[],
  mode: FilterMode,
  subject: FilterSubject,
): Waiting<FilterResult> {
  const matched: number[] = [];
  let firstFailure: CompiledCondition | undefined;
  for (const [index, rule] of rules.entries()) {
    const failed = yield* failedCondition(rule, subject);
    if (failed === undefined) {
      matched.push(index);
      if (mode === 'first') break;
    } else if (index === 0) {
      firstFailure = failed;
    }
  }
  const isExplained = matched.length === 0 && firstFailure !== undefined;
  const explanation = isExplained ? explain(rules, firstFailure, subject) : null;
  return { matched, explanation };
}

/** The condition that decides against the rule; undefined where the rule matches. */
function* failedCondition(
  { match, conditions }: CompiledRule,
  subject: FilterSubject,
): Waiting<CompiledCondition | undefined> {
  const decisive = match !== 'all';
  for (const condition of conditions) {
    const isTrue = yield* evaluate(condition, subject);
    if (isTrue === decisive) return match === 'any' ? undefined : condition;
  }
  return match === 'any' ? conditions[0] : undefined;
}

function* evaluate(condition: CompiledCondition, subject: FilterSubject): Waiting<boolean> {
  try {
    const answer = condition.test(condition.value(subject));
    return typeof answer === 'boolean' ? answer : yield answer;
  } catch (thrown) {
    if (!(thrown instanceof ConditionProblem)) throw thrown;
    throw new ConditionProblem(`${condition.label}: ${thrown.message}`, { cause: thrown });
  }
}

/** Why the first rule did not match. */
function explain(
  [rule]: readonly CompiledRule[],
  condition: CompiledCondition | undefined,
  subject: FilterSubject,
): FilterExplanation | null {
  if (rule === undefined || condition === undefined) return null;
  const { read, test, value } = condition;
  const actual = value(subject);
  return {
    rule: 0,
    ruleName: rule.name,
    condition: rule.conditions.indexOf(condition),
    on: read.on,
    key: read.key,
    op: read.op,
    expected: test.demand?.(actual) ?? expectedText(read),
    actual: shapeOf(actual),
    negated: rule.match === 'none',
  };
}
