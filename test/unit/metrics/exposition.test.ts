import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatFor,
  writeExposition,
  type Family,
  type Sample,
} from '../../../src/metrics/exposition';
import { Histogram } from '../../../src/metrics/histogram';
import { parseExposition, valueOf } from '../../support/prometheus-parser';

const FORMATS = ['text', 'openmetrics'] as const;

function counter(samples: readonly Sample[]): Family {
  return { name: 'x_total', help: 'What is "x"\\?\nIt is x.', kind: 'counter', samples };
}

test('a counter, a gauge and a histogram, as the text format has them', () => {
  const histogram = new Histogram([0.5, 1]);
  for (const value of [0.2, 0.5, 0.7, 3]) histogram.observe(value);
  const { bounds } = histogram;
  const families: Family[] = [
    counter([{ labels: { a: 'b', c: 'd' }, value: 3 }]),
    { name: 'y', help: 'Y.', kind: 'gauge', samples: [{ value: -1.5 }] },
    {
      name: 'z_seconds',
      help: 'Z.',
      kind: 'histogram',
      samples: [{ bounds, value: histogram.read() }],
    },
  ];
  const text = `# HELP x_total What is "x"\\\\?\\nIt is x.
# TYPE x_total counter
x_total{a="b",c="d"} 3
# HELP y Y.
# TYPE y gauge
y -1.5
# HELP z_seconds Z.
# TYPE z_seconds histogram
z_seconds_bucket{le="0.5"} 2
z_seconds_bucket{le="1.0"} 3
z_seconds_bucket{le="+Inf"} 4
z_seconds_sum 4.4
z_seconds_count 4
`;
  assert.equal(writeExposition(families, 'text'), text);
  const open = text
    .replace('HELP x_total What is "x"', 'HELP x What is \\"x\\"')
    .replace('TYPE x_total', 'TYPE x');
  assert.equal(writeExposition(families, 'openmetrics'), `${open}# EOF\n`);
  for (const format of FORMATS) parseExposition(writeExposition(families, format), format);
});

test('whatever a label says, it is read back, and is nothing but a label', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"', '\\', '\n', '"} 1\nevil_total 9\n', '\\"', '\\n', '\r\n', '# EOF'),
    fc.array(fc.constantFrom('"', '\\', '\n', '{', '}', ',', '=', ' ', '#')).map((c) => c.join('')),
  );
  fc.assert(
    fc.property(value, value, fc.constantFrom(...FORMATS), (a, b, format) => {
      const text = writeExposition([counter([{ labels: { a, b }, value: 1 }])], format);
      const parsed = parseExposition(text, format);
      assert.deepEqual([...parsed.keys()], [format === 'text' ? 'x_total' : 'x']);
      assert.equal(valueOf(parsed, 'x_total', { a, b }), 1);
    }),
  );
});

test('OpenMetrics for whoever asks for it, text for the others', () => {
  const prometheus =
    'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1';
  assert.equal(formatFor(prometheus), 'openmetrics');
  for (const accept of [undefined, '', '*/*', 'text/plain', 'application/openmetrics-text;q=0']) {
    assert.equal(formatFor(accept), 'text', accept);
  }
});

test('what the parser of these tests refuses', () => {
  const head = '# HELP x_total X.\n# TYPE x_total counter\n';
  for (const bad of [
    `${head}x_total 1`,
    `${head}x_total{a="1",a="2"} 1\n`,
    `${head}x_total{a="\\t"} 1\n`,
    `${head}x_total{a="1"}\n`,
    `${head}x_total 1\nx_total 2\n`,
    `${head}x_total -1\n`,
    `${head}y 1\n`,
    `x_total 1\n`,
    `# TYPE x_total counter\nx_total 1\n`,
    `# HELP x X.\n# TYPE x counter\nx 1\n`,
    '# HELP h H.\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_count 1\nh_sum 1\n',
    '# HELP h H.\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_count 1\nh_sum 1\n',
  ]) {
    assert.throws(() => parseExposition(bad, 'text'), Error, bad);
  }
});
