import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lineDiff } from '../../../nodes/webhooks-sidebar/editor/line-diff';

const SIGN = { same: ' ', added: '+', removed: '-' } as const;
const drawn = (before: string, after: string): string =>
  lineDiff(before, after)
    .map(({ kind, text }) => SIGN[kind] + text)
    .join('|');

test('what stays, what goes, what comes', () => {
  assert.equal(drawn('a\nb\nc', 'a\nB\nc'), ' a|-b|+B| c');
  assert.equal(drawn('a\nb\nc\nd', 'b\nx\nd'), '-a| b|-c|+x| d');
  assert.equal(drawn('a', 'a'), ' a');
  assert.equal(drawn('', 'a'), '-|+a');
});

test('from the lines both texts can be put together again', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const lines = lineDiff(a.join('\n'), b.join('\n'));
      const without = (kind: string): string[] =>
        lines.filter((line) => line.kind !== kind).map((line) => line.text);
      assert.deepEqual([without('added'), without('removed')], [a, b]);
    }),
  );
});

test('long texts take no time', () => {
  const long = (word: string): string =>
    Array.from({ length: 20_000 }, (_, n) => `${word}${n}`).join('\n');
  assert.equal(lineDiff(long('a'), long('b')).length, 40_000);
});
