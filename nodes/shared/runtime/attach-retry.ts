import type { Node, NodeAPI } from 'node-red';
import type { FlowMessage } from '../../../src/delivery/flow-hooks';
import { RetryRunner } from '../../../src/delivery/retry-runner';
import type { RetrySettings, RetryTools } from '../../../src/delivery/retry-settings';
import type { RetryPolicy } from '../../../src/retry/options';
import type { AttemptConfig } from '../attempt-fields';
import type { ConcurrencyScope } from '../concurrency-scope';
import { attachStore } from './attach-store';
import { attemptOptions } from './attempt-options';
import { inertResponse } from './http/flow-response';
import { WaitingStatus, type ShownWaiting } from './waiting-status';
import { webhooksRuntime, type WebhooksRuntime } from './webhooks-runtime';

/** What a retry node is configured with; the node declares the fields. */
export interface RetryConfig extends RetryPolicy, AttemptConfig {
  readonly history: string;
  readonly timeoutSeconds: number;
  readonly concurrency: number;
  readonly concurrencyScope: ConcurrencyScope;
}

/** The runner of this node: a new one, or the one that the instance before a deploy had. */
export function attachRetry(RED: NodeAPI, node: Node, config: RetryConfig): RetryRunner {
  const runtime = webhooksRuntime(RED);
  const store = attachStore(RED, node, config.history);
  const { pool, clock } = runtime;
  const text = ({ next, count, oldest }: ShownWaiting): string =>
    next === null
      ? RED._('webhook-retry.status.working', { count, oldest })
      : RED._('webhook-retry.status.waiting', { count, oldest, next });
  const status = new WaitingStatus(node, { nodeId: node.id }, { own: store, pool, clock, text });
  const settings: RetrySettings = {
    policy: config,
    attempt: attemptOptions(config),
    concurrency: config.concurrency,
    clusterWide: config.concurrencyScope === 'cluster',
    store,
    sendAttempt: (msg) => node.send([msg, null]),
    sendExhausted: (msg) => node.send([null, msg]),
    onChange: () => status.refresh(),
  };
  const runner = runtime.retries.attach(
    node.id,
    node,
    () => new RetryRunner(settings, retryTools(RED, runtime, node.id)),
    (known) => known.configure(settings),
  );
  node.on('close', (done: () => void) => {
    status.stop();
    runtime.retries.detach(node.id, node);
    void runtime.settleStop().then(done, done);
  });
  return runner;
}

function retryTools(RED: NodeAPI, runtime: WebhooksRuntime, nodeId: string): RetryTools {
  const { tracker, writer, quarantine, clock, logger, pool } = runtime;
  const cloneMessage = (msg: FlowMessage): FlowMessage => RED.util.cloneMessage(msg);
  const onEventEnded = (): void => {
    for (const dispatcher of runtime.dispatchers.attached()) dispatcher.eventEnded();
  };
  return {
    ...{ nodeId, tracker, writer, quarantine, clock, logger, cloneMessage, onEventEnded },
    ...{ stores: pool, random: Math.random, inertResponse },
  };
}
