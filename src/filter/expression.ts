import type { RE2JS } from 're2js';
import { compileEcmaRegex } from '../shared/ecma-regex';
import { isRecord } from '../shared/json';
import { ConditionProblem } from './condition-problem';
import { isLargerThan } from './data-size';

/** A JSONata expression, as `jsonata()` and Node-RED's `prepareJSONataExpression` give it. */
export interface PreparedExpression {
  ast(): unknown;
  assign(name: string, value: unknown): void;
}

/** JSONata comes from the host. */
export interface ExpressionEngine {
  /** Throws where the text is not a valid expression. */
  prepare(source: string): PreparedExpression;
  evaluate(expression: PreparedExpression, input: unknown): Promise<unknown>;
}

/**
 * JSONata may take time that grows faster than its input, so the input is limited. In characters,
 * counted as `isLargerThan` does.
 */
export const MAX_INPUT = 262_144;

/**
 * Whether the expression, evaluated with the value as its root (`$`), gives true - not only something
 * that counts as true. Its regular expressions run in linear time. Throws, with words, where it is not
 * valid; the promise rejects with a ConditionProblem where it fails on a value, or the value is too large.
 */
export function compileExpression(
  source: string,
  engine: ExpressionEngine,
): (value: unknown) => Promise<boolean> {
  const expression = prepare(source, engine);
  return async (value) => {
    if (isLargerThan(value, MAX_INPUT)) {
      throw new ConditionProblem(
        `the value is larger than ${MAX_INPUT} characters, the most that a JSONata expression gets; ` +
          'look at a part of it, or put a condition before it that tells large ones apart.',
      );
    }
    try {
      return (await engine.evaluate(expression, value)) === true;
    } catch (thrown) {
      throw new ConditionProblem(failure(thrown), { cause: thrown });
    }
  };
}

function prepare(source: string, engine: ExpressionEngine): PreparedExpression {
  let expression: PreparedExpression;
  try {
    expression = engine.prepare(source);
  } catch (thrown) {
    const { message } = isRecord(thrown) ? thrown : {};
    throw new Error(`the JSONata expression is not valid: ${String(message)}`, { cause: thrown });
  }
  secure(expression);
  return expression;
}

/**
 * Puts regular expressions of the linear engine in the place of JavaScript's: JSONata takes any
 * function that finds matches. `$eval` is refused, since it makes code of data.
 */
function secure(expression: PreparedExpression): void {
  const seen = new Set<object>();
  const open: unknown[] = [expression.ast()];
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null || seen.has(node)) continue;
    seen.add(node);
    const step = node as Record<string, unknown>;
    if (step.type === 'variable' && step.value === 'eval') {
      throw new Error('the JSONata expression uses $eval, which would run data as code.');
    }
    if (step.type === 'regex' && step.value instanceof RegExp) {
      const name = `linear regular expression ${seen.size}`;
      expression.assign(name, matcher(compileEcmaRegex(step.value)));
      step.type = 'variable';
      step.value = name;
    }
    open.push(...Object.values(step));
  }
}

interface Match {
  readonly match: string;
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
  readonly next: () => Match | undefined;
}

/** A regular expression as JSONata calls it: the first match, which knows the next. */
function matcher(expression: RE2JS): (text: unknown) => Match | undefined {
  return (text) => {
    if (typeof text !== 'string') return undefined;
    const found = expression.matcher(text);
    let atEnd = false;
    const next = (): Match | undefined => {
      if (atEnd || !found.find()) return undefined;
      const [start, end] = [found.start(), found.end()];
      atEnd = end === text.length;
      const group = (_: unknown, at: number) => found.group(at + 1) ?? undefined;
      const groups = Array.from({ length: found.groupCount() }, group);
      return { match: text.slice(start, end), start, end, groups, next };
    };
    return next();
  };
}

/** JSONata's own messages quote the data; its codes don't. */
function failure(thrown: unknown): string {
  const { code, position } = isRecord(thrown) ? thrown : {};
  const what = typeof code === 'string' ? ` with ${code}` : '';
  const where = typeof position === 'number' ? ` at character ${position}` : '';
  return `the JSONata expression failed on this message${what}${where}.`;
}
