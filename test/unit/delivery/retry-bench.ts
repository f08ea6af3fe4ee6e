import type { TestContext } from 'node:test';
import { interruptedRecord } from '../../../src/delivery/attempt-record';
import type { FlowMessage } from '../../../src/delivery/flow-hooks';
import { RetryRunner } from '../../../src/delivery/retry-runner';
import type { RetrySettings } from '../../../src/delivery/retry-settings';
import type { RetryJob } from '../../../src/events/event';
import type { EventStore } from '../../../src/events/event-store';
import { loadMessage, storeMessage } from '../../../src/events/message-bytes';
import { RETRY_DEFAULTS, type RetryPolicy } from '../../../src/retry/options';
import type { Clock } from '../../../src/shared/clock';
import { newId } from '../../../src/shared/ids';
import { silentLogger } from '../../../src/shared/logger';
import { FakeFlow } from '../../support/fake-flow';
import { deliveryTools, type Tools } from './delivery-bench';

export interface RetryBench extends Tools {
  readonly runner: RetryRunner;
  readonly settings: RetrySettings;
  /** Behind the first output. */
  readonly attempts: FakeFlow;
  /** Behind the second output. */
  readonly exhausted: FakeFlow;
  jobs(): Promise<readonly RetryJob[]>;
  /** Ends the running attempt and lets its quiet period pass. */
  end(flow: FakeFlow, error?: unknown): Promise<void>;
}

/** A retry node whose two outputs are nodes that the test controls. */
export async function retryBench(
  t: TestContext,
  policy: Partial<RetryPolicy> = {},
  given?: Tools,
  concurrency = 10,
  onEventEnded = (): void => undefined,
): Promise<RetryBench> {
  const tools = given ?? (await deliveryTools(t));
  const attempts = new FakeFlow(tools.tracker, 'attempts');
  const exhausted = new FakeFlow(tools.tracker, 'exhausted');
  const settings: RetrySettings = {
    policy: { ...RETRY_DEFAULTS, ...policy },
    attempt: {
      timeoutMs: 300_000,
      quietMs: 150,
      failOnHttpStatus: true,
      acceptStatus: [],
      outcome: 'automatic',
    },
    concurrency,
    store: tools.store,
    sendAttempt: attempts.receive,
    sendExhausted: exhausted.receive,
    onChange: () => undefined,
  };
  const cloneMessage = (msg: FlowMessage): FlowMessage => loadMessage(storeMessage(msg));
  const runner = new RetryRunner(settings, {
    ...{ nodeId: 'retry', logger: silentLogger, cloneMessage, onEventEnded, random: () => 0.5 },
    inertResponse: () => ({ inert: true }),
    ...tools,
  });
  runner.open();
  t.after(() => runner.close());
  return {
    ...tools,
    runner,
    settings,
    attempts,
    exhausted,
    jobs: () => tools.store.jobs({ nodeId: 'retry', limit: 100 }),
    async end(flow, error) {
      flow.finish(error);
      await tools.clock.untilIdleThenAdvance(150);
    },
  };
}

/** `msg.retry`. */
export const retryOf = (msg: FlowMessage | undefined): Record<string, unknown> =>
  msg?.['retry'] as Record<string, unknown>;

/** A job that is due now, of no event. */
export async function storeJob(
  store: EventStore,
  clock: Clock,
  message: Uint8Array,
): Promise<void> {
  const nowMs = clock.now();
  const times = { firstAttemptAtMs: nowMs, dueAtMs: nowMs };
  const owner = { eventId: null, eventAttempt: 0, nodeId: 'retry', arrival: 1 };
  const end = { attempts: 1, lastError: null, reason: null };
  await store.park({
    job: { id: newId(), ...owner, ...times, ...end, state: 'waiting', message },
    attempt: { ...interruptedRecord('retry', 1, nowMs), outcome: 'failed' },
  });
}
