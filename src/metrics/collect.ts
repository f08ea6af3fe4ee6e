import { MEASURED_STATUSES, type Waiting } from '../events/event-store';
import { METRICS, fullName, type MetricName } from './catalogue';
import type { Labels } from './counter';
import type { Family, HistogramSample, Sample } from './exposition';
import { summed, type Histogram } from './histogram';
import { OTHER, type BoundedLabels } from './label-values';
import type { Meters } from './meters';
import type { HistoryTotal } from './running-totals';
import type { StoreFigures } from './store-figures';

/** An endpoint as it is deployed. */
export interface MeasuredEndpoint {
  readonly endpoint: string;
  readonly hasHandshakes: boolean;
}

export interface ProcessFigures {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly startedAtSeconds: number;
  readonly activeSeconds: number;
}

/** All that is known at one time. */
export interface Figures {
  readonly nowMs: number;
  readonly build: Labels;
  readonly meters: Meters;
  readonly totals: readonly HistoryTotal[];
  readonly stores: readonly StoreFigures[];
  readonly endpoints: readonly MeasuredEndpoint[];
  /** By id. */
  readonly retryNodes: readonly string[];
  readonly hasNode: (id: string) => boolean;
  readonly openAttempts: number;
  readonly eventLoopDelay: Histogram;
  readonly process: ProcessFigures;
  readonly scrapeSeconds: number;
}

/** Whether a counter is told; `isThere`: what its labels name is there. */
export type IsShown = (name: string, labels: Labels, value: number, isThere: boolean) => boolean;

type Values = Readonly<Partial<Record<MetricName, readonly Sample[]>>>;

/** Figures as families, in the order of the catalogue. A metric without a value is still declared. */
export function families(figures: Figures, bounded: BoundedLabels, isShown: IsShown): Family[] {
  const { build, openAttempts, meters } = figures;
  const values: Values = {
    build_info: [{ labels: build, value: 1 }],
    attempts_open: [{ value: openAttempts }],
    ...ofEndpoints(figures),
    ...ofStores(figures),
    ...ofWaiting(figures),
    rejections_total: meters.rejections.read(),
    sync_runs_total: meters.syncRuns.read(),
    sync_items_total: meters.syncItems.read(),
    ...ofProcess(figures),
  };
  const present = presence(figures, bounded);
  return (Object.keys(METRICS) as MetricName[]).map((key) => {
    const { kind, help, merge } = METRICS[key];
    const name = fullName(key);
    if (kind === 'histogram') {
      const samples = merged(histograms(key, figures), bounded, summed);
      return {
        ...{ name, help, kind },
        samples: samples.filter(({ labels, value }) =>
          isShown(name, labels, value.count, present(labels)),
        ),
      };
    }
    const samples = merged(values[key] ?? [], bounded, merge);
    const shown = samples.filter(
      ({ labels, value }) => kind === 'gauge' || isShown(name, labels, value, present(labels)),
    );
    return { name, help, kind, samples: shown };
  });
}

/** Whether what labels name is there. Of what has no label of its own nobody can say that it is gone. */
function presence(figures: Figures, bounded: BoundedLabels): (labels: Labels) => boolean {
  const own = (label: string, names: readonly string[]): ReadonlySet<string | undefined> =>
    new Set(['', OTHER, ...names.map((name) => bounded.of({ [label]: name })[label])]);
  const endpoints = own(
    'endpoint',
    figures.endpoints.map(({ endpoint }) => endpoint),
  );
  const histories = own(
    'history',
    figures.stores.map(({ name }) => name),
  );
  return ({ endpoint, history, node }) =>
    (endpoint === undefined || endpoints.has(endpoint)) &&
    (history === undefined || histories.has(history)) &&
    (node === undefined || node === OTHER || figures.hasNode(node));
}

function histograms(key: MetricName, figures: Figures): HistogramSample[] {
  const { meters, eventLoopDelay } = figures;
  const sample = (histogram: Histogram, labels: Labels): HistogramSample => {
    return { labels, bounds: histogram.bounds, value: histogram.read() };
  };
  if (key === 'write_duration_seconds') {
    return [...meters.writes()].map(([history, histogram]) => sample(histogram, { history }));
  }
  if (key === 'event_loop_delay_seconds') return [sample(eventLoopDelay, {})];
  return meters.requests().map(({ target, code, histogram, value }) => {
    return { labels: { target, code }, bounds: histogram.bounds, value };
  });
}

