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

/** JSON data whose keys are hostile as often as not. */
const { items } = fc.letrec<{ items: unknown }>((tie) => ({
  items: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null)),
    fc.array(tie('items'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('items')), { maxLength: 4 }).map(Object.fromEntries),
  ),
}));

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

/** Each place of an item: its value, and the path that leads there. */
function* places(value: unknown, path = ''): Generator<{ path: string; value: unknown }> {
  yield { path, value };
  if (Array.isArray(value)) {
    for (const [at, each] of value.entries()) yield* places(each, `${path}[${at}]`);
  } else if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) {
      if (key === '' || /[.[]/.test(key)) continue;
      yield* places((value as Record<string, unknown>)[key], path === '' ? key : `${path}.${key}`);
    }
  }
}

test('each place of an item is read by its path, whatever its keys are called', () => {
  fc.assert(
    fc.property(items, (item) => {
      for (const { path, value } of places(item)) {
        assert.equal(readPath(item, parseReadPath(path)), value);
      }
    }),
    { numRuns: 500 },
  );
});

test('any text is a path: it never throws, and reads nothing but what the item itself holds', () => {
  const steps = fc.oneof(hostileKey, fc.constantFrom('a', '[0]', '[', ']', '.', '[x]', '[-1]'));
  const texts = fc.oneof(
    fc.array(steps).map((parts) => parts.join('')),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, items, (path, item) => {
      const value = readPath(item, parseReadPath(path));
      const held = [...places(item)].some((place) => place.value === value);
      assert.ok(value === null || held, `\`${path}\` leads out of the item`);
    }),
    { numRuns: 1000 },
  );
});

test('several writes: each is read again, unless a later one went over it', () => {
  const before = prototypeKeys();
  const few = fc.constantFrom('a', 'b', '__proto__', 'constructor', 'toString');
  const writes = fc.array(
    fc.record({ keys: fc.array(few, { minLength: 1, maxLength: 3 }), value: fc.integer() }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(writes, (list) => {
      const target = {};
      const written = new Map<string, number>();
      for (const { keys, value } of list) {
        const path = keys.join('.');
        const blocked = keys.some((_, at) => at > 0 && written.has(keys.slice(0, at).join('.')));
        const write = (): void => writePath(target, parseWritePath(path), value);
        if (blocked) {
          assert.throws(write, /cannot be written/);
          continue;
        }
        write();
        for (const other of written.keys()) if (other.startsWith(`${path}.`)) written.delete(other);
        written.set(path, value);
      }
      for (const [path, value] of written) {
        assert.equal(readPath(target, parseReadPath(path)), value);
      }
      assert.equal(Object.getPrototypeOf(target), Object.prototype);
      assert.equal(prototypeKeys(), before);
    }),
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
