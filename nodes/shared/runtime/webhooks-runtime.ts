import type { NodeAPI, NodeDef } from 'node-red';
import type { EndpointDispatcher } from '../../../src/delivery/endpoint-dispatcher';
import { FlowTracker } from '../../../src/delivery/flow-tracker';
import { PersistentWriter } from '../../../src/delivery/persistent-write';
import { Quarantine } from '../../../src/delivery/quarantine';
import type { RetryRunner } from '../../../src/delivery/retry-runner';
import type { StorePool } from '../../../src/delivery/store-pool';
import type { EventStore } from '../../../src/events/event-store';
import type { Histogram } from '../../../src/metrics/histogram';
import type { Meters } from '../../../src/metrics/meters';
import type { MetricsService } from '../../../src/metrics/metrics-service';
import { ChangeFeed, CHANGES_TOPIC, type HistoryChanges } from '../../../src/history/change-feed';
import { watchedStore, type WriteTimer } from '../../../src/history/watched-store';
import { systemClock, type Clock } from '../../../src/shared/clock';
import { errorText } from '../../../src/shared/errors';
import { groupedClock } from '../../../src/shared/grouped-clock';
import type { Logger } from '../../../src/shared/logger';
import { bindTracker } from './bind-tracker';
import { metersOf } from './meters-of';
import { metricsService } from './metrics';
import { FlowWorkers } from './flow-workers';
import { stopSettler } from './stop-settler';
import { flowsStarted, flowsStop } from './node-status';
import { StoreRegistry } from './store-registry';

/** What all our nodes of one Node-RED share. */
export interface WebhooksRuntime {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tracker: FlowTracker;
  readonly writer: PersistentWriter;
  readonly quarantine: Quarantine;
  readonly stores: StoreRegistry;
  /** Tells open editors what changes in the histories. */
  readonly feed: ChangeFeed;
  /** The open ones of them, for workers that look for their work. */
  readonly pool: StorePool;
  readonly dispatchers: FlowWorkers<EndpointDispatcher>;
  readonly retries: FlowWorkers<RetryRunner>;
  /** What the admin API tells about the endpoints, by node id. */
  readonly endpointInfo: Map<string, EndpointInfo>;
  /** What is counted where it happens. */
  readonly meters: Meters;
  readonly metrics: MetricsService;
  /** For close handlers: interrupts what lost its nodes, and waits until that is on disk. */
  settleStop(): Promise<void>;
}

/** An endpoint, without anything secret. */
export interface EndpointInfo {
  readonly nodeId: string;
  readonly endpoint: string;
  readonly path: string;
  readonly name: string;
  readonly methods: readonly string[];
  readonly provider: string;
  readonly enabled: boolean;
  /** Null: its sender has none. */
  readonly handshakes: HandshakesSeen | null;
}

/** The handshakes that came to an endpoint since it was deployed. */
export interface HandshakesSeen {
  readonly answered: number;
  readonly refused: number;
  /** ISO 8601; null: never. */
  readonly lastAt: string | null;
}

const runtimes = new WeakMap<object, WebhooksRuntime>();

/** The one runtime of this Node-RED, built on first use: by the plugin, which loads before the nodes. */
export function webhooksRuntime(RED: NodeAPI): WebhooksRuntime {
  const known = runtimes.get(RED.events);
  if (known !== undefined) return known;
  const runtime = createRuntime(RED);
  runtimes.set(RED.events, runtime);
  return runtime;
}

