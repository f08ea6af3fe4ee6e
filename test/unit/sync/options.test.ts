import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEndpoint, readEndpoints } from '../../../src/sync/endpoint';
import { isHeaderName, readHeaderList } from '../../../src/sync/headers';
import { isBaseUrl } from '../../../src/sync/options';

test('a base URL has neither credentials nor query nor fragment', () => {
  for (const url of ['https://h', 'http://h:8080/v1/', 'HTTPS://[::1]:1/x']) {
    assert.ok(isBaseUrl(url), url);
  }
  const refused = ['', 'h', 'ftp://h', 'https://', 'https://u:p@h', 'https://h?k=1', 'https://h#f'];
  for (const url of [...refused, 'https://h:99999', 'https:/h', 'javascript:alert(1)']) {
    assert.ok(!isBaseUrl(url), url);
  }
});

test('headers of the transport are not for users to set', () => {
  assert.ok(isHeaderName('X-Api_Key.1'));
  for (const name of ['', 'a b', 'a:b', 'Content-Length', 'transfer-encoding', 'ü']) {
    assert.ok(!isHeaderName(name), name);
  }
  assert.equal(readHeaderList([{ name: 'X', value: 'a\nb' }]), undefined);
  assert.deepEqual(readHeaderList([{ name: ' X ', value: 'a' }]), [{ name: 'X', value: 'a' }]);
});

test('an endpoint needs a name and a path only', () => {
  assert.deepEqual(readEndpoint({ name: ' a ', path: '/x', method: 'put', extra: 1 }), {
    name: 'a',
    path: '/x',
    method: 'PUT',
    params: {},
    headers: {},
    bodyTemplate: null,
    responsePath: '',
    pagination: null,
    rateLimit: null,
    requestSchema: null,
    responseSchema: null,
  });
});

test('an endpoint that cannot be called is refused', () => {
  const good = { name: 'a', path: '/x' };
  const bad: unknown[] = [
    ...[null, 'x', { name: '', path: '/' }, { name: 'a' }, { ...good, method: 'FOO' }],
    ...[
      { ...good, params: [1] },
      { ...good, params: { a: { b: 1 } } },
    ],
    ...[
      { ...good, headers: { 'a b': 'x' } },
      { ...good, headers: { a: 1 } },
    ],
    ...[
      { ...good, bodyTemplate: [1] },
      { ...good, responsePath: 1 },
    ],
  ];
  for (const each of bad) assert.equal(readEndpoints([each]), undefined, JSON.stringify(each));
  assert.equal(readEndpoints([good, good]), undefined, 'names are unique');
  assert.equal(readEndpoints({}), undefined);
});
