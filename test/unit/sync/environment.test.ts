import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveData, resolveText } from '../../../src/sync/environment';
import { isLocalName, proxyFor } from '../../../src/sync/proxy';

const of = (variables: Record<string, string>) => (name: string) =>
  Object.hasOwn(variables, name) ? variables[name] : undefined;

test('references are replaced anywhere in a text, once', () => {
  const environment = of({ HOST: 'api.example', A: '${HOST}', EMPTY: '' });
  assert.equal(
    resolveText('https://${HOST}/${A}/v1', environment),
    'https://api.example/${HOST}/v1',
  );
  assert.equal(resolveText('[${EMPTY}] $HOST ${} ${1}', environment), '[] $HOST ${} ${1}');
  assert.deepEqual(resolveData({ a: ['${HOST}', 1, null], '${HOST}': true }, environment), {
    a: ['api.example', 1, null],
    '${HOST}': true,
  });
});

test('a variable that is not set is an error that names it', () => {
  assert.throws(() => resolveText('x${NOPE}', of({})), {
    category: 'VALIDATION',
    permanent: true,
    message: /`NOPE` is not set/,
  });
  assert.throws(() => resolveText('${constructor}', of({})), { category: 'VALIDATION' });
});

test('keys like those of every object stay data', () => {
  const data = JSON.parse('{"__proto__":{"a":"${X}"}}') as object;
  assert.equal(JSON.stringify(resolveData(data, of({ X: '1' }))), '{"__proto__":{"a":"1"}}');
});

const proxy = (origin: string, variables: Record<string, string>) =>
  proxyFor(new URL(origin), of(variables))?.href ?? null;

test('the proxy is the one for the scheme, with exceptions', () => {
  const both = { HTTP_PROXY: 'http://p1:8080', HTTPS_PROXY: 'p2:8443' };
  assert.equal(proxy('http://a.example', both), 'http://p1:8080/');
  assert.equal(proxy('https://a.example', both), 'http://p2:8443/');
  assert.equal(proxy('https://a.example', { HTTP_PROXY: 'http://p1' }), null);
  assert.equal(proxy('https://a.example', { ...both, https_proxy: 'http://p3' }), 'http://p3/');
  for (const no of ['*', 'a.example', '.example', '*.example', 'x, a.example:443', 'EXAMPLE']) {
    assert.equal(proxy('https://a.example', { ...both, NO_PROXY: no }), null, no);
  }
  for (const no of ['', 'b.example', 'ample', 'a.example:80']) {
    assert.notEqual(proxy('https://a.example', { ...both, NO_PROXY: no }), null, no);
  }
  assert.throws(
    () => proxy('http://a.example', { HTTP_PROXY: 'ftp://user:s3cret@p' }),
    (error: Error) => !error.message.includes('s3cret'),
  );
});

test('names of local networks are known as such', () => {
  for (const name of ['localhost', 'a.localhost', 'nas', 'nas.local', 'x.internal.', 'r.lan']) {
    assert.ok(isLocalName(name), name);
  }
  for (const name of ['api.example', 'local.example', 'localhost.example']) {
    assert.ok(!isLocalName(name), name);
  }
});