function createRuntime(RED: NodeAPI): WebhooksRuntime {
  const clock = systemClock;
  const logger = nodeRedLogger(RED);
  const tracker = new FlowTracker({
    clock: groupedClock(clock),
    newMessageId: () => RED.util.generateId(),
    isCatchable: catchNodes(RED),
    mayMiss: (nodeId) => mayMiss(RED, nodeId),
  });
  const writer = new PersistentWriter(clock, logger);
  const dispatchers = new FlowWorkers<EndpointDispatcher>();
  const retries = new FlowWorkers<RetryRunner>();
  const wake = (): void => {
    dispatchers.wake();
    retries.wake();
  };
  const isInFlow = (): boolean => tracker.openAttempts > 0 || writer.busy;
  const meters = metersOf(RED);
  const feed = new ChangeFeed(clock, (changes) => {
    publish(RED, changes);
    announce(stores.opened(), changes);
  });
  // Apart from our own: what others say must not be said again.
  const others = new ChangeFeed(clock, (changes) => publish(RED, changes));
  const stores = new StoreRegistry({
    ...{ userDir: userDirectory(RED), clock, logger, onWork: wake, isInFlow },
    watch: (store, history) => watchedStore(store, feed, writeTimer(meters.writesTo(history))),
    onChanges: (changes) => others.elsewhere(changes),
    beforeClose: () => runtime.metrics.beforeClose(),
  });
  const parts = {
    clock,
    logger,
    tracker,
    writer,
    quarantine: new Quarantine(clock, wake),
    stores,
    feed,
    pool: { all: () => stores.opened(), onStray: () => dispatchers.wake() },
    dispatchers,
    retries,
    endpointInfo: new Map<string, EndpointInfo>(),
    meters,
    settleStop: stopSettler(RED, tracker, writer, { stores, clock }),
  };
  const runtime: WebhooksRuntime = { ...parts, metrics: metricsService(RED, parts) };
  bindTracker(RED, tracker, (thrown) => logger.error(`Flow tracker: ${errorText(thrown)}`));
  followFlows(RED, runtime);
  return runtime;
}

function writeTimer(histogram: Histogram): WriteTimer {
  return {
    elapsedMs: () => performance.now(),
    written: (ms) => histogram.observe(ms / 1000),
  };
}

/** Rule 6: verdicts freeze when the flows begin to stop; what lost no node goes on after it. */
function followFlows(
  RED: NodeAPI,
  { tracker, stores, feed, dispatchers, retries }: WebhooksRuntime,
): void {
  RED.events.on('flows:stopping', () => {
    flowsStop();
    tracker.freeze();
    dispatchers.stop();
    retries.stop();
  });
  RED.events.on('flows:stopped', () => tracker.thaw());
  RED.events.on('flows:started', () => {
    tracker.restarted();
    stores.settle();
    feed.endpoints();
    dispatchers.start();
    retries.start();
    flowsStarted((node) => RED.nodes.getNode(node.id) === node);
  });
}

/** The editors that are open at other processes which share a store hear of it, too. */
function announce(stores: readonly EventStore[], changes: HistoryChanges): void {
  const { events, more, jobs, rejections } = changes;
  if (events.length === 0 && !more && !jobs && !rejections) return;
  for (const { peers } of stores) {
    peers?.announce({ events, more, jobs, rejections }).catch(() => undefined);
  }
}

function publish(RED: NodeAPI, changes: HistoryChanges): void {
  // The mock runtime of node-red-node-test-helper has no editors.
  const comms = RED.comms as NodeAPI['comms'] | undefined;
  comms?.publish(CHANGES_TOPIC, changes, false);
}

/** Whether a Catch node may see an error: kept simple, any Catch node of the running flows may. */
function catchNodes(RED: NodeAPI): (nodeId: string) => boolean {
  let any = true;
  RED.events.on('flows:started', () => {
    any = false;
    RED.nodes.eachNode((node: NodeDef) => {
      if (node.type === 'catch') any = true;
    });
  });
  return () => any;
}

/** A node that is switched off or a debug node. Node-RED has the new flows from the start of a deploy on. */
function mayMiss(RED: NodeAPI, nodeId: string): boolean {
  let may = false;
  RED.nodes.eachNode((node: NodeDef & { d?: boolean }) => {
    if (node.id === nodeId) may = node.d === true || node.type === 'debug';
  });
  return may;
}

/** Where everything of this Node-RED is kept. */
export function userDirectory(RED: NodeAPI): string {
  return typeof RED.settings.userDir === 'string' ? RED.settings.userDir : process.cwd();
}

function nodeRedLogger(RED: NodeAPI): Logger {
  const say =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string): void =>
      RED.log[level](`[webhooks] ${message}`);
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
}
