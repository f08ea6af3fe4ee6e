import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileRules, type Filter, type FilterResult } from '../../../src/filter/compile';
import { describeMismatch } from '../../../src/filter/explanation';
import { DEFAULT_RULES } from '../../../src/filter/options';
import type { FilterMode } from '../../../src/filter/rule';
import type { FilterSubject } from '../../../src/filter/subject';

const SUBJECT: FilterSubject = {
  path: '/hooks/github',
  method: 'post',
  headers: { 'x-github-event': 'push', 'X-Many': ['a', 'b'] },
  query: { 'hub.mode': 'subscribe', tag: ['a', 'b'] },
  payload: {
    action: 'opened',
    number: 42,
    draft: false,
    merged: null,
    items: [{ id: 7 }],
    empty: '',
  },
  provider: 'github',
  eventType: null,
  ip: '203.0.113.9',
  msg: { topic: 'orders', payload: { action: 'opened' } },
};

interface SyncFilter extends Filter {
  match(subject: FilterSubject): FilterResult;
}

/** A filter without JSONata answers at once. */
function atOnce(filter: Filter): SyncFilter {
  return {
    ruleNames: filter.ruleNames,
    match: (subject) => {
      const result = filter.match(subject);
      assert.ok(!(result instanceof Promise));
      return result;
    },
  };
}

function filterOf(rules: unknown, mode: FilterMode = 'first'): SyncFilter {
  const compiled = compileRules(rules, mode);
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.problem);
  return atOnce(compiled.filter);
}

function problemOf(rules: unknown): string {
  const compiled = compileRules(rules, 'first');
  assert.ok(!compiled.ok);
  return compiled.problem;
}

const condition = (
  on: string,
  key: string,
  op: string,
  value: unknown = '',
  valueType = 'str',
) => ({
  on,
  key,
  op,
  value,
  valueType,
});
const rule = (match: string, ...conditions: unknown[]) => ({
  name: `${match} rule`,
  match,
  conditions,
});

const passes = (...parts: Parameters<typeof condition>): boolean =>
  filterOf([rule('all', condition(...parts))]).match(SUBJECT).matched.length === 1;

describe('operators', () => {
  const table: readonly (readonly [...Parameters<typeof condition>, boolean])[] = [
    ['path', '', 'glob', '/hooks/*', 'str', true],
    ['path', '', 'glob', '["/x","/hooks/*"]', 'json', true],
    ['path', '', 'glob', '/hooks', 'str', false],
    ['payload', 'number', 'glob', '*', 'str', false],
    ['payload', 'gone', 'glob', '*', 'str', false],
    ['payload', 'empty', 'glob', '*', 'str', true],
    ['payload', 'action', 'regex', 'open', 'str', true],
    ['payload', 'action', 'regex', 'pen', 'str', false],
    ['payload', 'action', 'search', 'pen', 'str', true],
    ['payload', 'action', 'search', '^pen', 'str', false],
    ['payload', 'number', 'regex', '4', 'str', false],
    ['payload', 'gone', 'regex', '', 'str', false],
    ['payload', 'gone', 'search', '', 'str', false],
    ['payload', 'action', 'eq', 'opened', 'str', true],
    ['payload', 'action', 'eq', 'Opened', 'str', false],
    ['payload', 'number', 'eq', '42', 'num', true],
    ['payload', 'number', 'eq', 42, 'num', true],
    ['payload', 'number', 'eq', '42', 'str', false],
    ['payload', 'draft', 'eq', 'false', 'bool', true],
    ['payload', 'draft', 'eq', false, 'bool', true],
    ['payload', 'draft', 'eq', '0', 'num', true],
    ['payload', 'items', 'eq', '[{"id":7}]', 'json', true],
    ['payload', 'items', 'eq', '[{"id":7,"x":null}]', 'json', false],
    ['payload', 'items', 'eq', [{ id: 7 }], 'json', true],
    ['payload', 'merged', 'eq', 'null', 'json', true],
    ['payload', 'gone', 'eq', 'null', 'json', true],
    ['payload', 'gone', 'eq', '', 'str', false],
    ['payload', 'action', 'neq', 'closed', 'str', true],
    ['payload', 'action', 'neq', 'opened', 'str', false],
    ['payload', 'gone', 'neq', 'closed', 'str', true],
    ['payload', 'gone', 'neq', 'null', 'json', false],
    ['payload', 'action', 'in', 'closed, opened', 'str', true],
    ['payload', 'number', 'in', '[41,42]', 'json', true],
    ['payload', 'number', 'in', '[41]', 'json', false],
    ['payload', 'gone', 'in', '["a"]', 'json', false],
    ['payload', 'action', 'exists', '', 'str', true],
    ['payload', 'merged', 'exists', '', 'str', true],
    ['payload', 'gone', 'exists', '', 'str', false],
    ['payload', 'gone', 'missing', '', 'str', true],
    ['payload', 'empty', 'missing', '', 'str', false],
    ['payload', '', 'exists', '', 'str', true],
    ['payload', 'items[0].id', 'eq', '7', 'num', true],
    ['method', '', 'eq', 'Post', 'str', true],
    ['method', '', 'in', 'get,post', 'str', true],
    ['method', '', 'glob', 'p*t', 'str', true],
    ['method', '', 'regex', 'POST$', 'str', true],
    ['method', '', 'neq', 'post', 'str', false],
    ['header', 'X-GitHub-Event', 'regex', 'push|pull_request', 'str', true],
    ['header', 'x-many', 'eq', 'a, b', 'str', true],
    ['header', 'x-gone', 'regex', '.*', 'str', false],
    ['header', 'constructor', 'exists', '', 'str', false],
    ['query', 'hub.mode', 'eq', 'subscribe', 'str', true],
    ['query', 'tag', 'eq', 'b', 'str', true],
    ['query', 'toString', 'exists', '', 'str', false],
    ['provider', '', 'eq', 'github', 'str', true],
    ['eventType', '', 'missing', '', 'str', true],
    ['ip', '', 'glob', '203.0.113.*', 'str', true],
    ['msg', 'topic', 'eq', 'orders', 'str', true],
    ['msg', 'payload.action', 'eq', 'opened', 'str', true],
  ];
  for (const [on, key, op, value, valueType, answer] of table) {
    test(`${on} ${key} ${op} ${JSON.stringify(value)} (${valueType}) is ${answer}`, () => {
      assert.equal(passes(on, key, op, value, valueType), answer);
    });
  }

  test('find nothing in a message that is none of ours', () => {
    for (const on of ['path', 'method', 'provider', 'eventType', 'ip', 'payload', 'msg']) {
      const filter = filterOf([rule('all', condition(on, '', 'exists'))]);
      assert.deepEqual(filter.match({}).matched, [], on);
    }
    for (const headers of [undefined, null, 'x', []]) {
      const filter = filterOf([rule('all', condition('header', 'x', 'exists'))]);
      assert.deepEqual(filter.match({ headers, query: headers }).matched, []);
    }
  });

  test('compare no deeper than the expected value', () => {
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
    const filter = filterOf([rule('all', condition('payload', '', 'eq', '[[1]]', 'json'))]);
    assert.deepEqual(filter.match({ payload: JSON.parse(deep) as unknown }).matched, []);
  });
});

