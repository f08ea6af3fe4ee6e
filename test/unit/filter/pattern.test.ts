import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileGlobs, compileRegex } from '../../../src/filter/pattern';
import { translatePattern } from '../../../src/filter/python-regex';

type Recorded = readonly [string, readonly number[] | null, readonly number[] | null];

const recorded = JSON.parse(readFileSync('test/fixtures/filter/python-re.json', 'utf8')) as {
  readonly subjects: readonly string[];
  readonly patterns: readonly Recorded[];
};

function matching(test: (text: string) => boolean): readonly string[] {
  return recorded.subjects.filter(test);
}

const subjectsAt = (indexes: readonly number[]): readonly string[] =>
  indexes.map((index) => recorded.subjects[index] ?? '');

describe("a regular expression matches what Python's does", () => {
  for (const [pattern, atStart, anywhere] of recorded.patterns) {
    test(JSON.stringify(pattern), () => {
      if (atStart === null || anywhere === null) {
        const translation = translatePattern(pattern);
        assert.ok(!translation.ok);
        assert.equal(translation.kind, 'invalid');
        return;
      }
      assert.deepEqual(matching(compileRegex(pattern, 'start')), subjectsAt(atStart));
      assert.deepEqual(matching(compileRegex(pattern, 'anywhere')), subjectsAt(anywhere));
    });
  }
});

describe('a pattern that only a backtracking engine can match', () => {
  const refused = [
    ['look-ahead', '(?!internal)', /look-ahead/],
    ['a back-reference', '(a)\\1', /back-reference `\\1`/],
    ['a back-reference by name', '(?P<n>a)(?P=n)', /back-reference by name/],
    ['an atomic group', '(?>a+)b', /atomic/],
    ['a possessive repeat', 'a*+b', /possessive/],
    ['a conditional', '(a)?(?(1)b|c)', /conditional/],
    ['a repeat beyond the engine', 'a{1001}', /1000/],
    ['repeats that multiply beyond the engine', '(?:a{1000}){1000}', /linear time/],
    ['`$` before something', 'a$\\n', /`\$` with something after it/],
    ['a negated set of non-words', '[^\\W]', /`\\W` within/],
    ['a word boundary beside other letters', '\\bü', /`\\b`/],
    ['a character by name', '\\N{BULLET}', /Unicode name/],
    ['nesting without end', '('.repeat(100_000), /nested too deep/],
  ] as const;
  for (const [construct, pattern, words] of refused) {
    test(`is refused with words: ${construct}`, () => {
      assert.throws(() => compileRegex(pattern, 'start'), { message: words });
    });
  }
});

describe('word boundaries', () => {
  test('know ASCII letters', () => {
    const matches = compileRegex('\\bpush\\b', 'anywhere');
    assert.deepEqual(['a push!', 'pushed', 'repush', 'push'].filter(matches), ['a push!', 'push']);
  });
});

describe('a glob', () => {
  const table = [
    ['/hooks/*', ['/hooks/', '/hooks/a/b', '/hooks/\n'], ['/hooks', 'x/hooks/a']],
    ['/v?', ['/v1', '/v/', '/v😀'], ['/v', '/v12']],
    ['/a.b+(c)|[d]{2}^$\\', ['/a.b+(c)|[d]{2}^$\\'], ['/axb+(c)|[d]{2}^$\\', '/a']],
    ['*', ['', 'x', '\n'], []],
    ['', [''], ['x']],
    ['/x', ['/x'], ['/x\n', '/X']],
  ] as const;
  for (const [glob, yes, no] of table) {
    test(JSON.stringify(glob), () => {
      const matches = compileGlobs([glob]);
      for (const text of yes) assert.equal(matches(text), true, text);
      for (const text of no) assert.equal(matches(text), false, text);
    });
  }

  test('of several, one has to match', () => {
    const matches = compileGlobs(['/a/*', '/b']);
    assert.deepEqual(['/a/1', '/b', '/c', '/b/1'].filter(matches), ['/a/1', '/b']);
  });

  const piece = fc.string({
    unit: fc.constantFrom('a', 'b', '/', '.', '*', '?', '\n', 'é', '😀', '['),
  });
  test('agrees with a plain recursive definition', () => {
    fc.assert(
      fc.property(piece, piece, (glob, text) => {
        assert.equal(
          compileGlobs([glob])(text),
          globByDefinition(Array.from(glob), Array.from(text)),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

function globByDefinition(glob: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = glob;
  if (first === undefined) return text.length === 0;
  if (first === '*') {
    return (
      text.some((_, index) => globByDefinition(rest, text.slice(index))) ||
      globByDefinition(rest, [])
    );
  }
  return (
    text.length > 0 && (first === '?' || first === text[0]) && globByDefinition(rest, text.slice(1))
  );
}

test('any text is a valid pattern, or refused with words; never a crash', () => {
  const piece = fc.constantFrom(
    ...[
      'a',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '*',
      '+',
      '?',
      '|',
      '^',
      '$',
      '\\',
      '.',
      '-',
      ',',
      '1',
      '?:',
      '?P<n>',
      '\\d',
      '\\W',
      '\\b',
      '(?i)',
      '?<=',
      '😀',
      '\ud800',
    ],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const pattern = pieces.join('');
      try {
        compileRegex(pattern, 'anywhere')('a1 {}');
      } catch (thrown) {
        assert.ok(thrown instanceof Error);
        assert.match(thrown.message, /regular expression|linear time/);
      }
    }),
    { numRuns: 5000 },
  );
});
