import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FILTER_FIELDS } from '../../../src/history/query-fields';
import { queryText, readQueryText } from '../../../src/history/query-text';

const READ: readonly [line: string, conditions: object][] = [
  ['', {}],
  ['   ', {}],
  ['status:failed', { status: 'failed' }],
  [
    'endpoint:/hooks/github status:failed,ignored from:24h',
    { endpoint: '/hooks/github', status: 'failed,ignored', from: '24h' },
  ],
  ['ada   lovelace', { text: 'ada lovelace' }],
  ['status:failed order 4711', { status: 'failed', text: 'order 4711' }],
  ['text:order 4711', { text: 'order 4711' }],
  ['eventtype:push', { eventType: 'push' }],
  ['eventType:"issue opened"', { eventType: 'issue opened' }],
  ['"status:failed"', { text: 'status:failed' }],
  ['"two  spaces"', { text: 'two  spaces' }],
  [String.raw`say \"hi\"`, { text: 'say "hi"' }],
  ['https://example.com/a', { text: 'https://example.com/a' }],
  ['endpoint:"//a"', { endpoint: '//a' }],
  [String.raw`\dir\ "\new dir\\"`, { text: '\\dir\\ \\new dir\\' }],
  ['12:30', { text: '12:30' }],
  ['from:2026-01-31T12:00:00Z', { from: '2026-01-31T12:00:00Z' }],
];

describe('the line of a query', () => {
  for (const [line, conditions] of READ) {
    test(`${line} is read`, () => {
      assert.deepEqual(readQueryText(line), { ok: true, conditions });
    });
  }

  test('what is not understood is named', () => {
    const problem = (line: string): unknown => readQueryText(line);
    assert.deepEqual(problem('stauts:failed'), {
      ...{ ok: false, problem: 'unknown-field', word: 'stauts' },
    });
    assert.deepEqual(problem('status: failed'), { ok: false, problem: 'no-value', word: 'status' });
    assert.deepEqual(problem('say "hi'), { ok: false, problem: 'unclosed-quote', word: '' });
    assert.deepEqual(problem('from:1h from:2h'), { ok: false, problem: 'twice', word: 'from' });
    assert.deepEqual(problem('constructor:x'), {
      ...{ ok: false, problem: 'unknown-field', word: 'constructor' },
    });
  });

  test('whatever the conditions, the line that is written is read as the same', () => {
    const value = fc.string({ minLength: 1 });
    const conditions = fc.record(Object.fromEntries(FILTER_FIELDS.map((field) => [field, value])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(conditions, (all) => {
        assert.deepEqual(readQueryText(queryText(all)), { ok: true, conditions: { ...all } });
      }),
    );
  });
});
