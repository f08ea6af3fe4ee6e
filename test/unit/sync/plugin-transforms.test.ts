import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compileFields } from '../../../src/sync/mapping/fields';
import { mapItem } from '../../../src/sync/mapping/map-item';
import { runGolden } from '../../support/run-golden';

interface Golden {
  id: string;
  group: string;
  plugin: string;
  value: unknown;
  params: Record<string, unknown>;
  policy?: string;
  expected: unknown;
  js_expected?: unknown;
  secure?: unknown;
}

/** Where we report an error and the reference goes on with something else. */
const ERRORS_INSTEAD: Record<string, string> = {
  'template-error': 'the text of an error is no value',
  'array-unknown': 'an unknown operation would silently change nothing',
  'array-mixed-14': 'NaN is no JSON',
  'array-mixed-28': 'NaN is no JSON',
};

const { cases } = JSON.parse(readFileSync('test/fixtures/sync/plugin-transforms.json', 'utf8')) as {
  cases: Golden[];
};

test('transformers with parameters work as the plugins of the reference', async (t) => {
  assert.equal(cases.length, 99);
  await runGolden(t, cases, (golden) => assert.deepEqual(outcome(golden), expectation(golden)));
});

function outcome({ plugin, value, params }: Golden): unknown {
  const name = plugin.replace(/_?transformer$/, '').replace(/^array_operations$/, 'array_ops');
  const { fields, problems } = compileFields([
    { source: 'v', target: 'o', transform: { name, params }, include_nulls: true },
  ]);
  if (problems.length > 0) return 'error';
  try {
    return mapItem({ v: value }, fields).o;
  } catch {
    return 'error';
  }
}

function expectation(golden: Golden): unknown {
  if (golden.group in ERRORS_INSTEAD || golden.id in ERRORS_INSTEAD) return 'error';
  const expected = golden.secure ?? golden.js_expected ?? golden.expected;
  const isError = (expected as { error?: boolean } | null)?.error === true;
  return isError ? 'error' : expected;
}

test('a template reaches own keys of data only, and is told when it cannot be filled in', () => {
  const run = (template: string, v: unknown) =>
    mapItem(
      { v },
      compileFields([
        { source: 'v', target: 'o', transform: { name: 'template', params: { template } } },
      ]).fields,
    ).o;
  assert.equal(run('{value[a][1]:>4}|{value[a][0]:+.1f}', { a: [1.25, 'x'] }), '   x|+1.3');
  for (const template of [
    '{constructor}',
    '{value[constructor]}',
    '{value.length}',
    '{value!x}',
    '}',
  ]) {
    assert.throws(() => run(template, {}), { category: 'MAPPING' }, template);
  }
});