describe('a rule', () => {
  const yes = condition('payload', 'action', 'exists');
  const no = condition('payload', 'action', 'missing');
  const table = [
    ['all', [yes, yes], true],
    ['all', [yes, no], false],
    ['any', [no, yes], true],
    ['any', [no, no], false],
    ['none', [no, no], true],
    ['none', [no, yes], false],
    ['all', [], true],
    ['any', [], true],
    ['none', [], true],
  ] as const;
  for (const [match, conditions, answer] of table) {
    test(`that matches ${match} of ${conditions.map((c) => c === yes).join(', ')} is ${answer}`, () => {
      const { matched } = filterOf([rule(match, ...conditions)]).match(SUBJECT);
      assert.equal(matched.length === 1, answer);
    });
  }

  test('in mode first, only the first that matches counts; in mode all, every one', () => {
    const rules = [rule('all', no), rule('all', yes), rule('any', no), rule('any', yes)];
    assert.deepEqual(filterOf(rules, 'first').match(SUBJECT).matched, [1]);
    assert.deepEqual(filterOf(rules, 'all').match(SUBJECT).matched, [1, 3]);
  });

  test('of a fresh node matches whatever carries a payload', () => {
    assert.deepEqual(filterOf(DEFAULT_RULES).match({ payload: 'x' }).matched, [0]);
    assert.deepEqual(filterOf(DEFAULT_RULES).match({}).matched, []);
  });

  test('without a name has its number; without match is all', () => {
    const filter = filterOf([{ conditions: [no] }]);
    assert.deepEqual(filter.ruleNames, ['Rule 1']);
    assert.deepEqual(filter.match(SUBJECT).matched, []);
  });
});

