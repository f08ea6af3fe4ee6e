import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { rulesFromApiLinker } from '../../../src/filter/apilinker';
import { compileRules, type CompiledRules } from '../../../src/filter/compile';

interface GoldenCase {
  readonly id: string;
  readonly filter: Record<string, unknown>;
  readonly event: {
    readonly endpoint_path?: string;
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly payload?: unknown;
  };
  readonly expected: boolean | { readonly error: true };
  readonly secure?: boolean | { readonly error: true };
}

const golden = JSON.parse(readFileSync('test/fixtures/filter/apilinker-filters.json', 'utf8')) as {
  readonly count: number;
  readonly cases: readonly GoldenCase[];
};

/** Patterns that can't be matched in linear time, and the words with which they are refused. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'header-missing-empty-match-04': /look-ahead/,
  'regex-dialect-header-46': /look-ahead/,
  'regex-dialect-header-11': /back-reference by name/,
  'regex-dialect-header-51': /back-reference/,
  'regex-dialect-header-16': /possessive/,
  'regex-dialect-payload-16': /possessive/,
  'regex-dialect-header-17': /atomic group/,
  'regex-dialect-header-18': /conditional group/,
  // The engine's word boundary knows ASCII letters only.
  'regex-dialect-header-27': /beside letters that are not ASCII/,
};

function compile(filter: Record<string, unknown>): CompiledRules {
  const imported = rulesFromApiLinker(filter);
  return imported.ok ? compileRules(imported.rules, 'first') : imported;
}

describe("APILinker's recorded filter decisions", () => {
  for (const { id, filter, event, ...rest } of golden.cases) {
    const answer = rest.secure ?? rest.expected;
    const refusal = REFUSED[id];
    if (refusal !== undefined) {
      test(`${id} is refused when it is compiled`, () => {
        const compiled = compile(filter);
        assert.ok(!compiled.ok);
        assert.match(compiled.problem, refusal);
        assert.match(compiled.problem, /Rule 1 \(rule 1\), condition 1/);
      });
      continue;
    }
    test(`${id} is ${JSON.stringify(answer)}`, async () => {
      const compiled = compile(filter);
      if (typeof answer !== 'boolean') return assert.equal(compiled.ok, false);
      assert.ok(compiled.ok, compiled.ok ? '' : compiled.problem);
      const { matched } = await compiled.filter.match({
        path: event.endpoint_path ?? '/hooks/x',
        method: event.method ?? 'POST',
        headers: event.headers ?? {},
        payload: 'payload' in event ? event.payload : {},
      });
      return assert.equal(matched.length === 1, answer);
    });
  }
});

test('reads all recorded cases, and counts them', (t) => {
  const { cases } = golden;
  const refused = cases.filter(({ id }) => id in REFUSED).length;
  const secure = cases.filter((one) => one.secure !== undefined).length;
  const counts = `${cases.length} cases, ${secure} with a secure answer, ${refused} refused`;
  t.diagnostic(counts);
  assert.equal(counts, '218 cases, 218 with a secure answer, 9 refused');
});

describe('rules from an APILinker filter', () => {
  test('are one rule that says the same', () => {
    const imported = rulesFromApiLinker(
      {
        endpoint_paths: ['/hooks/*', '/in'],
        methods: ['post'],
        header_patterns: { 'X-Event': 'push|pull' },
        payload_patterns: { 'items.0.id': 5, 'odd[0].x': '[', done: true, tags: ['a'] },
      },
      'orders',
    );
    assert.deepEqual(imported, {
      ok: true,
      rules: [
        {
          name: 'orders',
          match: 'all',
          conditions: [
            { on: 'path', key: '', op: 'glob', value: '["/hooks/*","/in"]', valueType: 'json' },
            { on: 'method', key: '', op: 'in', value: '["post"]', valueType: 'json' },
            { on: 'header', key: 'x-event', op: 'regex', value: 'push|pull', valueType: 'str' },
            { on: 'payload', key: 'items.0.id', op: 'eq', value: '5', valueType: 'num' },
            { on: 'payload', key: '["odd[0]"].x', op: 'eq', value: '[', valueType: 'str' },
            { on: 'payload', key: 'done', op: 'eq', value: 'true', valueType: 'bool' },
            { on: 'payload', key: 'tags', op: 'eq', value: '["a"]', valueType: 'json' },
          ],
        },
      ],
    });
  });

  const broken = [
    ['list of texts', { endpoint_paths: '/x' }, /endpoint_paths/],
    ['list of texts', { methods: [1] }, /methods/],
    ['mapping', { header_patterns: [] }, /header_patterns/],
    ['mapping', { payload_patterns: 'x' }, /payload_patterns/],
    ['object', null, /object/],
  ] as const;
  for (const [what, filter, words] of broken) {
    test(`refuses ${JSON.stringify(filter)}: not a ${what}`, () => {
      const imported = rulesFromApiLinker(filter);
      assert.ok(!imported.ok);
      assert.match(imported.problem, words);
    });
  }
});
