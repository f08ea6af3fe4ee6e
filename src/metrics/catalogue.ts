import type { Kind } from './exposition';

export interface Metric {
  readonly kind: Kind;
  /** In their order. */
  readonly labels: readonly string[];
  readonly help: string;
  /** What two values with the same labels are together. */
  readonly merge: (a: number, b: number) => number;
}

const PREFIX = 'apilinker_webhooks_';

/** All metrics, by name without prefix; docs/METRICS.md explains them, and a test compares the two. */
export const METRICS = {
  build_info: metric('gauge', ['version', 'node_version', 'node_red_version'], 'Always 1.'),
  events_received_total: metric('counter', ['endpoint', 'origin'], 'Events stored.'),
  duplicates_total: metric(
    'counter',
    ['endpoint', 'action'],
    'Repetitions of stored events: ignored, or delivered again because the event had failed.',
  ),
  events_finished_total: metric('counter', ['endpoint', 'status'], 'Events that became final.'),
  events_evicted_total: metric(
    'counter',
    ['history', 'status'],
    'Events removed because of the bounds of a history.',
  ),
  attempts_total: metric(
    'counter',
    ['endpoint', 'kind', 'outcome'],
    'Ended attempts of endpoints and retry nodes.',
  ),
  rejections_total: metric('counter', ['endpoint', 'cause'], 'Refused requests.'),
  handshakes_total: metric('counter', ['endpoint', 'outcome'], 'Handshakes of senders.'),
  request_duration_seconds: metric(
    'histogram',
    ['target', 'code'],
    'From the headers of a request to its answer.',
  ),
  write_duration_seconds: metric('histogram', ['history'], 'Until an event was on disk.'),
  events: metric('gauge', ['history', 'status'], 'Stored events that are not done with.'),
  events_waiting: metric('gauge', ['endpoint'], 'Events that wait for their turn, up to 1000.'),
  event_waiting_seconds: metric(
    'gauge',
    ['endpoint'],
    'Age of the oldest event that waits.',
    Math.max,
  ),
  attempts_open: metric('gauge', [], 'Attempts that run in the flows.'),
  retry_jobs: metric('gauge', ['history'], 'Messages parked at retry nodes.'),
  retry_node_jobs: metric('gauge', ['node'], 'Messages parked at a retry node, up to 1000.'),
  retry_node_age_seconds: metric(
    'gauge',
    ['node'],
    'Since the oldest of them was first tried.',
    Math.max,
  ),
  retry_node_overdue_seconds: metric(
    'gauge',
    ['node'],
    'Since the first of them was due.',
    Math.max,
  ),
  store_up: metric('gauge', ['history'], '1: events can be stored.'),
  store_size_bytes: metric('gauge', ['history'], 'What a history takes.'),
  store_limit_bytes: metric('gauge', ['history'], 'Near which finished events are removed.'),
  store_free_bytes: metric('gauge', ['history'], 'Free on the disk of a history.'),
  sync_runs_total: metric('counter', ['node', 'outcome'], 'Ended syncs.'),
  sync_items_total: metric('counter', ['node', 'outcome'], 'Items of syncs.'),
  event_loop_delay_seconds: metric('histogram', [], 'How late timers are, since the first scrape.'),
  event_loop_active_seconds_total: metric('counter', [], 'Time in which the event loop worked.'),
  scrape_duration_seconds: metric('gauge', [], 'How long it took to collect these values.'),
  process_cpu_seconds_total: metric('counter', [], 'CPU time of the process, all threads.'),
  process_resident_memory_bytes: metric('gauge', [], 'Resident memory of the process.'),
  process_start_time_seconds: metric('gauge', [], 'Start of the process since the epoch.'),
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;

/** As it is scraped. Those of the process have the names that they have everywhere. */
export function fullName(name: MetricName): string {
  return name.startsWith('process_') ? name : PREFIX + name;
}

function metric<K extends Kind>(
  kind: K,
  labels: readonly string[],
  help: string,
  merge: Metric['merge'] = (a, b) => a + b,
): Metric & { readonly kind: K } {
  return { kind, labels, help, merge };
}
