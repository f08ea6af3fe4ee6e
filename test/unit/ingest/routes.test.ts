import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parsePattern } from '../../../src/ingest/path-pattern';
import { RouteTable } from '../../../src/ingest/routes';

class Told {
  readonly states: string[] = [];
  granted = (): void => void this.states.push('granted');
  refused = (method: string): void => void this.states.push(`refused ${method}`);
}

function table(...routes: [owner: string, path: string, methods?: string[]][]): RouteTable<string> {
  const made = new RouteTable<string>();
  for (const [owner, path, methods = ['POST']] of routes) claim(made, owner, path, methods);
  return made;
}

function claim(made: RouteTable<string>, owner: string, path: string, methods = ['POST']): Told {
  const told = new Told();
  made.claim({ owner, pattern: parsePattern(path), methods, target: `${owner} ${path}` }, told);
  return told;
}

function found(made: RouteTable<string>, path: string, method = 'POST') {
  const lookup = made.find(method, path);
  if (lookup === undefined) return null;
  if (lookup.kind === 'other-method') return lookup.allow;
  return { owner: lookup.match.route.owner, ...lookup.match.params };
}

describe('a path', () => {
  const made = table(
    ['a', '/hooks/github'],
    ['b', '/t/:tenant/hook'],
    ['c', '/t/acme/hook'],
    ['d', '/files/*'],
    ['e', '/files/:name/info'],
    ['f', '/caf\u00e9/a%2Fb'],
    ['g', '/'],
  );
  const cases: [string, unknown][] = [
    ['/hooks/github', { owner: 'a' }],
    ['/hooks/github/', { owner: 'a' }],
    ['//hooks///github', { owner: 'a' }],
    ['/hooks/%67ithub', { owner: 'a' }],
    ['/hooks%2Fgithub', null],
    ['/Hooks/github', null],
    ['/hooks/github/x', null],
    ['/hooks/git%zzhub', null],
    ['/hooks/%ff', null],
    ['/t/other/hook', { owner: 'b', tenant: 'other' }],
    ['/t/a%2Fb%20c/hook', { owner: 'b', tenant: 'a/b c' }],
    ['/t/acme/hook', { owner: 'c' }],
    ['/t//hook', null],
    ['/files/a/b', { owner: 'd', 0: 'a/b' }],
    ['/files/', null],
    ['/files/x/info', { owner: 'e', name: 'x' }],
    ['/caf%C3%A9/a%2fb', { owner: 'f' }],
    ['/', { owner: 'g' }],
    ['', { owner: 'g' }],
    ['/' + 'a/'.repeat(100), null],
  ];
  for (const [path, expected] of cases) {
    test(`${path.slice(0, 40)} finds ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(found(made, path), expected);
    });
  }

  test('names the methods of all its nodes when none has this one', () => {
    const spread = table(
      ['a', '/x', ['POST']],
      ['b', '/x', ['PUT', 'GET']],
      ['c', '/:any', ['PATCH']],
    );
    assert.deepEqual(found(spread, '/x', 'DELETE'), ['GET', 'PATCH', 'POST', 'PUT']);
    assert.deepEqual(found(spread, '/x', 'PUT'), { owner: 'b' });
    assert.deepEqual(found(spread, '/x', 'PATCH'), { owner: 'c', any: 'x' });
  });
});

describe('a pattern', () => {
  const bad = [
    'hooks',
    '',
    '/a*',
    '/*',
    '/*/a',
    '/:a/*',
    '/:',
    '/:a-b',
    '/:__proto__',
    '/:a/:a',
    '/a?b',
    '/%zz',
  ];
  for (const path of bad) {
    test(`${path} is refused`, () => {
      assert.throws(() => parsePattern(path), { code: 'bad-config' });
    });
  }

  const segment = fc
    .string({ minLength: 1, maxLength: 8, unit: 'grapheme' })
    .filter((text) => !/[:*?#\s%]|^\/+$/.test(text));

  test('matches the paths that it was made from, however they are written', () => {
    const slashes = fc.integer({ min: 1, max: 3 }).map((count) => '/'.repeat(count));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(segment, slashes), { minLength: 1, maxLength: 5 }),
        slashes,
        (parts, end) => {
          const encoded = parts.map(([text]) => encodeURIComponent(text));
          const made = table(['a', `/${encoded.join('/')}`]);
          const path = parts.map(([, slash], index) => `${slash}${encoded[index]}`).join('') + end;
          assert.deepEqual(found(made, path), { owner: 'a' });
        },
      ),
    );
  });

  test('gives each parameter exactly its segment', () => {
    fc.assert(
      fc.property(segment, segment, (first, second) => {
        const made = table(['a', '/t/:one/x/:two']);
        const path = `/t/${encodeURIComponent(first)}/x/${encodeURIComponent(second)}`;
        assert.deepEqual(found(made, path), { owner: 'a', one: first, two: second });
      }),
    );
  });

  test('never throws on a path that somebody sent', () => {
    const made = table(['a', '/t/:one'], ['b', '/f/*']);
    fc.assert(fc.property(fc.string(), (path) => void made.find('POST', `/${path}`)));
  });
});

describe('nodes come and go', () => {
  test('a closed node answers until the flows are started without it', () => {
    const made = table(['a', '/x']);
    made.settle();
    made.suspend('a');
    assert.deepEqual(found(made, '/x'), { owner: 'a' });
    made.settle();
    assert.equal(found(made, '/x'), null);
    assert.deepEqual(made.routes(), []);
  });

  test('a node that comes back goes on with its new target, at its new path', () => {
    const made = table(['a', '/x'], ['b', '/y']);
    made.settle();
    made.suspend('a');
    made.suspend('b');
    claim(made, 'a', '/x');
    claim(made, 'b', '/z');
    assert.deepEqual([found(made, '/y'), found(made, '/z')], [{ owner: 'b' }, { owner: 'b' }]);
    made.settle();
    assert.deepEqual([found(made, '/x'), found(made, '/y')], [{ owner: 'a' }, null]);
  });

  test('the earlier holder keeps a path, whatever the order in which the nodes are built', () => {
    const made = table(['a', '/x/:one']);
    made.settle();
    made.suspend('a');
    const late = claim(made, 'b', '/x/:two', ['PUT', 'POST']);
    const early = claim(made, 'a', '/x/:one');
    assert.deepEqual(found(made, '/x/1'), { owner: 'a', one: '1' });
    made.settle();
    assert.deepEqual([early.states, late.states], [['granted'], ['refused POST']]);
    assert.deepEqual(found(made, '/x/1'), { owner: 'a', one: '1' });
  });

  test('who waited for a path gets it when its holder is gone', () => {
    const made = table(['a', '/x']);
    const waiting = claim(made, 'b', '/x');
    made.settle();
    made.suspend('a');
    made.settle();
    assert.deepEqual(waiting.states, ['refused POST', 'granted']);
    assert.deepEqual(found(made, '/x'), { owner: 'b' });
  });

  test('others settle the order: who holds a path now is told so', () => {
    const made = table();
    const claims = ['a', 'b', 'c'].map((owner) => claim(made, owner, '/x'));
    const elsewhere = claim(made, 'a', '/y');
    made.settle();
    assert.deepEqual(made.owners(), [
      ['/x', ['a', 'b', 'c']],
      ['/y', ['a']],
    ]);
    assert.equal(made.arrange('/x', ['c', 'gone', 'a']), true);
    assert.deepEqual(found(made, '/x'), { owner: 'c' });
    assert.deepEqual(made.owners()[0], ['/x', ['c', 'a', 'b']]);
    assert.deepEqual(
      claims.map(({ states }) => states),
      [
        ['granted', 'refused POST'],
        ['refused POST', 'refused POST'],
        ['refused POST', 'granted'],
      ],
    );
    assert.deepEqual(elsewhere.states, ['granted']);
    assert.equal(made.arrange('/x', ['c']), false, 'nothing changes');
    assert.equal(made.arrange('/z', ['c']), false, 'nobody is there');
    assert.equal(claims[2]!.states.length, 2);
    made.suspend('a');
    assert.equal(made.arrange('/x', ['a']), true);
    assert.deepEqual(claims[0]!.states, ['granted', 'refused POST'], 'its node is closed');
  });
});
