import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkWorlds } from '../support/world/property';

/** Some thousands in that time; fast-check prints the seed and the path of what it finds. */
const SECONDS = Number(process.env['STATE_MACHINE_SECONDS'] ?? 80);
const LIVES = { numRuns: 100_000, interruptAfterTimeLimit: SECONDS * 1000 };

test('the rules of the state machine hold in other lives than those of the unit test', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  assert.ok((await checkWorlds(LIVES)).size > 15);
});
