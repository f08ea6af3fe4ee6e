import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileRules } from '../../../src/filter/compile';
import { ConditionProblem } from '../../../src/filter/condition-problem';
import { describeMismatch } from '../../../src/filter/explanation';
import { compileJsonSchema } from '../../../src/filter/json-schema';

const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';
const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema';

const rules = (value: unknown, valueType: unknown = 'json', match = 'all'): unknown => [
  { name: 'r', match, conditions: [{ on: 'payload', key: '', op: 'schema', value, valueType }] },
];

async function run(schema: unknown, payload: unknown) {
  const compiled = compileRules(rules(schema), 'first');
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.problem);
  return compiled.filter.match({ payload });
}

function problemOf(schema: unknown, valueType?: unknown): string {
  const compiled = compileRules(rules(schema, valueType), 'first');
  assert.ok(!compiled.ok);
  return compiled.problem;
}

describe('a value fits a schema', () => {
  /** schema, values that fit, values that don't. */
  const table: readonly (readonly [unknown, readonly unknown[], readonly unknown[]])[] = [
    [{ type: 'object', required: ['id'] }, [{ id: 1 }], [{}, [], null, undefined, 'x']],
    ['{"type":"string","minLength":2}', ['ab'], ['a', 5]],
    [true, [1, null, {}], [undefined]],
    [false, [], [1, null, {}, undefined]],
    [{ pattern: '^\\d{3}$' }, ['123', 5], ['12', 'a123']],
    [{ patternProperties: { '^x_': { type: 'number' } } }, [{ x_a: 1, y: 'b' }], [{ x_a: 'b' }]],
    // Two patterns of one schema are two.
    [{ allOf: [{ pattern: '^a' }, { pattern: 'b$' }] }, ['ab', 'axb'], ['ax', 'xb']],
    [{ prefixItems: [{ const: 1 }], items: false }, [[1], []], [[2], [1, 2]]],
    [{ dependentRequired: { a: ['b'] } }, [{ a: 1, b: 2 }, { b: 1 }], [{ a: 1 }]],
    [{ $schema: DRAFT_2020, prefixItems: [{ type: 'string' }] }, [['a']], [[1]]],
    // A list for `items` is of draft 07.
    [{ $schema: DRAFT_07, items: [{ const: 1 }], additionalItems: false }, [[1]], [[2], [1, 2]]],
    [{ $defs: { id: { type: 'integer' } }, items: { $ref: '#/$defs/id' } }, [[1, 2]], [['a']]],
    [
      { properties: { children: { items: { $ref: '#' } } }, required: ['name'] },
      [{ name: 'a', children: [{ name: 'b' }] }],
      [{ name: 'a', children: [{}] }],
    ],
    [{ $id: 'https://example.com/a', type: 'null' }, [null], [0]],
    // Only what the data itself holds.
    [{ required: ['toString'] }, [JSON.parse('{"toString":1}')], [{}]],
    [{ required: ['__proto__'] }, [JSON.parse('{"__proto__":1}')], [{}]],
    [{ properties: { constructor: { type: 'string' } } }, [{}, { constructor: 'x' }], []],
    [
      { uniqueItems: true },
      [[1, '1', 2, [1], { a: 1 }], [], 'aa'],
      [
        [1, 1.0],
        [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
      ],
    ],
    [
      { uniqueItems: true },
      [[[1, 2], ['1,2'], ['1', '2'], 'a', '"a"', null, 'null']],
      [
        [0, -0],
        [null, null],
      ],
    ],
    [{ uniqueItems: false }, [[1, 1]], []],
    // Formats say what is meant; they check nothing.
    [{ format: 'email' }, ['no address'], []],
    [{ 'x-origin': 'a form', type: 'string' }, ['a'], [1]],
  ];
  for (const [schema, yes, no] of table) {
    test(typeof schema === 'string' ? schema : JSON.stringify(schema), async () => {
      for (const value of yes)
        assert.deepEqual((await run(schema, value)).matched, [0], `fits: ${JSON.stringify(value)}`);
      for (const value of no)
        assert.deepEqual((await run(schema, value)).matched, [], `not: ${JSON.stringify(value)}`);
    });
  }

  test('two schemas with the same name do not meet', () => {
    const schema = { $id: 'https://example.com/a', type: 'null' };
    assert.equal(compileJsonSchema(schema)(null), null);
    assert.equal(compileJsonSchema({ ...schema, type: 'number' })(1), null);
  });
});

describe('a schema that can not be used is refused when the rules are compiled', () => {
  const table: readonly (readonly [string, unknown, RegExp])[] = [
    ['no JSON', '{', /^Rule 1 \(r\), condition 1: the value must be a JSON Schema/],
    ['neither object nor boolean', '[]', /is an object, true or false/],
    ['null', null, /is an object, true or false/],
    ['a keyword with a wrong value', { type: 'text' }, /^Rule 1 \(r\), condition 1: .*type/],
    ['a misspelt keyword', { requried: ['a'] }, /unknown keyword: "requried"/],
    [
      'another draft',
      { $schema: 'http://json-schema.org/draft-04/schema#' },
      /2020-12 or draft 07/,
    ],
    ['a draft that is no text', { $schema: { a: 1 } }, /2020-12 or draft 07/],
    ['another document', { $ref: 'https://example.com/other.json' }, /resolve reference/],
    ['look-ahead', { pattern: '(?=a)' }, /can't be matched in linear time/],
    ['a back-reference', { patternProperties: { '(a)\\1': true } }, /linear time/],
    ['a back-reference by name', { pattern: '(?<n>a)\\k<n>' }, /back-reference by name/],
    ['answers that come later', { $async: true, type: 'null' }, /\$async/],
  ];
  for (const [what, schema, words] of table) {
    test(what, () => assert.match(problemOf(schema), words));
  }

  test('a text where JSON is meant', () => {
    assert.match(problemOf('{}', 'str'), /`valueType` must be json/);
  });
});

test('an explanation says where in the schema a value failed, and nothing of the value', async () => {
  const schema = {
    properties: { tokens: { additionalProperties: { type: 'string', pattern: '^t' } } },
  };
  const { explanation } = await run(schema, { tokens: { 'key-of-alice': 'hush-hush' } });
  assert.equal(
    describeMismatch(explanation!),
    'No rule matched. r, condition 1: payload must fit the schema at #/properties/tokens/additionalProperties/pattern; it is an object with 1 key.',
  );
});

test('a rule that matches none explains with the schema as a whole', async () => {
  const compiled = compileRules(rules({ type: 'number' }, 'json', 'none'), 'first');
  assert.ok(compiled.ok);
  const { explanation } = await compiled.filter.match({ payload: 5 });
  assert.match(describeMismatch(explanation!), /payload must not fit the schema; it is a number/);
});

test('data that is nested deeper than the stack is a problem that names the condition', () => {
  const compiled = compileRules(rules({ items: { $ref: '#' } }), 'first');
  assert.ok(compiled.ok);
  const payload = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`) as unknown;
  assert.throws(
    () => compiled.filter.match({ payload }),
    (thrown) =>
      thrown instanceof ConditionProblem &&
      /^Rule 1 \(r\), condition 1: the value is nested too deep/.test(thrown.message),
  );
});