describe('an explanation', () => {
  const explain = (...rules: unknown[]) => filterOf(rules).match(SUBJECT).explanation;

  test('is there only where no rule matched', () => {
    assert.equal(explain(rule('all', condition('payload', '', 'exists'))), null);
    assert.equal(explain(), null);
  });

  test('names the first condition that failed, what was expected and what was there', () => {
    const explanation = explain(
      rule(
        'all',
        condition('payload', '', 'exists'),
        condition('header', 'X-Kind', 'regex', 'push'),
      ),
      rule('all', condition('payload', 'number', 'eq', '1', 'num')),
    );
    assert.deepEqual(explanation, {
      rule: 0,
      ruleName: 'all rule',
      condition: 1,
      on: 'header',
      key: 'X-Kind',
      op: 'regex',
      expected: '"push"',
      actual: 'missing',
      negated: false,
    });
    assert.equal(
      describeMismatch(explanation),
      'No rule matched. all rule, condition 2: header "X-Kind" must match, at its start, the expression "push"; it is missing.',
    );
  });

  test('of a rule that matches none names the condition that was fulfilled', () => {
    const explanation = explain(
      rule(
        'none',
        condition('payload', 'gone', 'exists'),
        condition('payload', 'action', 'exists'),
      ),
    );
    assert.equal(
      describeMismatch(explanation!),
      'No rule matched. none rule, condition 2: payload "action" must not exist; it is a text of 6 characters.',
    );
  });

  test('says what a value is, never what it holds', () => {
    const shapes = [
      [null, 'null'],
      ['', 'an empty text'],
      ['s', 'a text of 1 character'],
      ['secret', 'a text of 6 characters'],
      [1234, 'a number'],
      [true, 'a boolean'],
      [['secret'], 'a list of 1 item'],
      [{ secret: 1, b: 2 }, 'an object with 2 keys'],
      [Buffer.from('secret'), 'binary data of 6 bytes'],
      [() => 'secret', 'a function'],
    ] as const;
    const filter = filterOf([rule('all', condition('payload', '', 'missing'))]);
    for (const [payload, shape] of shapes) {
      assert.equal(filter.match({ payload }).explanation?.actual, shape);
    }
  });

  test('shortens what was expected', () => {
    const explanation = explain(rule('all', condition('path', '', 'eq', 'x'.repeat(5000))));
    assert.equal(explanation?.expected.length, 80);
  });
});

describe('rules that can not be used are refused with the rule and the condition named', () => {
  const ok = condition('path', '', 'exists');
  const table: readonly (readonly [string, unknown, RegExp])[] = [
    ['no list', 'x', /^The rules must be a list/],
    ['no rule', [null], /^Rule 1 must be an object/],
    ['unknown match', [{ name: 'a', match: 'some', conditions: [] }], /^Rule 1 \(a\): `match`/],
    ['no conditions', [{ name: 'a' }], /^Rule 1 \(a\): the conditions/],
    ['no condition', [rule('all', ok, 5)], /^Rule 1 \(all rule\), condition 2: must be an object/],
    ['unknown source', [rule('all', condition('body', '', 'exists'))], /condition 1: `on`/],
    [
      'source of the prototype',
      [rule('all', condition('toString', '', 'exists'))],
      /condition 1: `on`/,
    ],
    ['unknown operator', [rule('all', condition('path', '', 'like'))], /condition 1: `op`/],
    ['operator of the prototype', [rule('all', condition('path', '', 'constructor'))], /`op`/],
    ['a key that is no text', [rule('all', { ...ok, key: 5 })], /`key` must be a text/],
    ['a header without name', [rule('all', condition('header', '', 'exists'))], /name the header/],
    ['a broken path', [rule('all', condition('payload', 'a..b', 'exists'))], /must be a path/],
    ['unknown type', [rule('all', condition('path', '', 'eq', 'x', 'date'))], /`valueType`/],
    ['a number that is none', [rule('all', condition('path', '', 'eq', 'x', 'num'))], /a number/],
    ['an empty number', [rule('all', condition('path', '', 'eq', ' ', 'num'))], /a number/],
    [
      'a boolean that is none',
      [rule('all', condition('path', '', 'eq', 'yes', 'bool'))],
      /true or false/,
    ],
    ['JSON that is none', [rule('all', condition('path', '', 'eq', '{', 'json'))], /JSON/],
    [
      'no JSON at all',
      [rule('all', { ...ok, op: 'eq', value: undefined, valueType: 'json' })],
      /JSON/,
    ],
    ['a text that is none', [rule('all', condition('path', '', 'eq', {}, 'str'))], /a text/],
    ['a list that is none', [rule('all', condition('path', '', 'in', '{}', 'json'))], /a list/],
    ['a glob that is none', [rule('all', condition('path', '', 'glob', '[1]', 'json'))], /texts/],
    ['a pattern that is none', [rule('all', condition('path', '', 'regex', 5))], /a text/],
    [
      'an invalid pattern',
      [rule('all', ok), rule('any', ok, condition('path', '', 'search', '('))],
      /^Rule 2 \(any rule\), condition 2: the regular expression is not valid: a group is not closed/,
    ],
    [
      'an unsupported pattern',
      [rule('all', condition('path', '', 'regex', '(?=a)'))],
      /look-ahead/,
    ],
    [
      'a pattern too large',
      [rule('all', condition('path', '', 'regex', '(a{1000}){1000}'))],
      /^Rule 1 \(all rule\), condition 1: .*linear time/,
    ],
  ];
  for (const [what, rules, words] of table) {
    test(what, () => assert.match(problemOf(rules), words));
  }
});
