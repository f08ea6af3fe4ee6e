import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileRules } from '../../../src/filter/compile';
import { describeMismatch } from '../../../src/filter/explanation';

/** One rule with one condition on `payload.v`. */
function rules(op: string, value: unknown, valueType: string | undefined): unknown {
  const condition = { on: 'payload', key: 'v', op, value, valueType };
  return [{ name: 'r', match: 'all', conditions: [condition] }];
}

async function fulfils(op: string, value: unknown, valueType: string, actual: unknown) {
  const compiled = compileRules(rules(op, value, valueType), 'first');
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.problem);
  const payload = actual === undefined ? {} : { v: actual };
  return (await compiled.filter.match({ payload })).matched.length === 1;
}

/** op, value, valueType, values that fulfil it, values that don't. A missing value is undefined. */
type Row = readonly [string, unknown, string, readonly unknown[], readonly unknown[]];

const NO_TEXT = [undefined, null, 5, true, [], {}, ['push'], Buffer.from('push')] as const;
const NO_ORDER = [undefined, null, '', 'x', true, [], [9], {}, Number.NaN] as const;

const TABLE: readonly Row[] = [
  ['nin', 'a, b', 'str', ['c', 1, null, undefined, ['a'], ''], ['a', 'b']],
  ['nin', '[1,"a",null]', 'json', ['1', 2, 'b'], [1, true, 'a', null, undefined]],

  ['contains', 'push', 'str', ['push', 'a push!', ['x', 'push']], ['Push', '', [['push']]]],
  ['contains', 'push', 'str', [], [undefined, null, 5, true, {}, { push: 1 }, Buffer.from('push')]],
  ['contains', '', 'str', ['', 'x', ['']], [[], undefined]],
  ['contains', '5', 'num', [[5], [1, 5]], ['5', 'a5', 5, ['5']]],
  ['contains', 'true', 'bool', [[true], [1]], ['true', true, ['true']]],
  ['contains', '{"id":7}', 'json', [[{ id: 7 }]], [{ id: 7 }, [{ id: 7, x: 1 }], '{"id":7}']],

  ['startsWith', 'pu', 'str', ['pu', 'push'], ['Push', 'a push', ' pu', '', ...NO_TEXT]],
  ['startsWith', '["a/","b/"]', 'json', ['a/x', 'b/'], ['c/', 'a']],
  ['startsWith', '', 'str', ['', 'x'], [undefined, 5]],
  ['endsWith', 'sh', 'str', ['sh', 'push'], ['SH', 'pushed', '', ...NO_TEXT]],
  ['endsWith', '[".md",".txt"]', 'json', ['a.md', '.txt'], ['md', 'a.mdx']],
  // Texts are compared as they are: a prefix is no pattern.
  ['startsWith', 'a.*', 'str', ['a.*b'], ['abc']],

  ['gt', '10', 'num', [11, 10.5, '11', '1e2', '10.01'], [10, 9, '10', '9', '011x', ...NO_ORDER]],
  ['gte', '10', 'num', [10, 11, '10', '10.0'], [9.99, '9', '-10', ...NO_ORDER]],
  ['lt', '10', 'num', [9, -1, '9', '-3'], [10, 11, '10', '0x1', ' 9', '9 ', ...NO_ORDER]],
  ['lte', '10', 'num', [10, 9, '10'], [10.01, '11', '1_0', 'Infinity', ...NO_ORDER]],
  ['gt', '2026-03-01', 'str', ['2026-03-01T00:00:00Z', '2026-04'], ['2026-03-01', '2025-12-31']],
  ['lt', 'b', 'str', ['a', '', 'B', '1'], ['b', 'c', 1, null, undefined, ['a']]],

  ['between', ['1', '10'], 'num', [1, 10, 5.5, '1', '7'], [0.99, 10.01, '11', ...NO_ORDER]],
  ['between', '[1,10]', 'num', [1, 10], [0, 11]],
  ['between', ['b', 'd'], 'str', ['b', 'c', 'cz', 'd'], ['a', 'da', 2, undefined]],

  ['type', 'string', 'str', ['', 'x'], [undefined, null, 1, [], {}, Buffer.from('x')]],
  ['type', 'number', 'str', [0, 1.5, -1], [undefined, '1', true, null]],
  ['type', 'integer', 'str', [0, 7, 1e300], [1.5, '7', undefined, Number.NaN]],
  ['type', 'boolean', 'str', [true, false], ['true', 1, undefined]],
  ['type', 'object', 'str', [{}, { a: 1 }], [[], null, Buffer.from('x'), 'x', undefined]],
  ['type', 'array', 'str', [[], [1]], [{ length: 1 }, 'x', Buffer.from('x'), undefined]],
  ['type', 'null', 'str', [null], [undefined, 0, '', {}]],
  ['type', 'buffer', 'str', [Buffer.from('x'), new Uint8Array(1)], ['x', [1], {}, undefined]],
  ['type', 'string,null', 'str', ['x', null], [1, undefined]],
];

for (const [op, value, valueType, yes, no] of TABLE) {
  test(`${op} ${JSON.stringify(value)} (${valueType})`, async () => {
    for (const actual of yes)
      assert.equal(await fulfils(op, value, valueType, actual), true, `yes: ${show(actual)}`);
    for (const actual of no)
      assert.equal(await fulfils(op, value, valueType, actual), false, `no: ${show(actual)}`);
  });
}

