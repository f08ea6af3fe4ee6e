import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { copyData, mergeData } from '../../../src/sync/mapping/own-keys';
import { parseReadPath, parseWritePath, readPath, writePath } from '../../../src/sync/mapping/path';

const hostileKey = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'length');
/** A key that the reading path can express: no dot, no bracket, not empty. */
const key = fc.oneof(
  hostileKey,
  fc.string({ minLength: 1 }).filter((text) => !/[.[]/.test(text)),
);

function prototypeKeys(): string {
  return [Object.prototype, Array.prototype, Function.prototype]
    .map((prototype) => Reflect.ownKeys(prototype).map(String).join())
    .join(';');
}

test('what is written at a path is read there, and no prototype is touched', () => {
  const before = prototypeKeys();
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 5 }), fc.jsonValue(), (keys, value) => {
      const path = keys.join('.');
      const target = {};
      writePath(target, parseWritePath(path), value);
      assert.deepEqual(readPath(target, parseReadPath(path)), value);
      assert.equal(Object.getPrototypeOf(target), Object.prototype);
      assert.equal(prototypeKeys(), before);
    }),
    { numRuns: 1000 },
  );
});

test('any text is a path: reading never throws and never leaves own keys', () => {
  const steps = fc.oneof(hostileKey, fc.constantFrom('a', '[0]', '[', ']', '.', '[x]', '[-1]'));
  fc.assert(
    fc.property(
      fc.array(steps).map((parts) => parts.join('')),
      fc.jsonValue(),
      (path, item) => {
        const value = readPath(item, parseReadPath(path));
        assert.notEqual(typeof value, 'function');
        assert.notEqual(value, Object.prototype);
      },
    ),
    { numRuns: 1000 },
  );
});

test('refuses to write through what is no object', () => {
  assert.throws(() => writePath({ a: [1] }, parseWritePath('a.b'), 1), /`a` is no object/);
  assert.throws(() => writePath({ a: null }, parseWritePath('a.b.c'), 1), /`a` is no object/);
});

test('a copy is equal and shares nothing, `__proto__` included', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      const copy = copyData(value);
      assert.equal(JSON.stringify(copy), text);
      if (typeof value === 'object' && value !== null) assert.notEqual(copy, value);
    }),
  );
  const hostile: unknown = JSON.parse('{"__proto__":{"polluted":1}}');
  assert.equal(JSON.stringify(copyData(hostile)), '{"__proto__":{"polluted":1}}');
});

test('merging lays objects over each other, and the upper one wins', () => {
  const base = { by: 'us', meta: { x: 1, y: 1 }, list: [1] };
  const merged = mergeData(base, { meta: { y: 2 }, list: [2], __proto__: null });
  assert.deepEqual(merged, { by: 'us', meta: { x: 1, y: 2 }, list: [2] });
  assert.deepEqual(base, { by: 'us', meta: { x: 1, y: 1 }, list: [1] });
  const hostile = mergeData({}, JSON.parse('{"__proto__":{"polluted":1}}'));
  assert.equal(({} as { polluted?: number }).polluted, undefined);
  assert.equal(Object.getPrototypeOf(hostile), Object.prototype);
});
