import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFilter, readQuery } from '../../../src/history/read-query';
import { WebhookError } from '../../../src/shared/errors';

const NOW = Date.parse('2026-02-01T00:00:00Z');
const HOUR = 3_600_000;

const refused = (words: RegExp) => (error: unknown) =>
  error instanceof WebhookError && error.code === 'bad-config' && words.test(error.message);

test('nothing asked for: the newest 50', () => {
  assert.deepEqual(readQuery({}, NOW), { limit: 50 });
  assert.deepEqual(readQuery({ endpoint: '', status: null, from: undefined }, NOW), { limit: 50 });
});

test('every field, as a URL has it', () => {
  const raw = {
    ...{ endpoint: '/a', status: 'failed', method: 'post', provider: 'github', eventType: 'push' },
    ...{ from: '2026-01-31T12:00:00Z', to: '24h', text: 'x', replayOf: 'e1', before: 'e9' },
    ...{ limit: '7', repeats: '2' },
  };
  assert.deepEqual(readQuery(raw, NOW), {
    ...{ endpoint: '/a', status: ['failed'], method: 'POST', provider: 'github' },
    ...{ eventType: 'push', fromMs: NOW - 12 * HOUR, toMs: NOW - 24 * HOUR },
    ...{ text: 'x', replayOf: 'e1', repeats: 2, before: 'e9', limit: 7 },
  });
});

test('several statuses, as a text or as a list', () => {
  const expected = ['failed', 'ignored'];
  for (const status of ['failed,ignored', 'failed ignored', expected]) {
    assert.deepEqual(readQuery({ status }, NOW).status, expected);
  }
});

for (const [value, ms] of [
  [NOW, NOW],
  [String(NOW), NOW],
  [new Date(NOW), NOW],
  ['2026-02-01', NOW],
  ['2026-02-01T01:00:00+01:00', NOW],
  ['30m', NOW - HOUR / 2],
  ['90s', NOW - 90_000],
  ['7d', NOW - 168 * HOUR],
] as const) {
  test(`a time: ${JSON.stringify(value)}`, () => {
    assert.equal(readQuery({ from: value }, NOW).fromMs, ms);
  });
}

for (const [raw, words] of [
  [{ status: 'lost' }, /`status` must be one of pending/],
  [{ status: 'failed,lost' }, /`status`/],
  [{ status: [] }, /`status`/],
  [{ status: ' ' }, /`status`/],
  [{ status: 5 }, /`status`/],
  [{ limit: 0 }, /`limit` must be a whole number from 1 to 500/],
  [{ limit: '1e2' }, /`limit`/],
  [{ limit: 2.5 }, /`limit`/],
  [{ repeats: 0 }, /`repeats` must be a whole number from 1 to 1000000/],
  [{ repeats: 'often' }, /`repeats`/],
  [{ from: 'yesterday' }, /`from` must be a time such as/],
  [{ to: '5 weeks' }, /`to` must be a time/],
  [{ to: NaN }, /`to` must be a time/],
  [{ endpoint: ['/a', '/b'] }, /`endpoint` must be a text/],
  [{ text: 'x'.repeat(201) }, /at most 200 characters/],
  [{ stauts: 'failed' }, /`stauts` is not one of endpoint, status/],
  [JSON.parse('{"__proto__": 1}'), /`__proto__` is not one of/],
] as [Record<string, unknown>, RegExp][]) {
  test(`refused, saying what is expected: ${JSON.stringify(raw).slice(0, 40)}`, () => {
    assert.throws(() => readQuery(raw, NOW), refused(words));
  });
}

test('to remove or replay, something must be named, and a page is none', () => {
  for (const raw of [{}, { status: '' }]) {
    assert.throws(() => readFilter(raw, NOW), refused(/Say which events are meant/));
  }
  assert.throws(() => readFilter({ status: 'failed', limit: 5 }, NOW), refused(/`limit` is not/));
  assert.deepEqual(readFilter({ provider: 'github' }, NOW), { provider: 'github' });
});
