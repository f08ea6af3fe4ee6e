import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { fullName, METRICS, type MetricName } from '../../src/metrics/catalogue';
import { namedIn } from './promql';

/** The dashboard and the alert rules of docs/: a metric that is renamed must not leave an empty panel. */

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly Target[];
}

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: { readonly uid: string };
}

const dashboard = JSON.parse(readFileSync('docs/grafana-dashboard.json', 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { name: string; type: string; definition?: string }[];
  };
};
const { groups } = parse(readFileSync('docs/prometheus-alerts.yml', 'utf8')) as {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  }[];
};
const rules = groups.flatMap((group) => group.rules);
const targets = dashboard.panels.flatMap(({ title, targets: own = [] }) =>
  own.map((target) => ({ ...target, title })),
);
const variables = dashboard.templating.list;
const docs = readFileSync('docs/METRICS.md', 'utf8');

/** What Prometheus itself adds to each series of a target. */
const OF_TARGETS = ['job', 'instance'];
/** The labels of each series that is scraped; `up` is of Prometheus itself. */
const SERIES = new Map<string, readonly string[]>([['up', OF_TARGETS]]);
for (const name of Object.keys(METRICS) as MetricName[]) {
  const { kind, labels } = METRICS[name];
  const own = [...labels, ...OF_TARGETS];
  if (kind !== 'histogram') SERIES.set(fullName(name), own);
  else {
    SERIES.set(`${fullName(name)}_bucket`, [...own, 'le']);
    for (const suffix of ['_sum', '_count']) SERIES.set(fullName(name) + suffix, own);
  }
}

/** What is wrong with an expression and the labels that its texts show. */
function problems(expression: string, shown: readonly string[] = []): string[] {
  const { selectors, grouping } = namedIn(expression);
  const found = selectors.length === 0 ? ['It names no metric.'] : [];
  for (const { metric, matchers } of selectors) {
    const labels = SERIES.get(metric);
    if (labels === undefined) found.push(`There is no ${metric}.`);
    for (const { label, operator, value } of matchers) {
      if (labels?.includes(label) === false) found.push(`${metric} has no ${label}.`);
      const isKnown = docs.includes(`\`${value}\``) || docs.includes(`job_name: ${value}\n`);
      if (operator === '=' && !isKnown) found.push(`docs/METRICS.md has no ${label} ${value}.`);
    }
  }
  const labels = selectors.flatMap(({ metric }) => SERIES.get(metric) ?? []);
  for (const label of [...grouping, ...shown]) {
    if (!labels.includes(label)) found.push(`Nothing in it has a ${label}.`);
  }
  const lost = grouping.length === 0 ? [] : shown.filter((label) => !grouping.includes(label));
  // Beside what is grouped, `or` may keep series as they are.
  if (!/\bor\b/.test(expression)) found.push(...lost.map((label) => `${label} is grouped away.`));
  return found;
}

function labelsShown(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, label = '']) => label);
}

test('the dashboard names metrics, labels and values that there are', () => {
  assert.ok(targets.length > 20);
  for (const { title, expr, legendFormat } of targets) {
    const shown = labelsShown(legendFormat, /\{\{\s*(\w+)\s*\}\}/g);
    assert.deepEqual(problems(expr.replaceAll('$__rate_interval', '5m'), shown), [], title);
  }
  for (const { name, definition } of variables.filter(({ type }) => type === 'query')) {
    const [, expression = '', label = ''] =
      /^label_values\((.*), (\w+)\)$/.exec(definition ?? '') ?? [];
    assert.deepEqual(problems(expression, [label]), [], name);
  }
});

test('the dashboard shows each metric but what tells about a scrape itself', () => {
  const all = [...targets.map(({ expr }) => expr), ...variables.map((each) => each.definition)];
  const used = all.flatMap((text) => namedIn(text ?? '').selectors.map(({ metric }) => metric));
  const unused = (Object.keys(METRICS) as MetricName[]).filter(
    (name) => !used.some((metric) => metric.replace(/_(bucket|count)$/, '') === fullName(name)),
  );
  assert.deepEqual(unused, ['scrape_duration_seconds', 'process_start_time_seconds']);
});

test('the dashboard can be imported: ids, places and sources of its panels', () => {
  const { panels } = dashboard;
  const ids = panels.map(({ id }) => id);
  assert.deepEqual(
    ids.filter((id, at) => ids.indexOf(id) !== at || !Number.isInteger(id)),
    [],
  );
  const cells = new Map<string, string>();
  for (const { type, title, gridPos, datasource, targets: own = [] } of panels) {
    assert.notEqual(title, '');
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.equal(cells.get(`${x}:${y}`), undefined, title);
        assert.ok(x < 24, title);
        cells.set(`${x}:${y}`, title);
      }
    if (type === 'row') continue;
    assert.ok(own.length > 0, title);
    assert.equal(new Set(own.map(({ refId }) => refId)).size, own.length, title);
    for (const each of [datasource, ...own.map((target) => target.datasource)])
      assert.equal(each?.uid, '${datasource}', title);
  }
  const known = [...variables.map(({ name }) => name), '__rate_interval', '__all'];
  const used = JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g);
  for (const [, name = ''] of used) assert.ok(known.includes(name), name);
});

test('the alert rules name metrics, labels and values that there are', () => {
  assert.ok(rules.length > 6);
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { alert, expr, annotations } of rules) {
    const text = Object.values(annotations).join(' ');
    assert.deepEqual(problems(expr, labelsShown(text, /\$labels\.(\w+)/g)), [], alert);
    assert.match(annotations['summary'] ?? '', /\.$/);
  }
});

test('reported: what an expression names and there is not', () => {
  assert.deepEqual(
    problems('sum by (status) (rate(apilinker_webhooks_events[5m]))', ['status']),
    [],
  );
  assert.deepEqual(problems('apilinker_webhooks_event'), ['There is no apilinker_webhooks_event.']);
  assert.deepEqual(problems('apilinker_webhooks_write_duration_seconds').length, 1);
  assert.deepEqual(problems('apilinker_webhooks_events{state="failed"}').length, 1);
  assert.deepEqual(problems('apilinker_webhooks_events{status="failing"}').length, 1);
  assert.deepEqual(problems('sum by (endpoint) (apilinker_webhooks_events)').length, 1);
  assert.deepEqual(problems('sum by (history) (apilinker_webhooks_events)', ['status']).length, 1);
  assert.deepEqual(problems('summ(apilinker_webhooks_events)').length, 1);
  assert.deepEqual(problems('1 > 2').length, 1);
});
