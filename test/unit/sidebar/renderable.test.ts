import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderable } from '../../../nodes/webhooks-sidebar/editor/renderable';

const MARK = '\u200b';
const shown = (value: unknown): any => renderable(value, (left) => `${left} more`);

test('what is not hostile stays as it is', () => {
  const value = { a: [1, 'two', null, true], type: 'push', nested: { b: {} }, '': '#nocolor' };
  assert.deepEqual(shown(value), value);
  assert.deepEqual(shown({ data: 1 }), { data: 1 });
  assert.equal(shown('text'), 'text');
});

test('names that the renderer takes for its own are names no more', () => {
  const buffer = shown({ type: 'Buffer', data: { length: 1e9 } });
  assert.equal(Object.hasOwn(buffer, 'data'), false);
  const encoded = shown(JSON.parse('{"__enc__":true,"type":"set","data":[1],"length":1e9}'));
  assert.deepEqual(
    [Object.hasOwn(encoded, '__enc__'), Object.hasOwn(encoded, 'data')],
    [false, false],
  );
  assert.equal(typeof shown({ hasOwnProperty: 1 }).hasOwnProperty, 'function');
  assert.equal(shown('#ff0000'), `#ff0000${MARK}`);
});

test('a key `__proto__` is data', () => {
  const value = shown(JSON.parse('{"__proto__":{"polluted":1}}'));
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.deepEqual(Object.keys(value), ['__proto__']);
});

test('long lists, wide objects and deep nesting are cut', () => {
  const list = shown(Array.from({ length: 700 }, (_, n) => n));
  assert.deepEqual([list.length, list.at(-1)], [501, '200 more']);
  const wide = shown(Object.fromEntries(Array.from({ length: 700 }, (_, n) => [`k${n}`, n])));
  assert.deepEqual([Object.keys(wide).length, wide['…']], [501, '200 more']);
  const deep = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)) as unknown;
  assert.equal(JSON.stringify(shown(deep)).length, '['.repeat(100).length * 2 + '"…"'.length);
});
