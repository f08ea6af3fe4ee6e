import type { Node, NodeAPI } from 'node-red';
import type { ExpressionEngine, PreparedExpression } from '../../../src/filter/expression';

/** The part of RED.util that evaluates JSONata; its type declarations want JSONata's own types. */
interface ExpressionUtil {
  prepareJSONataExpression(source: string, node: Node): PreparedExpression;
  evaluateJSONataExpression(
    expression: PreparedExpression,
    input: unknown,
    callback: (problem: unknown, result?: unknown) => void,
  ): void;
}

/** Node-RED's JSONata, with the functions that it adds (`$flowContext`, `$env`, `$moment`, ...). */
export function expressionEngine(RED: NodeAPI, node: Node): ExpressionEngine {
  const util = RED.util as unknown as ExpressionUtil;
  return {
    prepare: (source) => util.prepareJSONataExpression(source, node),
    evaluate: (expression, input) =>
      new Promise((resolve, reject) => {
        util.evaluateJSONataExpression(expression, input, (problem, result) => {
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- JSONata's are none
          if (problem !== null && problem !== undefined) reject(problem);
          else resolve(result);
        });
      }),
  };
}
