import type { TestContext } from 'node:test';

interface Golden {
  readonly id: string;
  readonly group: string;
}

/** Runs each golden case as a test of its own, and prints how many of each group passed. */
export async function runGolden<C extends Golden>(
  t: TestContext,
  cases: readonly C[],
  check: (golden: C) => void | Promise<void>,
): Promise<void> {
  const passed = new Map<string, number>();
  for (const golden of cases) {
    await t.test(golden.id, async () => {
      await check(golden);
      passed.set(golden.group, (passed.get(golden.group) ?? 0) + 1);
    });
  }
  const counts = [...passed].map(([group, count]) => `${group} ${count}`);
  t.diagnostic(`${cases.length} golden cases, passed by group: ${counts.join(', ')}`);
}
