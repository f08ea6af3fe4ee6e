import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_FIELDS, previewMapping } from '../../../src/sync/mapping/preview-mapping';

const FIELDS = [{ source: 'n', target: 'number', transform: 'to_int' }];

test('the first items of a sample are shown as they would be sent, or why they cannot be', () => {
  const sample = [{ n: '1' }, { n: 'x' }, 5, { n: '4' }, { n: '5' }];
  assert.deepEqual(previewMapping(FIELDS, sample), {
    problems: [],
    items: [
      { source: { n: '1' }, mapped: { number: 1 } },
      {
        source: { n: 'x' },
        problem: 'Field 1 (`number`): to_int: expected a number, got a text that is none',
      },
      { source: { value: 5 }, mapped: {} },
    ],
    more: 2,
  });
  assert.deepEqual(previewMapping([{ source: '[0]', target: 'a' }], [['x']]).items, [
    { source: ['x'], mapped: { a: 'x' } },
  ]);
  assert.deepEqual(previewMapping([], { a: 1 }).items, [{ source: { a: 1 }, mapped: { a: 1 } }]);
});

test('fields with problems map nothing, and neither do more than a person can look at', () => {
  const unknown = previewMapping([{ source: 'a', target: 'b', transform: 'trim' }], [1, 2, 3, 4]);
  assert.deepEqual([unknown.items, unknown.more], [[], 0]);
  assert.match(unknown.problems.join(), /^Field 1: the transformer must be one of/);
  const many = Array.from({ length: MOST_FIELDS + 1 }, () => FIELDS[0]);
  const refused = previewMapping(many, [1, 2, 3, 4]);
  assert.match(refused.problems.join(), /more than 200 fields/);
  assert.deepEqual([refused.items, refused.more], [[], 0]);
  assert.deepEqual(previewMapping(many.slice(1), { n: 1 }).items[0]?.mapped, { number: 1 });
});

test('an item that becomes too large is not shown', () => {
  const fields = [0, 1].map((at) => ({ source: 'text', target: `t${at}` }));
  const { items } = previewMapping(fields, { text: 'x'.repeat(60_000) });
  assert.match(items[0]?.problem ?? '', /too large/);
  // {"t0":"...","t1":"..."} has 17 characters besides the texts.
  const longest = { text: 'x'.repeat((100_000 - 17 - 1) / 2) };
  assert.equal(previewMapping(fields, longest).items[0]?.problem, undefined);
});
