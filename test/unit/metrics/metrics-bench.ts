import type { EventStore, StoreMeasures, Waiting } from '../../../src/events/event-store';
import { fullName, type MetricName } from '../../../src/metrics/catalogue';
import { Meters } from '../../../src/metrics/meters';
import { MetricsService, type MetricsSources } from '../../../src/metrics/metrics-service';
import type { MeasuredStore } from '../../../src/metrics/store-figures';
import { createFakeClock } from '../../support/fake-clock';
import { parseExposition, type ParsedFamily } from '../../support/prometheus-parser';

export const NOTHING: StoreMeasures = {
  ...{ totals: [], openJobs: 0, bytes: 4096 },
  events: { pending: 0, processing: 0, retrying: 0, failed: 0 },
};
export const IDLE: Waiting = { count: 0, oldestAtMs: null, nextDueAtMs: null };

/** A store that can only be asked. */
export function storeOf(
  measures: () => Promise<StoreMeasures>,
  waiting: (at: object) => Waiting = () => IDLE,
): EventStore {
  return { measures, waiting: (at: object) => Promise.resolve(waiting(at)) } as EventStore;
}

export function measured(
  store: EventStore | null,
  change: Partial<MeasuredStore> = {},
): MeasuredStore {
  const rest = {
    isSound: store !== null,
    limitBytes: null,
    freeBytes: () => Promise.resolve(null),
  };
  const name = change.name ?? 'h';
  return { id: `store of ${name}`, name, isSpare: false, store, ...rest, ...change };
}

export function service(change: Partial<MetricsSources> = {}): MetricsService {
  return new MetricsService({
    clock: createFakeClock(),
    elapsedMs: () => 0,
    meters: new Meters(),
    build: { version: '1', node_version: '2', node_red_version: '3' },
    stores: () => [],
    endpoints: () => [{ endpoint: '/a', hasHandshakes: false }],
    retryNodes: () => [],
    hasNode: () => true,
    openAttempts: () => 0,
    process: () => ({ cpuSeconds: 1, residentBytes: 2, startedAtSeconds: 3, activeSeconds: 4 }),
    ...change,
  });
}

export async function scraped(of: MetricsService): Promise<Map<string, ParsedFamily>> {
  return parseExposition((await of.scrape(undefined)).text, 'text');
}

export const name = (key: MetricName): string => fullName(key);
