import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkWorlds } from '../support/world/property';

/** A minute or two; fast-check prints the seed and the path of what it finds. */
const LIVES = { numRuns: Number(process.env['STATE_MACHINE_RUNS'] ?? 6000) };

test('the rules of the state machine hold in other lives than those of the unit test', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  assert.ok((await checkWorlds(LIVES)).size > 15);
});
