import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

export type Step = (name: string, act: (t: TestContext) => Promise<void>) => void;

/** Tests of which each goes on where the one before ended: after a failure the others don't wait for what can't come. */
export function steps(): Step {
  let broken: string | null = null;
  return (name, act) => {
    test(name, async (t) => {
      assert.equal(broken, null, `not tried, because of: ${broken}`);
      broken = name;
      await act(t);
      broken = null;
    });
  };
}
