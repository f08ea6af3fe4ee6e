import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CATEGORIES, categoryOfStatus, isTransientStatus } from '../../../src/sync/categories';

interface Golden {
  id: string;
  status?: number;
  exception?: string;
  connector_category: string;
}

test('an answer has the category that the reference gives it', (t) => {
  const { cases } = JSON.parse(
    readFileSync('test/fixtures/sync/error-categories.json', 'utf8'),
  ) as {
    cases: Golden[];
  };
  assert.equal(cases.length, 19);
  // Those without a status are Python's exceptions: NETWORK and TIMEOUT are tested at the client.
  const answers = cases.filter(({ status }) => status !== undefined);
  for (const { id, status, connector_category: category } of answers) {
    assert.equal(categoryOfStatus(status ?? 0), category, id);
  }
  t.diagnostic(`golden categories: ${answers.length} answers`);
  assert.equal(answers.length, 13);
});

test('each boundary of the table', () => {
  const categories = [
    299, 300, 399, 400, 401, 402, 403, 404, 408, 422, 425, 429, 430, 499, 500, 599,
  ];
  assert.deepEqual(
    categories.map((status) => `${status} ${categoryOfStatus(status)}`),
    [
      ...['299 UNKNOWN', '300 UNKNOWN', '399 UNKNOWN', '400 VALIDATION', '401 AUTH', '402 CLIENT'],
      ...['403 AUTH', '404 CLIENT', '408 CLIENT', '422 VALIDATION', '425 CLIENT', '429 RATE_LIMIT'],
      ...['430 CLIENT', '499 CLIENT', '500 SERVER', '599 SERVER'],
    ],
  );
  const told = new Set(categories.map(categoryOfStatus));
  assert.ok([...told].every((category) => CATEGORIES.includes(category)));
});

test('the names are those of APILinker', () => {
  assert.deepEqual(CATEGORIES, [
    ...['NETWORK', 'TIMEOUT', 'RATE_LIMIT', 'AUTH', 'VALIDATION', 'SERVER', 'CLIENT', 'MAPPING'],
    'UNKNOWN',
  ]);
});

test('only what may pass by itself is transient', () => {
  const all = Array.from({ length: 600 - 300 }, (_, at) => 300 + at);
  const below500 = all.filter((status) => status < 500 && isTransientStatus(status));
  assert.deepEqual(below500, [408, 425, 429]);
  assert.ok(all.filter((status) => status >= 500).every(isTransientStatus));
});
