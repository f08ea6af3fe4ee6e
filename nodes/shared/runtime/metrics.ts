import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { NodeAPI } from 'node-red';
import type { MeasuredEndpoint, ProcessFigures } from '../../../src/metrics/collect';
import type { Meters } from '../../../src/metrics/meters';
import { MetricsService } from '../../../src/metrics/metrics-service';
import type { MeasuredStore } from '../../../src/metrics/store-figures';
import type { Clock } from '../../../src/shared/clock';
import { packageVersion } from './package-version';
import type { StoreRegistry } from './store-registry';

export interface MeasuredRuntime {
  readonly clock: Clock;
  readonly stores: StoreRegistry;
  readonly tracker: { readonly openAttempts: number };
  readonly storeHealth: { readonly isFailing: boolean };
  readonly retries: { attachedIds(): readonly string[] };
  readonly endpointInfo: ReadonlyMap<string, MeasuredEndpoint>;
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
    endpoints: () =>
      [...runtime.endpointInfo.values()].map(({ endpoint, handshakes }) => ({
        endpoint,
        handshakes: handshakes && { answered: handshakes.answered, refused: handshakes.refused },
      })),
    nodes: () => runtime.retries.attachedIds(),
    openAttempts: () => runtime.tracker.openAttempts,
    process: processFigures,
  });
}

function measuredStores({ stores, storeHealth }: MeasuredRuntime): MeasuredStore[] {
  return stores.described().map(({ name, store, isSound, limitBytes, file }) => ({
    ...{ name, store, limitBytes },
    // A write that failed is of one of them; of which, nobody has noted.
    isSound: isSound && !storeHealth.isFailing,
    freeBytes: () => freeBytes(file),
  }));
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
