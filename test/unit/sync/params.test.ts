import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillParams } from '../../../src/sync/params';

const message = { payload: { id: 7, tags: ['a', 'b'], none: null, name: 'x y' }, topic: 't' };

function fill(value: string): unknown {
  return fillParams([{ name: 'p', value }], message).p;
}

test('a template alone keeps the type of the value, within a text it is text', () => {
  assert.equal(fill('{{payload.id}}'), 7);
  assert.deepEqual(fill('{{ payload.tags }}'), ['a', 'b']);
  assert.equal(fill('nr-{{payload.id}}-{{topic}}'), 'nr-7-t');
  assert.equal(fill('{{payload.tags[1]}}{{payload.id}}'), 'b7');
  assert.equal(fill('plain {x}'), 'plain {x}');
});

test('what a value holds is not a template again', () => {
  const hostile = { payload: '{{secret}} $&', secret: 's' };
  const params = fillParams([{ name: 'p', value: 'a {{payload}}' }], hostile);
  assert.equal(params.p, 'a {{secret}} $&');
});

test('a value that is missing is an error, inherited ones are missing', () => {
  for (const path of [
    'payload.x',
    'payload.none',
    'constructor.name',
    '__proto__',
    'payload.tags.length',
  ]) {
    assert.throws(() => fill(`{{${path}}}`), { category: 'VALIDATION', permanent: true }, path);
  }
});

test('a parameter named `__proto__` is one', () => {
  const params = fillParams([{ name: '__proto__', value: 'x' }], message);
  assert.deepEqual(Object.keys(params), ['__proto__']);
});
