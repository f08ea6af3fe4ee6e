import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compileSchema, differencesText } from '../../../src/sync/json-schema';
import { runGolden } from '../../support/run-golden';

interface Golden {
  id: string;
  group: string;
  schema: object;
  payload: unknown;
  valid: boolean | { error: true };
}

const { cases } = JSON.parse(readFileSync('test/fixtures/sync/validation.json', 'utf8')) as {
  cases: Golden[];
};

test('validates as the reference does', async (t) => {
  assert.equal(cases.length, 25);
  await runGolden(t, cases, ({ schema, payload, valid }) => {
    if (typeof valid !== 'boolean') {
      assert.throws(() => compileSchema(schema), { category: 'VALIDATION' });
    } else assert.equal(compileSchema(schema)(payload).length === 0, valid);
  });
});

test('differences name places and rules, sorted, never values', () => {
  const check = compileSchema({
    type: 'object',
    properties: { a: { type: 'object', properties: { 'b/c': { type: 'integer' } } } },
    required: ['id'],
    additionalProperties: false,
  });
  assert.deepEqual(check({ a: { 'b/c': 'hunter2' }, secret: 1 }), [
    "(whole): must have required property 'id'",
    '(whole): unexpected property `secret`',
    'a.b/c: must be integer',
  ]);
  const other = compileSchema({
    properties: { z: { type: 'integer' }, 'a~b/~1': { type: 'integer' } },
    unevaluatedProperties: false,
  });
  assert.deepEqual(other({ z: 'x', 'a~b/~1': 'x', ['y'.repeat(70)]: 1 }), [
    `(whole): unexpected property \`${'y'.repeat(60)}\``,
    'a~b/~1: must be integer',
    'z: must be integer',
  ]);
  const some = Array.from({ length: 11 }, (_, n) => `p${n}`);
  assert.match(differencesText(some), /; p9; and 1 more$/);
  assert.match(differencesText(some.slice(1)), /; p10$/);
  const many = Array.from({ length: 12 }, (_, n) => `p${n}: wrong`);
  assert.match(differencesText(many), /^p0: wrong; .*p9: wrong; and 2 more$/);
});

test('a pattern runs in linear time, and one that cannot is refused', () => {
  const check = compileSchema({ pattern: '^(a+)+$' });
  assert.equal(check(`${'a'.repeat(50_000)}!`).length, 1);
  assert.throws(() => compileSchema({ pattern: '(?=a)b' }), { category: 'VALIDATION' });
  const unique = compileSchema({ uniqueItems: true });
  const items = Array.from({ length: 50_000 }, (_, id) => ({ id }));
  assert.deepEqual(unique(items), []);
  assert.deepEqual(unique([...items, { id: 7 }]), ['(whole): must not have the same item twice']);
});

test('a schema may be of draft 07, and say more than the standard knows', () => {
  const check = compileSchema({
    $schema: 'http://json-schema.org/draft-07/schema#',
    items: [{ const: 1 }],
    additionalItems: false,
    example: [1],
  });
  assert.deepEqual(check([1]), []);
  assert.equal(check([1, 2]).length, 1);
});

test('a value that is nested too deeply does not match', () => {
  const check = compileSchema({ items: { $ref: '#' } });
  let value: unknown = [];
  for (let depth = 0; depth < 100_000; depth++) value = [value];
  assert.deepEqual(check(value), ['(whole): it is nested too deeply']);
});

test('values may have keys like those of every object', () => {
  const check = compileSchema({ type: 'object', required: ['constructor'] });
  assert.equal(check({}).length, 1);
  assert.equal(check(JSON.parse('{"constructor":1,"__proto__":2}')).length, 0);
});