test('of a missing value only `neq`, `nin` and `missing` are true', async () => {
  const operands: Record<string, readonly [unknown, string]> = {
    ...{ eq: ['x', 'str'], neq: ['x', 'str'], in: ['x', 'str'], nin: ['x', 'str'] },
    ...{ glob: ['*', 'str'], regex: ['', 'str'], search: ['', 'str'], contains: ['', 'str'] },
    ...{ startsWith: ['', 'str'], endsWith: ['', 'str'], gt: ['0', 'num'], gte: ['0', 'num'] },
    ...{ lt: ['0', 'num'], lte: ['0', 'num'], between: [['0', '1'], 'num'] },
    ...{ type: ['null', 'str'], exists: ['', 'str'], missing: ['', 'str'] },
  };
  const fulfilled: string[] = [];
  for (const [op, [value, type]] of Object.entries(operands)) {
    if (await fulfils(op, value, type, undefined)) fulfilled.push(op);
  }
  assert.deepEqual(fulfilled, ['neq', 'nin', 'missing']);
});

describe('an operand that can not be used is refused with words', () => {
  const table: readonly (readonly [string, unknown, string | undefined, RegExp])[] = [
    ['nin', '{}', 'json', /must be a list/],
    ['nin', '1', 'num', /`valueType` must be str or json/],
    ['contains', '{', 'json', /must be JSON/],
    ['startsWith', '[1]', 'json', /a text, or a list of texts/],
    ['startsWith', '[]', 'json', /at least one/],
    ['gt', 'x', 'num', /must be a number/],
    ['gt', '', 'num', /must be a number/],
    ['gt', '5', 'json', /`valueType` must be num or str/],
    ['between', '5', 'num', /two values/],
    ['between', ['1'], 'num', /two values/],
    ['between', ['1', '2', '3'], 'num', /two values/],
    ['between', ['a', '2'], 'num', /must be a number/],
    ['between', ['10', '9'], 'num', /the first value must not be above the second/],
    ['between', ['b', 'a'], 'str', /the first value must not be above the second/],
    ['between', [1, 2], 'str', /must be a text/],
    ['type', 'text', 'str', /one of string, number, integer/],
    ['type', '', 'str', /one of string, number, integer/],
    ['type', 'string,toString', 'str', /one of string, number, integer/],
  ];
  for (const [op, value, valueType, words] of table) {
    test(`${op} ${JSON.stringify(value)} (${valueType})`, () => {
      const compiled = compileRules(rules(op, value, valueType), 'first');
      assert.ok(!compiled.ok);
      assert.match(compiled.problem, /^Rule 1 \(r\), condition 1: /);
      assert.match(compiled.problem, words);
    });
  }
});

test('a value that was written by hand needs no type where the operator has a usual one', async () => {
  const compiled = compileRules(rules('gte', 3, undefined), 'first');
  assert.ok(compiled.ok);
  assert.deepEqual((await compiled.filter.match({ payload: { v: 3 } })).matched, [0]);
});

describe('an explanation', () => {
  const explain = async (op: string, value: unknown, type: string, actual: unknown, key = 'v') => {
    const condition = { on: 'payload', key, op, value, valueType: type };
    const compiled = compileRules([{ name: 'r', match: 'all', conditions: [condition] }], 'first');
    assert.ok(compiled.ok, compiled.ok ? '' : compiled.problem);
    const { explanation } = await compiled.filter.match({ payload: { [key]: actual } });
    return describeMismatch(explanation!).replace('No rule matched. r, condition 1: payload ', '');
  };
  const table = [
    ['nin', 'a,b', 'str', 'a', '"v" must be none of ["a","b"]; it is a text of 1 character.'],
    ['contains', 'x', 'str', [], '"v" must contain "x"; it is a list of 0 items.'],
    ['startsWith', 'x', 'str', 1, '"v" must start with "x"; it is a number.'],
    ['endsWith', '["x","y"]', 'json', 1, '"v" must end with one of ["x","y"]; it is a number.'],
    ['glob', '["x","y"]', 'json', 1, '"v" must be like one of ["x","y"]; it is a number.'],
    ['gt', '5', 'num', 4, '"v" must be above 5; it is a number.'],
    ['gte', '5', 'num', 4, '"v" must be at least 5; it is a number.'],
    ['lt', '5', 'num', 6, '"v" must be below 5; it is a number.'],
    ['lte', '5', 'num', 6, '"v" must be at most 5; it is a number.'],
    ['between', ['1', '5'], 'num', 6, '"v" must be between 1 and 5; it is a number.'],
    ['type', 'string,null', 'str', 6, '"v" must be of the type string or null; it is a number.'],
  ] as const;
  for (const [op, value, type, actual, words] of table) {
    test(`of ${op}`, async () => assert.equal(await explain(op, value, type, actual), words));
  }

  test('shows no value of a field whose name says that it is a secret', async () => {
    for (const key of ['token', 'apiKey', 'api_key', 'client.secret', 'passwd', 'Authorization']) {
      const words = await explain('eq', 'hush-hush', 'str', 'x', JSON.stringify(key).slice(1, -1));
      assert.doesNotMatch(words, /hush/, key);
      assert.match(words, /must equal a text of 9 characters/);
    }
    assert.match(await explain('eq', 'open', 'str', 'x', 'keyboard'), /must equal "open"/);
  });
});

function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}
