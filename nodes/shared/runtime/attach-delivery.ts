import type { Node, NodeAPI } from 'node-red';
import type { DispatcherSettings } from '../../../src/delivery/dispatcher-settings';
import { EndpointDispatcher } from '../../../src/delivery/endpoint-dispatcher';
import type { EventStore } from '../../../src/events/event-store';
import { endpointKey } from '../../../src/events/event';
import { maxDecodedBytes } from '../../../src/ingest/endpoint';
import type { EventSink } from '../../../src/ingest/event-sink';
import type { AttemptConfig } from '../attempt-fields';
import type { ConcurrencyScope } from '../concurrency-scope';
import { attachStore } from './attach-store';
import { missingRetryNode } from './missing-retry-node';
import { attemptOptions } from './attempt-options';
import { historyOf } from './history-of';
import { inertResponse } from './http/flow-response';
import { WaitingStatus, type ShownWaiting } from './waiting-status';
import { webhooksRuntime, type HandshakesSeen, type WebhooksRuntime } from './webhooks-runtime';

/** What delivering needs to know of an endpoint; the node declares the fields. */
export interface DeliveryConfig extends AttemptConfig {
  readonly name: string;
  readonly path: string;
  readonly methods: readonly string[];
  readonly enabled: boolean;
  readonly provider: string;
  readonly history: string;
  readonly listener: string;
  readonly concurrency: number;
  readonly concurrencyScope: ConcurrencyScope;
  readonly ordered: boolean;
  readonly timeoutSeconds: number;
  readonly includeRawBody: boolean;
  readonly maxBodyKb: number;
  readonly response: 'received' | 'outcome' | 'flow';
}

export interface AttachedDelivery extends EventSink {
  /** Which methods of its path the endpoint holds, each time the flows are started. */
  serve(methods: readonly string[]): void;
  /** While the flows stop: resolves when all that lost its flow is on disk as interrupted. */
  settled(): Promise<void>;
}

/**
 * Connects an endpoint to its store and its flow. The sink outlives this instance of the node: what
 * is accepted while a deploy goes on is stored, and delivered once the flows run again.
 */
export function attachDelivery(
  RED: NodeAPI,
  node: Node,
  config: DeliveryConfig,
  handshakes?: () => HandshakesSeen | null,
): AttachedDelivery {
  const runtime = webhooksRuntime(RED);
  const store = attachStore(RED, node, config.history);
  const status = showPending(RED, node, store, config);
  const onChange = (): void => status.refresh();
  const settings = { ...dispatcherSettings(RED, node, config), store, onChange };
  const tools = {
    tracker: runtime.tracker,
    writer: runtime.writer,
    quarantine: runtime.quarantine,
    clock: runtime.clock,
    logger: runtime.logger,
    stores: runtime.pool,
  };
  const dispatcher = runtime.dispatchers.attach(
    node.id,
    node,
    () => new EndpointDispatcher(settings, tools),
    (known) => {
      known.configure(settings);
      // Of its new path it holds what it is told when the flows are started.
      known.serve([]);
    },
  );
  publishInfo(runtime, node, settings.endpoint, config, handshakes);
  node.on('close', () => {
    status.stop();
    runtime.dispatchers.detach(node.id, node);
  });
  return {
    settled: () => runtime.settleStop(),
    release: (eventId) => dispatcher.release(eventId),
    serve: (methods) => dispatcher.serve(methods),
    accept: async (event, options) => {
      const acceptance = await dispatcher.accept(event, options);
      return acceptance.kind === 'stored'
        ? { kind: 'received', eventId: event.id }
        : { kind: acceptance.kind, eventId: acceptance.eventId };
    },
  };
}

/** The events that wait for their turn. */
function showPending(
  RED: NodeAPI,
  node: Node,
  own: EventStore,
  { listener, path, ordered }: DeliveryConfig,
): WaitingStatus {
  const { pool, clock, retries } = webhooksRuntime(RED);
  const text = ({ count, oldest, missing }: ShownWaiting): string =>
    missing === null
      ? RED._('webhook-in.status.waiting', { count, oldest })
      : RED._('webhook-in.status.heldUp', { count, node: missing });
  const endpoint = endpointKey(listener, path);
  // Without an order the others pass the event whose retry node is gone.
  const missing = (): Promise<string | null> =>
    ordered
      ? missingRetryNode([own, ...pool.all()], endpoint, (id) => retries.isMissing(id))
      : Promise.resolve(null);
  return new WaitingStatus(node, { endpoint }, { own, pool, clock, text, missing });
}

function dispatcherSettings(
  RED: NodeAPI,
  node: Node,
  config: DeliveryConfig,
): Omit<DispatcherSettings, 'store' | 'onChange'> {
  return {
    endpoint: endpointKey(config.listener, config.path),
    concurrency: config.concurrency,
    // In a file there is nobody to share it with, and events may be handed over as they are stored.
    clusterWide:
      config.concurrencyScope === 'cluster' &&
      historyOf(RED, config.history).postgres !== undefined,
    ordered: config.ordered,
    attempt: attemptOptions(config),
    includeRawBody: config.includeRawBody,
    maxDecodedBytes: maxDecodedBytes(config.maxBodyKb * 1024),
    inertResponse: config.response === 'flow' ? inertResponse : null,
    send: (msg) => node.send(msg),
  };
}

function publishInfo(
  { endpointInfo }: WebhooksRuntime,
  node: Node,
  endpoint: string,
  { path, name, methods, provider, enabled }: DeliveryConfig,
  handshakes?: () => HandshakesSeen | null,
): void {
  const info = {
    ...{ nodeId: node.id, endpoint, path, name, methods, provider, enabled },
    get handshakes() {
      return handshakes?.() ?? null;
    },
  };
  endpointInfo.set(node.id, info);
  node.on('close', () => {
    if (endpointInfo.get(node.id) === info) endpointInfo.delete(node.id);
  });
}
