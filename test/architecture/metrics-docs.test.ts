import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { METRICS } from '../../src/metrics/catalogue';

/** What docs/METRICS.md says of each metric: its type and labels. */
function documented(): Record<string, { kind: string; labels: string[] }> {
  const rows = readFileSync('docs/METRICS.md', 'utf8').matchAll(
    /^\| `(\w+)` +\| (counter|gauge|histogram) +\| ([^|]*)\|/gm,
  );
  return Object.fromEntries(
    [...rows].map(([, name = '', kind = '', labels = '']) => [
      name,
      { kind, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label) },
    ]),
  );
}

test('docs/METRICS.md has each metric with its type and labels, and no other', () => {
  const own = Object.entries(METRICS).map(([name, { kind, labels }]) => [
    name,
    { kind, labels: [...labels] },
  ]);
  assert.deepEqual(documented(), Object.fromEntries(own));
});
