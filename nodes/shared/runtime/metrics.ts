import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { NodeAPI } from 'node-red';
import type { MeasuredEndpoint, ProcessFigures } from '../../../src/metrics/collect';
import type { Meters } from '../../../src/metrics/meters';
import { MetricsService, type MetricsSources } from '../../../src/metrics/metrics-service';
import type { MeasuredStore } from '../../../src/metrics/store-figures';
import type { Clock } from '../../../src/shared/clock';
import { packageVersion } from './package-version';
import type { StoreRegistry } from './store-registry';

interface Endpoint {
  readonly endpoint: string;
  /** Null: its sender has none. */
  readonly handshakes: object | null;
}

export interface MeasuredRuntime {
  readonly clock: Clock;
  readonly stores: StoreRegistry;
  readonly tracker: { readonly openAttempts: number };
  readonly retries: { attachedIds(): readonly string[] };
  readonly endpointInfo: ReadonlyMap<string, Endpoint>;
  readonly meters: Meters;
}

/** The metrics of this Node-RED; nothing is collected before somebody scrapes. */
export function metricsService(RED: NodeAPI, runtime: MeasuredRuntime): MetricsService {
  return new MetricsService({
    clock: runtime.clock,
    elapsedMs: () => performance.now(),
    meters: runtime.meters,
    build: {
      version: packageVersion(),
      node_version: process.versions.node,
      node_red_version: (RED.settings as { version?: string }).version ?? '',
    },
    stores: () => measuredStores(runtime),
    ...deployed(RED, runtime),
    openAttempts: () => runtime.tracker.openAttempts,
    process: processFigures,
  });
}

function measuredEndpoints({ endpointInfo }: MeasuredRuntime): MeasuredEndpoint[] {
  return [...endpointInfo.values()].map(({ endpoint, handshakes }) => {
    return { endpoint, hasHandshakes: handshakes !== null };
  });
}

type Deployed = Pick<MetricsSources, 'endpoints' | 'retryNodes' | 'hasNode'>;

/** What there is; in a deploy what there was before it, since a series that ends ends an alert, too. */
function deployed(RED: NodeAPI, runtime: MeasuredRuntime): Deployed {
  const endpoints = (): MeasuredEndpoint[] => measuredEndpoints(runtime);
  const retryNodes = (): readonly string[] => runtime.retries.attachedIds();
  let before: Deployed | null = null;
  RED.events.on('flows:stopping', () => {
    const [ofEndpoints, ofRetries] = [endpoints(), retryNodes()];
    before ??= { endpoints: () => ofEndpoints, retryNodes: () => ofRetries, hasNode: () => true };
  });
  RED.events.on('flows:started', () => (before = null));
  const now: Deployed = {
    ...{ endpoints, retryNodes },
    hasNode: (id) => RED.nodes.getNode(id) !== null,
  };
  return {
    endpoints: () => (before ?? now).endpoints(),
    retryNodes: () => (before ?? now).retryNodes(),
    hasNode: (id) => (before ?? now).hasNode(id),
  };
}

function measuredStores({ stores }: MeasuredRuntime): MeasuredStore[] {
  return stores
    .described()
    .map(({ file, ...described }) => ({ ...described, freeBytes: () => freeBytes(file) }));
}

async function freeBytes(file: string | null): Promise<number | null> {
  if (file === null) return null;
  const { bavail, bsize } = await statfs(dirname(file));
  return bavail * bsize;
}

function processFigures(): ProcessFigures {
  const { user, system } = process.cpuUsage();
  return {
    cpuSeconds: (user + system) / 1_000_000,
    residentBytes: process.memoryUsage.rss(),
    startedAtSeconds: performance.timeOrigin / 1000,
    activeSeconds: performance.eventLoopUtilization().active / 1000,
  };
}
