import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readYaml } from '../../../nodes/apilinker-sync/editor/read-yaml';
import { runGolden } from '../../support/run-golden';

interface Golden {
  id: string;
  group: string;
  yaml: string;
  expected: unknown;
}

/** Where we read something else than PyYAML. */
const DEVIATIONS: Record<string, { reason: string; expected: unknown }> = {
  'structure-09': {
    reason: 'keys that are no texts mean nothing to a configuration; JSON has their texts',
    expected: { '1': 'a', true: 'b', null: 'c' },
  },
};

const { cases } = JSON.parse(readFileSync('test/fixtures/sync/yaml.json', 'utf8')) as {
  cases: Golden[];
};

test('reads YAML 1.1 as PyYAML does', async (t) => {
  assert.equal(cases.length, 44);
  await runGolden(t, cases, (golden) => {
    check(golden);
  });
});

function check({ id, yaml, expected }: Golden): void {
  if ((expected as { error?: boolean } | null)?.error === true) {
    assert.throws(() => readYaml(yaml), /^YamlProblem: \S.{5,150}$/);
    return;
  }
  const own = DEVIATIONS[id]?.expected ?? untagged(expected, yaml);
  assert.deepEqual(readYaml(yaml), own, yaml);
}

/** A time stays the text as it is written: APILinker sends Python's form of it, with a blank. */
function untagged(value: unknown, yaml: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if ('$float' in value) return Number(value.$float);
  if ('$date' in value || '$datetime' in value) return yaml.replace(/^v: /, '').trim();
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, untagged(each, yaml)]),
  );
}

test('a key that every object has is data, and references are not followed for ever', () => {
  const read = readYaml('__proto__: {a: 1}\nconstructor: 2\n') as object;
  assert.deepEqual(Object.keys(read), ['__proto__', 'constructor']);
  assert.equal(Object.getPrototypeOf(read), Object.prototype);
  assert.throws(() => readYaml('a: &x\n  b: *x\n'), Error);
  const bomb = ['l0: &l0 [1, 1, 1, 1, 1, 1, 1, 1, 1]'];
  for (let level = 1; level < 9; level++) {
    bomb.push(
      `l${level}: &l${level} [${Array(9)
        .fill(`*l${level - 1}`)
        .join(', ')}]`,
    );
  }
  assert.throws(() => readYaml(bomb.join('\n')), /alias/i);
});
