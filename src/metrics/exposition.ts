import type { HistogramValue } from './histogram';
import type { Labels } from './counter';

export type Kind = 'counter' | 'gauge' | 'histogram';

/** One value of a metric. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

export interface HistogramSample {
  readonly labels?: Labels;
  readonly bounds: readonly number[];
  readonly value: HistogramValue;
}

/** A metric with its values. The name of a counter ends in `_total`. */
export type Family = { readonly name: string; readonly help: string } & (
  | { readonly kind: 'counter' | 'gauge'; readonly samples: readonly Sample[] }
  | { readonly kind: 'histogram'; readonly samples: readonly HistogramSample[] }
);

export type Format = 'text' | 'openmetrics';

/** What an answer in a format is called. */
export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** OpenMetrics for whoever asks for it by name, as Prometheus does; the older text for all others. */
export function formatFor(accept: string | undefined): Format {
  const wanted = accept?.split(',').map((range) => range.split(';')) ?? [];
  const isWanted = wanted.some(([type = '', ...parameters]) => {
    const refused = parameters.some((each) => /^\s*q\s*=\s*0(\.0*)?\s*$/i.test(each));
    return type.trim().toLowerCase() === 'application/openmetrics-text' && !refused;
  });
  return isWanted ? 'openmetrics' : 'text';
}

/**
 * Families as the text that a Prometheus server scrapes: the exposition format 0.0.4
 * (prometheus.io/docs/instrumenting/exposition_formats) or OpenMetrics 1.0 (prometheus.io/docs/specs/om).
 * Help texts and names are ours; label values may be anything.
 */
export function writeExposition(families: readonly Family[], format: Format): string {
  const lines: string[] = [];
  for (const family of families) {
    const { name, help, kind } = family;
    // OpenMetrics names a counter without the suffix of its values.
    const own =
      format === 'openmetrics' && kind === 'counter' ? name.slice(0, -TOTAL.length) : name;
    const quoted = format === 'openmetrics' ? escaped(help) : escaped(help, /[\\\n]/g);
    lines.push(`# HELP ${own} ${quoted}`, `# TYPE ${own} ${kind}`);
    if (family.kind === 'histogram') {
      for (const sample of family.samples) lines.push(...histogramLines(name, sample));
    } else {
      for (const { labels, value } of family.samples) lines.push(line(name, labels ?? {}, value));
    }
  }
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

const TOTAL = '_total';

function histogramLines(name: string, { labels = {}, bounds, value }: HistogramSample): string[] {
  const buckets = bounds.map((bound, at) =>
    line(`${name}_bucket`, { ...labels, le: number(bound, true) }, value.cumulative[at] ?? 0),
  );
  return [
    ...buckets,
    line(`${name}_bucket`, { ...labels, le: '+Inf' }, value.count),
    line(`${name}_sum`, labels, value.sum),
    line(`${name}_count`, labels, value.count),
  ];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${number(value)}`;
}

/** OpenMetrics wants bounds to be floats; the older text takes them as well. */
function number(value: number, asFloat = false): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  const text = String(value);
  return asFloat && Number.isInteger(value) ? `${text}.0` : text;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function escaped(text: string, special = /[\\"\n]/g): string {
  return text.replace(special, (character) => ESCAPES[character] ?? character);
}
