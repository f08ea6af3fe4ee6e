import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { EVENT_STATUSES, EVENT_TRANSITIONS, JOB_TRANSITIONS } from '../../../src/events/states';
import { checkWorlds } from '../../support/world/property';

/** Always the same, with each transition: `npm run test:long` looks for new ones. */
const LIVES = { seed: 6, numRuns: 200 };

/** A running job can't be cancelled by hand; that one dies three times is in `sqlite-states.test.ts`. */
const ELSEWHERE = ['job running > cancelled', 'job running > exhausted'];

test('the rules hold, whatever the flow, its users and the process do', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const seen = await checkWorlds(LIVES);
  const expected = [
    ...transitions('event', EVENT_TRANSITIONS),
    ...transitions('job', JOB_TRANSITIONS),
  ];
  const missing = expected.filter((each) => !seen.has(each) && !ELSEWHERE.includes(each));
  assert.deepEqual(missing, [], 'each transition of the tables was taken');
});

function transitions(kind: string, table: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(table).flatMap(([from, to]) =>
    to.map((each) => `${kind} ${from} > ${each}`),
  );
}

test('the table of docs/DELIVERY.md is the table of the code', () => {
  const rows = readFileSync('docs/DELIVERY.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const header = rows.find((cells) => cells[1] === String.raw`from \ to`);
  assert.ok(header);
  for (const from of EVENT_STATUSES) {
    const below: readonly string[][] = rows.slice(rows.indexOf(header));
    const row: readonly string[] = below.find((cells) => cells[1] === `\`${from}\``) ?? [];
    const to: string[] = header.filter((_, at) => at > 1 && (row[at] ?? '') !== '');
    assert.deepEqual(to.sort(), [...EVENT_TRANSITIONS[from]].sort(), from);
  }
});
