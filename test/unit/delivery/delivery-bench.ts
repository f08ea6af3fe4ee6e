import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { EndpointDispatcher } from '../../../src/delivery/endpoint-dispatcher';
import { FlowTracker } from '../../../src/delivery/flow-tracker';
import { PersistentWriter } from '../../../src/delivery/persistent-write';
import { NO_OTHER_STORES, type StorePool } from '../../../src/delivery/store-pool';
import { Quarantine } from '../../../src/delivery/quarantine';
import type { NewEvent } from '../../../src/events/event';
import type { EventStore } from '../../../src/events/event-store';
import { openSqliteStore } from '../../../src/events/sqlite/open';
import { newId } from '../../../src/shared/ids';
import { silentLogger } from '../../../src/shared/logger';
import { createFakeClock, type FakeClock } from '../../support/fake-clock';
import { FakeFlow } from '../../support/fake-flow';

const ENDPOINT = '/hooks/test';

export function newEvent(change: Partial<NewEvent> = {}): NewEvent {
  return {
    id: newId(),
    endpoint: ENDPOINT,
    name: 'hooks_test',
    provider: 'none',
    eventType: null,
    deliveryId: null,
    receivedAtMs: Date.now(),
    verification: null,
    request: {
      method: 'POST',
      url: ENDPOINT,
      path: ENDPOINT,
      params: {},
      query: {},
      headers: { 'content-type': 'application/json' },
      ip: '127.0.0.1',
    },
    body: Buffer.from('{"a":1}'),
    replayOf: null,
    edited: false,
    test: false,
    ...change,
  };
}

/** The clock moves only when nothing is left to do at its present time. */
export interface SteadyClock extends FakeClock {
  untilIdleThenAdvance(ms: number): Promise<void>;
}

export interface Tools {
  readonly clock: SteadyClock;
  readonly store: EventStore;
  readonly tracker: FlowTracker;
  readonly writer: PersistentWriter;
  readonly stores?: StorePool;
  readonly quarantine: Quarantine;
}

/** A real store in a folder of its own, a tracker, and a clock that the test moves. */
export async function deliveryTools(t: TestContext): Promise<Tools> {
  const folder = mkdtempSync(join(tmpdir(), 'delivery-'));
  const store = await openSqliteStore({
    file: join(folder, 'history.sqlite'),
    logger: silentLogger,
    retention: { maxEvents: 1000, maxAgeMs: null },
  });
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const fake = createFakeClock(Date.now());
  const clock: SteadyClock = Object.assign(fake, {
    async untilIdleThenAdvance(ms: number) {
      for (let turn = 0; turn < 5; turn++) {
        await new Promise<void>((resolve) => void setImmediate(resolve));
      }
      fake.advance(ms);
    },
  });
  let ids = 0;
  const tracker = new FlowTracker({
    clock,
    newMessageId: () => `msg-${++ids}`,
    isCatchable: () => true,
  });
  const writer = new PersistentWriter(clock, silentLogger);
  const quarantine = new Quarantine(clock, () => undefined);
  return { clock, store, tracker, writer, quarantine };
}

export interface DeliveryBench extends Tools {
  readonly dispatcher: EndpointDispatcher;
  readonly flow: FakeFlow;
  statusOf(eventId: string): Promise<string | undefined>;
}

/** An endpoint whose flow is one node that the test controls. */
export async function deliveryBench(
  t: TestContext,
  options: { concurrency?: number; quietMs?: number; ordered?: boolean; stores?: StorePool } = {},
): Promise<DeliveryBench> {
  const { stores = NO_OTHER_STORES } = options;
  const tools = { ...(await deliveryTools(t)), stores };
  const flow = new FakeFlow(tools.tracker);
  const dispatcher = new EndpointDispatcher(
    {
      endpoint: ENDPOINT,
      concurrency: options.concurrency ?? 10,
      ordered: options.ordered ?? false,
      attempt: {
        timeoutMs: 30_000,
        quietMs: options.quietMs ?? 150,
        failOnHttpStatus: true,
        acceptStatus: [],
        outcome: 'automatic',
      },
      includeRawBody: false,
      inertResponse: null,
      maxDecodedBytes: 1_000_000,
      store: tools.store,
      send: flow.receive,
    },
    { ...tools, logger: silentLogger },
  );
  dispatcher.serve(['POST']);
  dispatcher.open();
  const statusOf = async (eventId: string): Promise<string | undefined> =>
    (await tools.store.get(eventId))?.event.status;
  return { ...tools, dispatcher, flow, statusOf };
}
