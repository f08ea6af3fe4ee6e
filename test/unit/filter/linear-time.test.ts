import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import type { Node, NodeAPI } from 'node-red';
import { expressionEngine } from '../../../nodes/shared/runtime/expression-engine';
import { compileRules, type Filter } from '../../../src/filter/compile';
import { compileEcmaRegex } from '../../../src/shared/ecma-regex';
import { MAX_INPUT } from '../../../src/filter/expression';
import { compileJsonSchema } from '../../../src/filter/json-schema';
import { countReads } from '../../support/counted-reads';
import { nodeRedUtil } from '../../support/node-red-util';

const MEGABYTE = 1_000_000;

/**
 * Patterns that stall a backtracking engine, and the text with which they do. They end in a choice of
 * characters: the engine looks for a character that must be there before it reads anything.
 */
const HOSTILE: readonly (readonly [string, (length: number) => string])[] = [
  ['^(a+)+$', (length) => `${'a'.repeat(length)}!`],
  ['^(a|a)*$', (length) => `${'a'.repeat(length)}!`],
  ['^(a|aa)+$', (length) => `${'a'.repeat(length)}!`],
  ['^(.*a){12}[bc]', (length) => 'a'.repeat(length)],
  ['^(x+x+)+[yz]', (length) => 'x'.repeat(length)],
  ['^(a?){30}a{30}[bc]', (length) => 'a'.repeat(length)],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', (length) => 'a'.repeat(length)],
  ['^([a-zA-Z0-9._-]+)+@[a-z]+$', (length) => `${'a'.repeat(length)}@`],
  ['^\\s+|\\s+$', (length) => `x${' '.repeat(length)}x`],
  ['^(\\d+)*[-+]$', (length) => '1'.repeat(length)],
  ['.*(?<=a)(b|b)*[cd]', (length) => `a${'b'.repeat(length)}`],
  ['^(.*?,){11}[PQ]', (length) => '1,'.repeat(length / 2)],
];

/**
 * Work is linear if twice the data takes no more than about twice the reads: a quadratic matcher
 * would need four times as many. And no more than a few reads for each character, or a matcher that
 * is not counted - JavaScript's own - would pass.
 */
function assertLinear(test: (length: number) => void): void {
  const [once, twice] = [MEGABYTE / 2, MEGABYTE].map((length) =>
    countReads(() => test(length)),
  ) as [number, number];
  assert.ok(once >= MEGABYTE / 4, `${once} reads: the matcher was not counted`);
  assert.ok(twice <= once * 2.2, `${once} reads, and ${twice} for twice the text`);
  assert.ok(twice <= MEGABYTE * 8, `${twice} reads for 1 MB`);
}

function filterOf(op: string, value: unknown, valueType: string): Filter {
  const condition = { on: 'payload', key: '', op, value, valueType };
  const engine = expressionEngine(
    { util: nodeRedUtil(5) } as unknown as NodeAPI,
    new EventEmitter() as Node,
  );
  const compiled = compileRules([{ conditions: [condition] }], 'first', engine);
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.problem);
  return compiled.filter;
}

describe('a pattern reads a text of 1 MB once, whatever the pattern', () => {
  for (const [pattern, textOf] of HOSTILE) {
    for (const op of ['regex', 'search']) {
      test(`${op} ${pattern}`, () => {
        const filter = filterOf(op, pattern, 'str');
        assertLinear((length) => void filter.match({ payload: textOf(length) }));
      });
    }
    test(`in a JSON Schema: ${pattern}`, () => {
      const check = compileJsonSchema({ pattern });
      assertLinear((length) => void check(textOf(length)));
    });
  }

  test('in the names of a JSON Schema', () => {
    const check = compileJsonSchema({ patternProperties: { '^(a+)+$': false } });
    assertLinear((length) => void check({ [`${'a'.repeat(length)}!`]: 1 }));
  });

  test('a glob of many stars', () => {
    const filter = filterOf('glob', '*a*a*a*a*a*a*a?b', 'str');
    assertLinear((length) => void filter.match({ payload: `b${'a'.repeat(length)}` }));
  });
});

test('reported: a matcher that looks at the text again and again', () => {
  const quadratic = (length: number): void => {
    const text = 'a'.repeat(Math.sqrt(length) * 4);
    for (let from = 0; from < text.length; from += 1)
      for (let at = from; at < text.length; at += 1) text.charCodeAt(at);
  };
  assert.throws(() => assertLinear((length) => quadratic(length ** 2 / 1e6)), /for twice the text/);
  assert.throws(() => assertLinear((length) => /^(a+)!$/.test('a'.repeat(length))), /not counted/);
});

describe('in JSONata', () => {
  for (const [pattern, textOf] of HOSTILE) {
    test(`the largest text: ${pattern}`, async () => {
      const filter = filterOf('jsonata', `$contains($, /${pattern}/)`, 'str');
      const payload = textOf(MAX_INPUT - 100);
      // The engine that is counted above, and no other: JavaScript's would need years.
      const result = await filter.match({ payload });
      assert.equal(result.matched.length, compileEcmaRegex(pattern).test(payload) ? 1 : 0);
    });
  }
});

describe('other work on data that strangers sent', () => {
  test('unique items are compared once each, not each with each', () => {
    const check = compileJsonSchema({ uniqueItems: true });
    const readsFor = (count: number): number => {
      let reads = 0;
      const items = Array.from({ length: count }, (_, at) => ({
        get id() {
          reads += 1;
          return at;
        },
      }));
      assert.equal(check(items), null);
      return reads;
    };
    assert.deepEqual([readsFor(10_000), readsFor(20_000)], [10_000, 20_000]);
  });

  test('a list is searched once', () => {
    const filter = filterOf('contains', '{"id":-1}', 'json');
    let reads = 0;
    const item = {
      get id() {
        reads += 1;
        return 1;
      },
    };
    void filter.match({ payload: Array.from({ length: 10_000 }, () => item) });
    assert.equal(reads, 10_000);
  });

  test('deep data costs no more than the depth of what is expected', () => {
    const payload = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
    for (const [op, value, type] of [
      ['eq', '[[1]]', 'json'],
      ['in', '[[[1]]]', 'json'],
      ['contains', '[1]', 'json'],
      ['type', 'object', 'str'],
    ] as const) {
      assert.deepEqual((filterOf(op, value, type).match({ payload }) as any).matched, []);
    }
  });
});
