import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEndpoint } from '../../../src/sync/endpoint';
import {
  fillEndpoint,
  fillParams,
  namesState,
  type TemplateValues,
} from '../../../src/sync/templates';

const message = { payload: { id: 7, tags: ['a', 'b'], none: null, name: 'x y' }, topic: 't' };

const values = (more: Partial<TemplateValues> = {}): TemplateValues => ({
  message,
  nowMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  lastSync: null,
  cursor: null,
  ...more,
});

function fill(value: string, more: Partial<TemplateValues> = {}): unknown {
  return fillParams([{ name: 'p', value }], values(more)).p;
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
  const params = fillParams([{ name: 'p', value: 'a {{payload}}' }], values({ message: hostile }));
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
  const params = fillParams([{ name: '__proto__', value: 'x' }], values());
  assert.deepEqual(Object.keys(params), ['__proto__']);
});

test('times are ISO 8601 in UTC', () => {
  assert.equal(fill('{{now}}'), '2026-01-02T03:04:05.000Z');
  assert.equal(fill('since {{ yesterday }}'), 'since 2026-01-01T03:04:05.000Z');
  assert.equal(fill('{{msg.payload.id}}'), 7);
});

test('what the last sync left is used, and left out before there is one', () => {
  const known = { lastSync: '2025-12-31T00:00:00Z', cursor: { after: 5 } };
  assert.equal(fill('{{last_sync}}', known), '2025-12-31T00:00:00Z');
  assert.deepEqual(fill('{{cursor}}', known), { after: 5 });
  assert.equal(fill('c{{cursor}}', known), 'c{"after":5}');
  const params = fillParams(
    [
      { name: 'a', value: 'x{{last_sync}}' },
      { name: 'b', value: '{{cursor}}' },
      { name: 'c', value: '1' },
    ],
    values(),
  );
  assert.deepEqual(params, { c: '1' });
});

const endpoint = readEndpoint({
  name: 'e',
  path: '/t/{{topic}}/{id}',
  params: { since: '{{last_sync}}', fixed: 1, list: ['{{topic}}', '{{cursor}}', 2] },
  headers: { 'X-Id': '{{payload.id}}', 'X-Since': '{{last_sync}}' },
  bodyTemplate: { a: { at: '{{now}}', c: '{{cursor}}' }, n: '{{payload.id}}' },
})!;

test('an endpoint is filled in everywhere', () => {
  const { path, params, headers, bodyTemplate } = fillEndpoint(endpoint, values());
  assert.equal(path, '/t/t/{id}');
  assert.deepEqual(params, { fixed: 1, list: ['t', 2] });
  assert.deepEqual(headers, { 'X-Id': '7' });
  assert.deepEqual(bodyTemplate, { a: { at: '2026-01-02T03:04:05.000Z' }, n: 7 });
  const plain = { ...endpoint, path: '/', params: {}, headers: {}, bodyTemplate: null };
  assert.equal(fillEndpoint(plain, values()), plain);
});

test('a path takes values encoded, and needs them', () => {
  const hostile = { topic: '../a?b', payload: { id: 1 } };
  assert.equal(fillEndpoint(endpoint, values({ message: hostile })).path, '/t/..%2Fa%3Fb/{id}');
  assert.throws(() => fillEndpoint({ ...endpoint, path: '/{{last_sync}}' }, values()), {
    category: 'VALIDATION',
    message: /not known yet/,
  });
});

test('a configuration that needs memory is known by its templates', () => {
  assert.ok(namesState([{ name: 'a', value: 'x {{ last_sync }}' }]));
  assert.ok(namesState([endpoint]));
  assert.ok(!namesState([{ name: 'a', value: '{{payload.last_sync}} {{now}}' }]));
});
