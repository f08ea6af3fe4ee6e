import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatPath, parsePath, readPath } from '../../../src/filter/property-path';

const at = (root: unknown, path: string): unknown => readPath(root, parsePath(path)!);

describe('a path', () => {
  const data = {
    repository: { name: 'demo' },
    items: [{ id: 1 }, { id: 2, tags: ['x', 'y'] }],
    'dotted.key': { 'a"b': 3 },
    nothing: null,
    0: 'zero',
  };
  const table = [
    ['repository.name', 'demo'],
    ['items.1.id', 2],
    ['items[1].id', 2],
    ['items[1].tags[0]', 'x'],
    ['items.01.id', 2],
    ['items[١].id', 2],
    ['["dotted.key"]["a\\"b"]', 3],
    ['[0]', 'zero'],
    ['0', 'zero'],
    ['nothing', null],
    ['nothing.x', undefined],
    ['missing', undefined],
    ['items.2', undefined],
    ['items.-1', undefined],
    ['items.x', undefined],
    ['repository.name.0', undefined],
    ['', data],
  ] as const;
  for (const [path, value] of table) {
    test(`${JSON.stringify(path)} gives ${JSON.stringify(value)?.slice(0, 20)}`, () => {
      assert.deepEqual(at(data, path), value);
    });
  }

  for (const broken of [
    '.a',
    'a.',
    'a..b',
    'a[',
    'a[]',
    'a[x]',
    'a]',
    'a[0]b',
    'a.[0]',
    'a"b',
    '["\\x"]',
  ]) {
    test(`${broken} is none`, () => assert.equal(parsePath(broken), undefined));
  }
});

describe('what a prototype holds is invisible', () => {
  const hostile = JSON.parse('{"__proto__":{"admin":true},"list":[1],"text":"abc"}') as unknown;
  for (const path of [
    'constructor',
    'constructor.name',
    'toString',
    'list.length',
    'text.length',
    'text.0',
    'list.map',
    '__proto__.toString',
    'hasOwnProperty',
  ]) {
    test(path, () => assert.equal(at(hostile, path), undefined));
  }

  test('a key that is called __proto__ is a key', () => {
    assert.equal(at(hostile, '__proto__.admin'), true);
    assert.equal(at({}, '__proto__'), undefined);
  });
});

test('every list of keys has a path that reads it back', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (segments) => {
      assert.deepEqual(parsePath(formatPath(segments)), segments);
    }),
    { numRuns: 2000 },
  );
});

test('every value in a document is found under its own keys', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), fc.jsonValue(), (keys, leaf) => {
      const root = keys.reduceRight<unknown>(
        (inner, key) => Object.fromEntries([[key, inner]]),
        leaf,
      );
      assert.deepEqual(at(root, formatPath(keys)), leaf);
    }),
    { numRuns: 1000 },
  );
});

test('any text is a path or is none; reading never throws', () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), (text, root) => {
      const path = parsePath(text);
      if (path !== undefined) readPath(root, path);
    }),
    { numRuns: 2000 },
  );
});
