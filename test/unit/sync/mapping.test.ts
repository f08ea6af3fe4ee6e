import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compileFields } from '../../../src/sync/mapping/fields';
import { mapData, mapItem } from '../../../src/sync/mapping/map-item';
import { SyncError } from '../../../src/sync/sync-error';
import { runGolden } from '../../support/run-golden';

interface Case {
  id: string;
  group: string;
  item: unknown;
  fields: unknown;
  expected: unknown;
  js_expected?: unknown;
  recommended?: unknown;
}

/** Where we deliberately answer neither as the reference does nor as its `recommended` says. */
const DEVIATIONS: Record<string, { reason: string; expected: unknown }> = {
  'path-superscript-index-01': { reason: 'an index that is no number is missing', expected: {} },
  'chain-nulls-05': {
    reason: 'timestamp 0 is the epoch, as `recommended` says for the transformer alone',
    expected: { o: '1970-01-01T00:00:00' },
  },
};

/** Groups where we report an error at deploy and the reference goes on with something else. */
const ERRORS_INSTEAD: Record<string, string> = {
  'cond-no-field': 'a condition without a field would let everything through',
  'dict-unknown': 'an unknown transformer would silently change nothing',
  'transform-unknown': 'an unknown transformer would silently change nothing',
  'transform-unknown-in-chain': 'an unknown transformer would silently change nothing',
  'transform-bad-type': 'a transformer that is no name would silently change nothing',
};

const { cases } = JSON.parse(readFileSync('test/fixtures/sync/mapping.json', 'utf8')) as {
  cases: Case[];
};

function outcome(item: unknown, fields: unknown): unknown {
  const compiled = compileFields(fields);
  if (compiled.problems.length > 0) return 'error';
  try {
    return mapItem(item, compiled.fields);
  } catch (thrown) {
    assert.ok(thrown instanceof SyncError, String(thrown));
    assert.equal(thrown.category, 'MAPPING');
    return 'error';
  }
}

function expectation(golden: Case): unknown {
  if (golden.group in ERRORS_INSTEAD) return 'error';
  const own = DEVIATIONS[golden.id];
  if (own !== undefined) return own.expected;
  const expected = golden.recommended ?? golden.js_expected ?? golden.expected;
  const isError = (expected as { error?: boolean }).error === true;
  return isError ? 'error' : expected;
}

test('maps as the reference does', async (t) => {
  assert.equal(cases.length, 512);
  await runGolden(t, cases, (golden) => {
    const before = JSON.stringify(golden.item);
    const actual = outcome(golden.item, golden.fields);
    assert.equal(asText(actual), asText(expectation(golden)), JSON.stringify(golden.fields));
    assert.equal(JSON.stringify(golden.item), before, 'the source item is left as it was');
  });
});

/** As JSON, so that `__proto__` counts as the ordinary key that it is, and the order of keys too. */
function asText(value: unknown): string {
  return JSON.stringify(value);
}

interface DataCase {
  id: string;
  group: string;
  mappings: { source: string; target: string; fields: unknown }[];
  source_endpoint: string;
  target_endpoint: string;
  data: unknown;
  expected: unknown;
}

test('maps lists item by item, and one bad item ends it', async (t) => {
  const golden = JSON.parse(readFileSync('test/fixtures/sync/mapdata.json', 'utf8')) as {
    cases: DataCase[];
  };
  assert.equal(golden.cases.length, 10);
  for (const each of golden.cases) {
    // A sync has one list of fields: it looks none up, so none can be missing.
    if (each.group === 'no-mapping') continue;
    await t.test(each.id, () => {
      const { fields } = each.mappings.find(
        ({ source, target }) => source === each.source_endpoint && target === each.target_endpoint,
      )!;
      const compiled = compileFields(fields);
      if ((each.expected as { error?: boolean }).error === true) {
        if (compiled.problems.length > 0) return;
        assert.throws(() => mapData(each.data, compiled.fields), { category: 'MAPPING' });
      } else {
        assert.deepEqual(compiled.problems, []);
        assert.deepEqual(mapData(each.data, compiled.fields), each.expected);
      }
    });
  }
});

test('names what is wrong with a field, in words', () => {
  const problems = (field: unknown) => compileFields([field]).problems.join();
  assert.match(problems({ source: 'a', target: 'b', transform: 'trim' }), /one of lowercase, /);
  assert.match(problems({ source: 'a', target: 'b', transform: ['strip', 'x'] }), /one of lower/);
  assert.match(problems({ target: 'b' }), /Field 1: `source` is missing/);
  assert.match(problems({ source: 'a' }), /Field 1: `target` is missing/);
  assert.match(
    problems({ source: 'a', target: 'b', condition: { field: 'x', operator: 'like' } }),
    /operator must be one of eq, ne, gt, lt, in,/,
  );
  assert.match(
    problems({ source: 'a', target: 'b', condition: { field: 'x', operator: 'in', value: 'y' } }),
    /`in` needs a list/,
  );
  assert.match(problems('x'), /must be an object/);
  assert.deepEqual(compileFields({}).problems, ['The fields must be a list.']);
});

test('an error names the field and the kind of value, never the value', () => {
  const { fields } = compileFields([{ source: 'v', target: 'age', transform: 'to_int' }]);
  assert.throws(() => mapItem({ v: 'hunter2' }, fields), {
    message: 'Field 1 (`age`): to_int: expected a number, got a text that is none',
    category: 'MAPPING',
    permanent: true,
  });
  assert.throws(() => mapData([{ v: '1' }, { v: [1] }], fields), { message: /^Item 1: Field 1/ });
});

test('reads JSON from texts and writes it', () => {
  const run = (transform: string, v: unknown) =>
    mapItem({ v }, compileFields([{ source: 'v', target: 'o', transform }]).fields).o;
  assert.deepEqual(run('json_parse', '{"a":[1]}'), { a: [1] });
  assert.throws(() => run('json_parse', '{'), { category: 'MAPPING' });
  assert.throws(() => run('json_parse', 5), { category: 'MAPPING' });
  assert.equal(run('json_stringify', { a: [1] }), '{"a":[1]}');
});
