import fc from 'fast-check';
import { checkAtRest, checkDrained, checkTransitions, drain } from './rules';
import { takeSteps, WORLD_SETTINGS, WORLD_STEPS } from './steps';
import { World } from './world';

export interface WorldOptions {
  readonly seed?: number;
  readonly numRuns: number;
  /** No more lives begin after this long. Milliseconds. */
  readonly interruptAfterTimeLimit?: number;
}

/**
 * Random lives of an endpoint: its flow does anything, users interfere, nodes are deployed, the process is
 * killed. The rules must hold at each step, and once everything has come to its end. Returns which
 * transitions were taken. Needs a mocked `setTimeout`: the store's lazy writes travel with the next urgent
 * one, and never by the real clock, so that the same steps always do the same.
 */
export async function checkWorlds(options: WorldOptions): Promise<Set<string>> {
  const seen = new Set<string>();
  const note = (world: World): void => {
    for (const transition of checkTransitions(world)) seen.add(transition);
  };
  await fc.assert(
    fc.asyncProperty(WORLD_SETTINGS, WORLD_STEPS, async (settings, steps) => {
      const world = new World(settings);
      try {
        await takeSteps(world, steps, () => note(world));
        await drain(world);
        note(world);
        checkAtRest(world);
        checkDrained(world);
      } finally {
        world.end();
      }
    }),
    options,
  );
  return seen;
}
