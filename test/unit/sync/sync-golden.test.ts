import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MockApi } from '../../support/mock-api';
import {
  GoldenRun,
  sortedQuery,
  type Golden,
  type GoldenRequest,
  type StepOutcome,
} from './golden-run';
import { DEVIATIONS, RECOVERED } from './sync-deviations';
import { runGolden } from '../../support/run-golden';

const { cases } = JSON.parse(readFileSync('test/fixtures/sync/sync.json', 'utf8')) as {
  cases: Golden[];
};

test('each case that the reference gets wrong has an expectation of its own', () => {
  const concerned = cases.filter(({ policy }) => policy === 'deviate');
  const without = concerned.filter(({ id, group }) => !(DEVIATIONS[id] ?? DEVIATIONS[group]));
  assert.equal(concerned.length, 25);
  assert.deepEqual(without, []);
});

test('syncs as the reference does', async (t) => {
  assert.equal(cases.length, 93);
  await runGolden(t, cases, async (golden) => {
    const [source, target] = [await MockApi.start(), await MockApi.start()];
    try {
      const placed = place(golden, source.url, target.url);
      const retried = RECOVERED.has(golden.id);
      const actual = await new GoldenRun(placed, source, target, retried).steps();
      assert.deepEqual(actual, expectation(placed));
    } finally {
      await Promise.all([source.stop(), target.stop()]);
    }
  });
});

function place(golden: Golden, sourceUrl: string, targetUrl: string): Golden {
  const text = JSON.stringify(golden)
    .replaceAll('__SOURCE_URL__', sourceUrl)
    .replaceAll('__TARGET_URL__', targetUrl)
    .replaceAll('__DEAD_URL__', 'http://127.0.0.1:9');
  return JSON.parse(text) as Golden;
}

function expectation(golden: Golden): StepOutcome[] {
  const expected = golden.steps.flatMap(expectedStep);
  const deviation = DEVIATIONS[golden.id] ?? DEVIATIONS[golden.group];
  return deviation === undefined ? expected : deviation.expect(expected, golden);
}

function expectedStep(
  step: Golden['steps'][number],
  at: number,
  steps: Golden['steps'],
): StepOutcome[] {
  const { result } = step;
  const processed = step.step.op === 'process_dlq';
  if (step.step.op !== 'sync' && !processed) return [];
  return [
    {
      success: processed ? result?.failed === 0 : (result?.success ?? false),
      count: (processed ? result?.successful : result?.count) ?? 0,
      errors: processed
        ? []
        : (result?.errors ?? [{ error_category: 'VALIDATION' }]).map(
            ({ error_category: category, status_code: status }) =>
              [category, status || null].join(' ').trim(),
          ),
      source: step.source_requests.map(normal),
      target: step.target_requests.map(normal),
      sleeps: step.sleeps,
      lastSync: Object.keys(step.state_after ?? {}).length > 0,
      failedItems: processed ? [] : deadItems(step, steps[at - 1]),
    },
  ];
}

/** What the reference put into its dead letters in this step (the newest stand first): items for the target. */
function deadItems({ dlq = [] }: Golden['steps'][number], before?: Golden['steps'][number]) {
  const added = dlq.slice(0, dlq.length - (before?.dlq?.length ?? 0));
  return added
    .filter(({ metadata }) => metadata.operation_type.startsWith('target_'))
    .flatMap(({ payload }) => payload.data);
}

function normal(request: GoldenRequest): object {
  return { ...request, query: sortedQuery(request.query) };
}
