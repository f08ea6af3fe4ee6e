import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { HOOKS, THROWING_SCENARIOS } from '../support/tracker/hooks';
import type { Line, Seen } from '../support/tracker/child';
import {
  concurrencySets,
  deployRows,
  scenarios,
  type Scenario,
  type Verdict,
} from '../support/tracker/scenarios';

/** Noticed by the tracker, rather than ended by the attempt's time-out of 5000 ms. */
const NOTICED_BEFORE_MS = 4800;
const NO_TARGETS = { url: '', refusedUrl: '' };

const runtimes = [
  { title: 'Node-RED 5', folder: 'node_modules/node-red', settings: {} },
  {
    title: 'Node-RED 5, runtimeSyncDelivery',
    folder: 'node_modules/node-red',
    settings: { runtimeSyncDelivery: true },
  },
  { title: 'Node-RED 4.1', folder: 'node_modules/node-red-4', settings: {} },
];

for (const { title, folder, settings } of runtimes) {
  describe(`the flow tracker in ${title}`, () => {
    let lines: readonly Line[] = [];

    test('runs', async () => {
      lines = await runChild(folder, settings);
    });

    test('gives the right verdict in each of the 70 scenarios, once, not too early', () => {
      const all = scenarios(NO_TARGETS);
      const wrong = all.flatMap((scenario) => scenarioFaults(scenario, lines));
      console.log(
        `tracker scenarios: ${all.length - wrong.length} of ${all.length} (Node-RED ${version(lines)})`,
      );
      assert.deepEqual(wrong, []);
      assert.equal(all.length, 70);
    });

    test('tells 40 attempts apart that run at once', () => {
      const sets = concurrencySets(NO_TARGETS).map(({ name, attempt }) => {
        const seen = lines.find((line) => line.kind === 'set' && line.name === name);
        const all = seen?.kind === 'set' ? seen.seen : [];
        const wrong = all.filter(
          (one, i) => verdict(one) !== attempt(i).verdict || one.reports !== 1,
        );
        return { name, attempts: all.length, wrong };
      });
      console.log(`concurrency sets wrong: ${sets.map(({ wrong }) => wrong.length).join(', ')}`);
      assert.deepEqual(
        sets,
        sets.map(({ name }) => ({ name, attempts: 40, wrong: [] })),
      );
    });

    for (const row of deployRows) {
      test(`${row.name}: ${row.outcome}`, () => {
        const line = lines.find(({ kind, ...is }) => kind === 'deploy' && named(is) === row.name);
        const seen = line?.kind === 'deploy' ? line.seen : undefined;
        assert.deepEqual(
          { outcome: seen?.outcome, reports: seen?.reports },
          { outcome: row.outcome, reports: 1 },
        );
        if (row.outcome === 'success') assert.equal(seen?.sinksAtEnd, 1);
      });
    }

    for (const hook of HOOKS) {
      test(`a message goes its way though our ${hook} throws`, () => {
        const line = lines.find((each) => each.kind === 'throwing' && each.hook === hook);
        assert.ok(line?.kind === 'throwing');
        assert.equal(line.arrived, THROWING_SCENARIOS.length);
        assert.ok(line.faults > 0, 'it was called');
      });
    }

    test('forgets every attempt and lets nothing escape into a hook', () => {
      assert.deepEqual(lines.at(-1), { kind: 'end', openAttempts: 0, faults: [] });
    });
  });
}

/** At most one text for a scenario: what is wrong with it. */
function scenarioFaults(scenario: Scenario, lines: readonly Line[]): string[] {
  const line = lines.find(({ kind, ...is }) => kind === 'scenario' && named(is) === scenario.name);
  if (line?.kind !== 'scenario') return [`${scenario.name}: not run`];
  const { seen } = line;
  const sinksRight =
    scenario.sinks === undefined ||
    (seen.sinksAtEnd === scenario.sinks && seen.sinksLater === scenario.sinks);
  if (verdict(seen) === scenario.verdict && seen.reports === 1 && sinksRight) return [];
  return [`${scenario.name}: expected ${expected(scenario)}, saw ${JSON.stringify(seen)}`];
}

function expected({ verdict: wanted, sinks }: Scenario): string {
  return sinks === undefined ? wanted : `${wanted} with ${sinks} sink(s)`;
}

function verdict({ outcome, ms }: Seen): Verdict | 'other' {
  if (outcome === 'success') return 'ok';
  if (outcome !== 'failed') return 'other';
  return ms < NOTICED_BEFORE_MS ? 'fail' : 'timeout';
}

function named(line: object): string | undefined {
  return 'name' in line && typeof line.name === 'string' ? line.name : undefined;
}

function version(lines: readonly Line[]): string {
  const line = lines.find(({ kind }) => kind === 'version');
  return line?.kind === 'version' ? line.version.replace('-git', '') : 'unknown';
}

async function runChild(folder: string, settings: object): Promise<readonly Line[]> {
  const child = join(__dirname, '../support/tracker/child.js');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [child, folder, JSON.stringify(settings)],
    { timeout: 60_000, env: { ...process.env, NODE_OPTIONS: '' } },
  );
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{"kind"'))
    .map((line) => JSON.parse(line) as Line);
}
