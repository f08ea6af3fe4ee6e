import { MEASURED_STATUSES, type Waiting } from '../events/event-store';
import type { EndpointTotal } from '../events/totals';
import { METRICS, fullName, type MetricName } from './catalogue';
import type { Labels } from './counter';
import type { Family, HistogramSample, Sample } from './exposition';
import type { Histogram } from './histogram';
import type { BoundedLabels } from './label-values';
import type { Meters } from './meters';
import type { StoreFigures } from './store-figures';

/** An endpoint as it is deployed. */
export interface MeasuredEndpoint {
  readonly endpoint: string;
  readonly handshakes: { readonly answered: number; readonly refused: number } | null;
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
  readonly totals: readonly EndpointTotal[];
  readonly stores: readonly StoreFigures[];
  readonly endpoints: readonly MeasuredEndpoint[];
  /** Retry nodes, by id. */
  readonly nodes: readonly string[];
  readonly openAttempts: number;
  readonly eventLoopDelay: Histogram;
  readonly process: ProcessFigures;
  readonly scrapeSeconds: number;
}

type Values = Readonly<Partial<Record<MetricName, readonly Sample[]>>>;

/** Figures as families, in the order of the catalogue. A metric without a value is still declared. */
export function families(figures: Figures, bounded: BoundedLabels): Family[] {
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
  return (Object.keys(METRICS) as MetricName[]).map((key) => {
    const { kind, help, merge } = METRICS[key];
    const name = fullName(key);
    if (kind === 'histogram') return { name, help, kind, samples: histograms(key, figures) };
    return { name, help, kind, samples: merged(values[key] ?? [], bounded, merge) };
  });
}

function histograms(key: MetricName, figures: Figures): HistogramSample[] {
  const { meters, eventLoopDelay } = figures;
  const one = (histogram: Histogram): HistogramSample[] => [
    { bounds: histogram.bounds, value: histogram.read() },
  ];
  if (key === 'write_duration_seconds') return one(meters.write);
  if (key === 'event_loop_delay_seconds') return one(eventLoopDelay);
  return meters
    .requests()
    .map(({ code, histogram, value }) => ({ labels: { code }, bounds: histogram.bounds, value }));
}

function ofEndpoints({ totals, endpoints }: Figures): Values {
  /** Those of a kind, with what comes after it as further labels. */
  const of = (kind: string, ...names: string[]): Sample[] =>
    totals.flatMap(({ endpoint, total, count }) => {
      const [is, ...parts] = total.split(':');
      if (is !== kind) return [];
      const more = Object.fromEntries(names.map((name, at) => [name, parts[at] ?? '']));
      return [{ labels: { endpoint, ...more }, value: count }];
    });
  const acting = (kind: string, action: string): Sample[] =>
    of(kind).map(({ labels, value }) => ({ labels: { ...labels, action }, value }));
  // What is to be watched must be there before the first of it comes.
  const none = (name: string, whats: readonly string[]): Sample[] =>
    endpoints.flatMap(({ endpoint }) =>
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
      { labels: { status: 'failed' }, value: 0 },
      ...of('evicted', 'status').map(({ labels = {}, value }) => {
        return { labels: { status: labels['status'] ?? '' }, value };
      }),
    ],
    attempts_total: of('attempt', 'kind', 'outcome'),
    handshakes_total: endpoints.flatMap(({ endpoint, handshakes }) =>
      Object.entries(handshakes ?? {}).map(([outcome, value]) => {
        return { labels: { endpoint, outcome }, value };
      }),
    ),
  };
}

function ofStores({ stores }: Figures): Values {
  const each = (value: (figures: StoreFigures) => number | null): Sample[] =>
    stores.flatMap((figures) => {
      const found = value(figures);
      return found === null ? [] : [{ labels: { history: figures.name }, value: found }];
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
function ofWaiting({ nowMs, stores, endpoints, nodes }: Figures): Values {
  const found = stores.flatMap(({ asked }) => asked?.waiting ?? []);
  const at = (kind: 'endpoint' | 'node', value: (waiting: Waiting) => number): Sample[] => {
    const known = kind === 'node' ? nodes : endpoints.map(({ endpoint }) => endpoint);
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
function merged(
  samples: readonly Sample[],
  bounded: BoundedLabels,
  merge: (a: number, b: number) => number,
): Sample[] {
  const byLabels = new Map<string, Sample>();
  for (const { labels = {}, value } of samples) {
    const own = bounded.of(labels);
    const key = JSON.stringify(own);
    const known = byLabels.get(key);
    const sum = known === undefined ? value : merge(known.value, value);
    byLabels.set(key, { labels: own, value: sum });
  }
  return [...byLabels.values()];
}
