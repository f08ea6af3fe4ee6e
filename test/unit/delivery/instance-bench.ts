import { EndpointDispatcher } from '../../../src/delivery/endpoint-dispatcher';
import { FlowTracker } from '../../../src/delivery/flow-tracker';
import { PersistentWriter } from '../../../src/delivery/persistent-write';
import { Quarantine } from '../../../src/delivery/quarantine';
import { RetryRunner } from '../../../src/delivery/retry-runner';
import { loadMessage, storeMessage } from '../../../src/events/message-bytes';
import type { PostgresEventStore } from '../../../src/events/postgres/open';
import { RETRY_DEFAULTS } from '../../../src/retry/options';
import { systemClock } from '../../../src/shared/clock';
import { silentLogger } from '../../../src/shared/logger';
import { FakeFlow } from '../../support/fake-flow';
import type { Cluster } from '../events/postgres-harness';

const ATTEMPT = {
  ...{ timeoutMs: 30_000, quietMs: 20, failOnHttpStatus: true, acceptStatus: [] },
  outcome: 'automatic',
} as const;

/** A Node-RED of a cluster, without the Node-RED: an endpoint and a retry node, each with a flow of one node. */
export interface Instance {
  readonly store: PostgresEventStore;
  readonly dispatcher: EndpointDispatcher;
  readonly runner: RetryRunner;
  readonly flow: FakeFlow;
  readonly retried: FakeFlow;
  /** Ids of the events that reached the flow, in order. */
  delivered(): string[];
}

export interface InstanceOptions {
  readonly concurrency?: number;
  readonly ordered?: boolean;
  readonly clusterWide?: boolean;
  readonly leaseMs?: number;
  /** Its heartbeats stop, as those of a dead or stopped process do; the rest of it goes on. */
  readonly silent?: boolean;
}

export async function openInstance(
  cluster: Cluster,
  options: InstanceOptions = {},
): Promise<Instance> {
  const {
    concurrency = 10,
    ordered = false,
    clusterWide = false,
    leaseMs = 60_000,
    silent = false,
  } = options;
  let wake = (): void => undefined;
  const clock = systemClock;
  const noBeats = { now: () => clock.now(), after: () => ({ cancel: () => undefined }) };
  const storeOptions = { onWork: () => wake(), clock: silent ? noBeats : clock };
  const store = await cluster.open(storeOptions, { leaseMs });
  let ids = 0;
  const tracker = new FlowTracker({
    ...{ clock, newMessageId: () => `msg-${++ids}`, isCatchable: () => true },
  });
  const writer = new PersistentWriter(clock, silentLogger);
  const quarantine = new Quarantine(clock, () => wake());
  const tools = { tracker, writer, quarantine, clock, logger: silentLogger };
  const [flow, retried] = [new FakeFlow(tracker), new FakeFlow(tracker, 'retried')];
  const dispatcher = new EndpointDispatcher(
    {
      ...{ endpoint: '/hooks/a', concurrency, ordered, clusterWide, attempt: ATTEMPT, store },
      ...{ includeRawBody: false, inertResponse: null, maxDecodedBytes: 1e6, send: flow.receive },
    },
    tools,
  );
  const runner = new RetryRunner(
    {
      policy: { ...RETRY_DEFAULTS, delaySeconds: 0.01, maxRetries: 3 },
      ...{ attempt: ATTEMPT, concurrency, clusterWide, store },
      ...{ sendAttempt: retried.receive, sendExhausted: () => undefined },
      onChange: () => undefined,
    },
    {
      ...{ ...tools, nodeId: 'retry1', random: () => 0.5, inertResponse: () => undefined },
      ...{
        cloneMessage: (msg) => loadMessage(storeMessage(msg)),
        onEventEnded: () => dispatcher.eventEnded(),
      },
    },
  );
  wake = () => {
    dispatcher.wake();
    runner.wake();
  };
  dispatcher.serve(['POST']);
  dispatcher.open();
  runner.open();
  const delivered = (): string[] =>
    flow.arrived.map((msg) => (msg['webhook'] as { id: string }).id);
  return { store, dispatcher, runner, flow, retried, delivered };
}
