import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import type { Node, NodeAPI } from 'node-red';
import { expressionEngine } from '../../../nodes/shared/runtime/expression-engine';
import { compileRules, type CompiledRules, type FilterResult } from '../../../src/filter/compile';
import { ConditionProblem } from '../../../src/filter/condition-problem';
import { describeMismatch } from '../../../src/filter/explanation';
import { MAX_INPUT } from '../../../src/filter/expression';
import { NODE_RED_MAJORS } from '../../support/node-red-process';
import { nodeRedUtil } from '../../support/node-red-util';

const PAYLOAD = {
  action: 'opened',
  labels: [{ name: 'bug' }, { name: 'help wanted' }],
  total: 120,
  text: 'v1.2 and v3.4',
  empty: [],
};

for (const major of NODE_RED_MAJORS) {
  describe(`JSONata of Node-RED ${major}`, () => {
    const RED = { util: nodeRedUtil(major) } as unknown as NodeAPI;
    const engine = expressionEngine(RED, new EventEmitter() as Node);
    const compile = (value: unknown, match = 'all', key = ''): CompiledRules => {
      const condition = { on: 'payload', key, op: 'jsonata', value, valueType: 'str' };
      return compileRules([{ name: 'r', match, conditions: [condition] }], 'first', engine);
    };
    const run = async (value: string, payload: unknown, match = 'all', key = '') => {
      const compiled = compile(value, match, key);
      assert.ok(compiled.ok, compiled.ok ? '' : compiled.problem);
      const result: FilterResult = await compiled.filter.match({ payload });
      return result;
    };
    const isTrue = async (...args: Parameters<typeof run>) =>
      (await run(...args)).matched.length === 1;

    const table: readonly (readonly [string, boolean])[] = [
      ['action = "opened"', true],
      ['action = "closed"', false],
      ['$exists(labels[name="bug"])', true],
      ['$sum([total, 1]) > 120', true],
      // Only true is true: these give a text, a list, a number, nothing.
      ['action', false],
      ['labels', false],
      ['total', false],
      ['gone', false],
      // Regular expressions, as JSONata's functions use them.
      ['$contains(action, /^open/)', true],
      ['$contains(action, /OPEN/i)', true],
      ['$contains(action, /OPEN/)', false],
      ['$match(text, /v(\\d)\\.(\\d)/).groups = ["1","2","3","4"]', true],
      ['$match(text, /v(\\d)\\.(\\d)/).index = [0, 9]', true],
      ['$match(text, /(x)?v/)[0].groups[0] = "x"', false],
      ['$count($match(text, /v/, 1)) = 1', true],
      ['$replace(text, /v(\\d)\\.\\d/, "$1") = "1 and 3"', true],
      ['$split(text, /\\s+and\\s+/) = ["v1.2", "v3.4"]', true],
      ['$count($match("aaa", /a*/)) = 1', true],
      ['labels[name ~> /^help/].name = "help wanted"', true],
      ['$contains(gone, /x/)', false],
    ];
    for (const [expression, answer] of table) {
      test(`${expression} is ${answer}`, async () => {
        assert.equal(await isTrue(expression, PAYLOAD), answer);
      });
    }

    test('is evaluated on the value that the condition looks at', async () => {
      assert.equal(await isTrue('$ > 100', PAYLOAD, 'all', 'total'), true);
      assert.equal(await isTrue('$count($) = 2', PAYLOAD, 'all', 'labels'), true);
      assert.equal(await isTrue('$ = "é"', 'é'), true);
    });

    test('is never true of a missing value', async () => {
      assert.equal(await isTrue('true', PAYLOAD, 'all', 'gone'), false);
      assert.equal(await isTrue('true', PAYLOAD, 'none', 'gone'), true);
    });

    test('answers at once where an earlier condition decides', () => {
      const condition = (op: string, value: string) => ({ on: 'payload', key: '', op, value });
      const conditions = [condition('missing', ''), condition('jsonata', '$error("reached")')];
      const compiled = compileRules([{ name: 'r', conditions }], 'first', engine);
      assert.ok(compiled.ok);
      const result = compiled.filter.match({ payload: 1 });
      assert.ok(!(result instanceof Promise));
      assert.deepEqual(result.matched, []);
    });

    test('several in several rules keep the order of the rules', async () => {
      const rule = (value: string) => ({
        name: value,
        match: 'any',
        conditions: [
          { on: 'payload', key: '', op: 'jsonata', value: 'false' },
          { on: 'payload', key: '', op: 'jsonata', value },
        ],
      });
      const rules = [rule('1 = 2'), rule('true'), rule('2 = 2')];
      for (const [mode, matched] of [
        ['first', [1]],
        ['all', [1, 2]],
      ] as const) {
        const compiled = compileRules(rules, mode, engine);
        assert.ok(compiled.ok);
        assert.deepEqual((await compiled.filter.match({ payload: {} })).matched, matched);
      }
    });

    test('evaluates messages side by side without mixing them up', async () => {
      const compiled = compile('$contains(text, /^even/) and n % 2 = 0', 'all');
      assert.ok(compiled.ok);
      const { filter } = compiled;
      const results = await Promise.all(
        Array.from({ length: 50 }, async (_, n) =>
          filter.match({ payload: { n, text: n % 2 === 0 ? 'even' : 'odd' } }),
        ),
      );
      assert.deepEqual(
        results.map(({ matched }) => matched.length),
        results.map((_, n) => (n % 2 === 0 ? 1 : 0)),
      );
    });

    test('explains with the shape of the value', async () => {
      const { explanation } = await run('action = "closed"', PAYLOAD);
      assert.equal(
        describeMismatch(explanation!),
        'No rule matched. r, condition 1: payload must make the expression true; it is an object with 5 keys.',
      );
    });

    const refused = [
      ['a syntax error', 'a = ', /^Rule 1 \(r\), condition 1: the JSONata expression is not valid/],
      ['nothing', ' ', /must be a JSONata expression/],
      ['look-ahead', '$contains(action, /(?=o)/)', /can't be matched in linear time/],
      ['a back-reference', '$contains(action, /(o)\\1/)', /can't be matched in linear time/],
      ['a named back-reference', '$contains(action, /(?<a>o)\\k<a>/)', /back-reference by name/],
      ['$eval', '$eval(action)', /\$eval, which would run data as code/],
      ['$eval under another name', '($f := $eval; $f(action))', /\$eval/],
      ['$eval deep inside', 'labels.{"a": [$map($, $eval)]}', /\$eval/],
    ] as const;
    for (const [what, expression, words] of refused) {
      test(`is refused at deploy with words: ${what}`, () => {
        const compiled = compile(expression);
        assert.ok(!compiled.ok);
        assert.match(compiled.problem, words);
      });
    }

    test('that fails on a message is a problem that names the condition, not what was in it', async () => {
      const problem = await run('$number(action) > 5', { action: 'hush-hush' }).catch(
        (thrown: unknown) => thrown,
      );
      assert.ok(problem instanceof ConditionProblem);
      assert.equal(
        problem.message,
        'Rule 1 (r), condition 1: the JSONata expression failed on this message with D3030 at character 8.',
      );
      assert.equal(problem.permanent, true);
    });

    test('gets no input above the limit', async () => {
      const fits = 'x'.repeat(MAX_INPUT - 100);
      assert.equal(await isTrue('$exists(text)', { text: fits }), true);
      const words = /condition 1: the value is larger than 262144 characters/;
      for (const payload of [{ text: `${fits}${fits}` }, Array.from({ length: 40_000 }, () => 0)])
        await assert.rejects(run('$exists(text)', payload), words);
      const circular: Record<string, unknown> = {};
      circular.self = circular;
      await assert.rejects(run('$exists(self)', circular), words);
    });
  });
}