function ofEndpoints({ totals, endpoints, stores, meters }: Figures): Values {
  /** Those of a kind, with what comes after it as further labels. */
  const of = (kind: string, ...names: string[]): Sample[] =>
    totals.flatMap(({ endpoint, total, count }) => {
      const [is, ...parts] = total.split(':');
      if (is !== kind) return [];
      const more = Object.fromEntries(names.map((name, at) => [name, parts[at] ?? '']));
      return [{ labels: { endpoint, ...more }, value: count }];
    });
  const evicted = totals.flatMap(({ history, total, count }) => {
    const [is, status = ''] = total.split(':');
    return is === 'evicted' ? [{ labels: { history, status }, value: count }] : [];
  });
  const acting = (kind: string, action: string): Sample[] =>
    of(kind).map(({ labels, value }) => ({ labels: { ...labels, action }, value }));
  // What is to be watched must be there before the first of it comes.
  const none = (name: string, whats: readonly string[], those = endpoints): Sample[] =>
    those.flatMap(({ endpoint }) =>
      whats.map((what) => ({ labels: { endpoint, [name]: what }, value: 0 })),
    );
  return {
    events_received_total: [...none('origin', ['sender']), ...of('stored', 'origin')],
    events_finished_total: [
      ...none('status', ['success', 'failed', 'ignored']),
      ...of('finished', 'status'),
    ],
    duplicates_total: [...acting('duplicate', 'ignored'), ...acting('requeued', 'delivered')],
    events_evicted_total: [
      ...stores.map(({ name }) => ({ labels: { history: name, status: 'failed' }, value: 0 })),
      ...evicted,
    ],
    attempts_total: of('attempt', 'kind', 'outcome'),
    handshakes_total: [
      ...none(
        'outcome',
        ['answered', 'refused'],
        endpoints.filter(({ hasHandshakes }) => hasHandshakes),
      ),
      ...meters.handshakes.read(),
    ],
  };
}

function ofStores({ stores }: Figures): Values {
  const each = (value: (figures: StoreFigures) => number | null): Sample[] =>
    stores.flatMap((figures) => {
      const found = value(figures);
      return found === null || figures.isSpare
        ? []
        : [{ labels: { history: figures.name }, value: found }];
    });
  return {
    store_up: each(({ isUp }) => (isUp ? 1 : 0)),
    store_size_bytes: each(({ asked }) => asked?.measures.bytes ?? null),
    store_limit_bytes: each(({ limitBytes }) => limitBytes),
    store_free_bytes: each(({ freeBytes }) => freeBytes),
    retry_jobs: each(({ asked }) => asked?.measures.openJobs ?? null),
    events: MEASURED_STATUSES.flatMap((status) =>
      each(({ asked }) => asked?.measures.events[status] ?? null).map(({ labels, value }) => {
        return { labels: { ...labels, status }, value };
      }),
    ),
  };
}

/** 0 where nothing waits, so that an alert ends. */
function ofWaiting({ nowMs, stores, endpoints, retryNodes }: Figures): Values {
  const found = stores.flatMap(({ asked }) => asked?.waiting ?? []);
  const at = (kind: 'endpoint' | 'node', value: (waiting: Waiting) => number): Sample[] => {
    const known = kind === 'node' ? retryNodes : endpoints.map(({ endpoint }) => endpoint);
    return [
      ...known.map((name) => ({ labels: { [kind]: name }, value: 0 })),
      ...found.flatMap(([place, waiting]) => {
        const name = 'nodeId' in place ? place.nodeId : place.endpoint;
        if ('nodeId' in place !== (kind === 'node')) return [];
        return [{ labels: { [kind]: name }, value: value(waiting) }];
      }),
    ];
  };
  const since = (ms: number | null): number => (ms === null ? 0 : Math.max(0, nowMs - ms) / 1000);
  return {
    events_waiting: at('endpoint', ({ count }) => count),
    event_waiting_seconds: at('endpoint', ({ oldestAtMs }) => since(oldestAtMs)),
    retry_node_jobs: at('node', ({ count }) => count),
    retry_node_age_seconds: at('node', ({ oldestAtMs }) => since(oldestAtMs)),
    retry_node_overdue_seconds: at('node', ({ nextDueAtMs }) => since(nextDueAtMs)),
  };
}

function ofProcess({ process, scrapeSeconds }: Figures): Values {
  return {
    event_loop_active_seconds_total: [{ value: process.activeSeconds }],
    scrape_duration_seconds: [{ value: scrapeSeconds }],
    process_cpu_seconds_total: [{ value: process.cpuSeconds }],
    process_resident_memory_bytes: [{ value: process.residentBytes }],
    process_start_time_seconds: [{ value: process.startedAtSeconds }],
  };
}

/** With bounded label values; samples that have the same ones are one. */
function merged<V, S extends { readonly labels?: Labels; readonly value: V }>(
  samples: readonly S[],
  bounded: BoundedLabels,
  merge: (a: V, b: V) => V,
): (S & { readonly labels: Labels })[] {
  const byLabels = new Map<string, S & { readonly labels: Labels }>();
  for (const sample of samples) {
    const labels = bounded.of(sample.labels ?? {});
    const key = JSON.stringify(labels);
    const known = byLabels.get(key);
    const value = known === undefined ? sample.value : merge(known.value, sample.value);
    byLabels.set(key, { ...sample, labels, value });
  }
  return [...byLabels.values()];
}
