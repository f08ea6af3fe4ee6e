/**
 * Reads what a Prometheus server scrapes, by the letter of the formats: the exposition format 0.0.4
 * (prometheus.io/docs/instrumenting/exposition_formats) and OpenMetrics 1.0 (prometheus.io/docs/specs/om/open_metrics_spec).
 * Throws where a server would refuse the scrape, or where the conventions are not kept.
 */
export interface ParsedFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: ParsedSample[];
}

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const VALUE = /^(?:[+-]?Inf|NaN|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/;
const TYPES = ['counter', 'gauge', 'histogram'];

export function parseExposition(
  text: string,
  format: 'text' | 'openmetrics',
): Map<string, ParsedFamily> {
  if (!text.endsWith('\n')) throw new Error('The last line has no end.');
  const lines = text.slice(0, -1).split('\n');
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('No # EOF at the end.');
  const families = new Map<string, ParsedFamily>();
  const helps = new Map<string, string>();
  let current = '';
  for (const line of lines) {
    const [, keyword, name = '', rest = ''] =
      new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`, 's').exec(line) ?? [];
    if (keyword === 'HELP') {
      if (helps.has(name)) throw new Error(`Two helps: ${line}`);
      helps.set(name, unescaped(rest, format === 'text' ? /\\(\\|n)/g : /\\(\\|n|")/g));
    } else if (keyword === 'TYPE') {
      if (families.has(name)) throw new Error(`Two types, or its samples are apart: ${line}`);
      if (!TYPES.includes(rest)) throw new Error(`Not a type: ${line}`);
      current = name;
      families.set(name, { type: rest, help: helps.get(name) ?? '', samples: [] });
    } else if (line.startsWith('#')) throw new Error(`Not a line of ours: ${line}`);
    else addSample(families.get(current), current, parseSample(line), format);
  }
  for (const [name, family] of families) checkFamily(name, family, format);
  return families;
}

function parseSample(line: string): ParsedSample {
  const [, name = '', , inner = '', value = ''] =
    new RegExp(`^(${NAME})(\\{(.*)\\})? (\\S+)$`, 's').exec(line) ?? [];
  if (!VALUE.test(value)) throw new Error(`Not a sample: ${line}`);
  const labels: Record<string, string> = {};
  const pair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
  while (pair.lastIndex < inner.length) {
    const at = pair.lastIndex;
    const [, label = '', text = ''] = pair.exec(inner) ?? [];
    if (label === '' || label in labels) throw new Error(`Bad labels at ${at}: ${line}`);
    labels[label] = unescaped(text, /\\(\\|n|")/g);
  }
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) };
}

function unescaped(text: string, escapes: RegExp): string {
  return text.replace(escapes, (_all, character: string) => (character === 'n' ? '\n' : character));
}

function addSample(
  family: ParsedFamily | undefined,
  name: string,
  sample: ParsedSample,
  format: 'text' | 'openmetrics',
): void {
  const suffixes = {
    counter: format === 'openmetrics' ? ['_total'] : [''],
    gauge: [''],
    histogram: ['_bucket', '_sum', '_count'],
  }[family?.type ?? ''];
  if (suffixes?.some((suffix) => sample.name === name + suffix) !== true) {
    throw new Error(`The sample ${sample.name} does not belong to ${name}.`);
  }
  family?.samples.push(sample);
}

function checkFamily(
  name: string,
  { type, help, samples }: ParsedFamily,
  format: 'text' | 'openmetrics',
): void {
  if (help === '') throw new Error(`${name} has no help.`);
  const isTotal = name.endsWith('_total');
  if (type === 'counter' && isTotal !== (format === 'text')) throw new Error(`A counter ${name}`);
  if (type !== 'counter' && isTotal) throw new Error(`${name} is no counter.`);
  const seen = new Set<string>();
  for (const sample of samples) {
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (seen.has(key)) throw new Error(`Twice: ${key}`);
    seen.add(key);
    if (type !== 'gauge' && !(sample.value >= 0)) throw new Error(`${key} is ${sample.value}.`);
  }
  if (type === 'histogram') checkHistogram(name, samples);
}

/** Buckets are cumulative, in the order of their bounds, and the last one has all. */
function checkHistogram(name: string, samples: readonly ParsedSample[]): void {
  let bound = -Infinity;
  let count = 0;
  for (const sample of samples) {
    if (sample.name === `${name}_sum`) continue;
    if (sample.name === `${name}_count`) {
      if (bound !== Infinity || sample.value !== count) throw new Error(`${name}: ${sample.value}`);
      [bound, count] = [-Infinity, 0];
      continue;
    }
    const le = Number(sample.labels['le']?.replace('Inf', 'Infinity') ?? 'none');
    if (!(le > bound) || sample.value < count) throw new Error(`${name}: the bucket ${le}`);
    [bound, count] = [le, sample.value];
  }
  if (bound !== -Infinity) throw new Error(`${name} has no count.`);
}

/** The value of a sample; undefined: there is none with exactly these labels. */
export function valueOf(
  families: ReadonlyMap<string, ParsedFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = JSON.stringify(Object.entries(labels).sort());
  const all = [...families.values()].flatMap(({ samples }) => samples);
  return all.find(
    (each) => each.name === name && JSON.stringify(Object.entries(each.labels).sort()) === wanted,
  )?.value;
}
