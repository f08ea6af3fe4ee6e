import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import type { EventStore } from '../../src/events/event-store';
import { errorText } from '../../src/shared/errors';
import { compileFields } from '../../src/sync/mapping/fields';
import { overlapOf } from '../../src/sync/overlap';
import { SyncError } from '../../src/sync/sync-error';
import { SyncQueue } from '../../src/sync/sync-queue';
import { summaryOf } from '../../src/sync/sync-result';
import { attachStore } from '../shared/runtime/attach-store';
import { attemptSignal } from '../shared/runtime/attempt-signal';
import { connectionOf } from '../shared/runtime/connection-of';
import { defineNode, showProblem } from '../shared/runtime/define-node';
import { FIELDS, TYPE, type ApilinkerSyncConfig } from './apilinker-sync.config';
import { clusterTurn } from './cluster-turn';
import { runMessage, type Send, type SyncNode } from './run-message';
import { payloadOf } from './sync-messages';
import { showFailure, showRunning, showSent } from './sync-status';

/** Sends what a message carries, or what an API answers, to another API. */
export default function register(RED: NodeAPI): void {
  defineNode<ApilinkerSyncConfig>(RED, {
    type: TYPE,
    fields: FIELDS,
    start: (node, config) => start(RED, node, config),
  });
}

function start(RED: NodeAPI, node: Node, config: ApilinkerSyncConfig): void {
  const { fields, problems } = compileFields(config.fields);
  const overlap = overlapOf(config.overlap, config.source === '' ? 'message' : 'api');
  let store: EventStore | null = null;
  const open = (): EventStore => (store ??= attachStore(RED, node, config.history));
  const self: SyncNode = {
    ...{ RED, node, config, problems, open },
    fields: config.fields.length === 0 ? null : fields,
    queue: new SyncQueue(overlap, clusterTurn({ RED, node, config }, open)),
    memory: null,
  };
  const running = new Set<AbortController>();
  node.on('input', (msg, send, done) => {
    const controller = new AbortController();
    // An attempt has its own end, which a stopping process puts off for a moment.
    const signal = attemptSignal(RED, msg);
    if (signal === undefined) running.add(controller);
    void attempt(self, msg, send as Send, { controller, signal }).then((problem) => {
      running.delete(controller);
      done(problem);
    });
  });
  node.on('close', () => {
    for (const controller of running) controller.abort();
  });
  showSetup(self);
}

/** Problems that every message will meet are shown at once; the messages' own errors have a category. */
function showSetup({ RED, node, config, problems }: SyncNode): void {
  try {
    if (problems.length > 0) throw new Error(problems.join(' '));
    connectionOf(RED, config.target);
    if (config.source !== '') connectionOf(RED, config.source);
  } catch (thrown) {
    showProblem(RED, node, thrown, 'sync');
  }
}

/** One run for one message; resolves to the error to report, and never rejects. */
async function attempt(
  self: SyncNode,
  msg: NodeMessageInFlow,
  send: Send,
  { controller, signal }: { controller: AbortController; signal: AbortSignal | undefined },
): Promise<Error | undefined> {
  const unlink = linkSignals(controller, signal);
  try {
    await sync(self, msg, send, controller.signal);
    return undefined;
  } catch (thrown) {
    // For Catch nodes: what had been delivered when it ended.
    if (thrown instanceof SyncError && thrown.summary !== null) {
      Object.assign(msg, { sync: thrown.summary });
    }
    return failed(self, thrown);
  } finally {
    unlink();
  }
}

/** Aborts with the signal; returns the function that unlinks them. */
function linkSignals(controller: AbortController, signal: AbortSignal | undefined): () => void {
  const abort = (): void => controller.abort();
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return () => signal?.removeEventListener('abort', abort);
}

/** Runs one sync; throws a SyncError unless everything was delivered. */
async function sync(
  self: SyncNode,
  msg: NodeMessageInFlow,
  send: Send,
  signal: AbortSignal,
): Promise<void> {
  const { RED, node } = self;
  showRunning(RED, node);
  const result = await runMessage(self, msg, send, signal);
  Object.assign(msg, { sync: summaryOf(result) });
  if (result.failure !== null) throw result.failure;
  showSent(RED, node, result);
  // Messages that shared a run must not share its result.
  msg.payload = self.config.source === '' ? payloadOf(result) : structuredClone(payloadOf(result));
  send([msg, null]);
}

function failed(self: SyncNode, thrown: unknown): Error {
  const problem =
    thrown instanceof SyncError
      ? thrown
      : new SyncError(errorText(thrown), { category: 'UNKNOWN' });
  showFailure(self.RED, self.node, problem, isPaused(self));
  return problem;
}

/** Whether an endpoint is left alone for a while, since it has failed too often. */
function isPaused({ RED, config }: SyncNode): boolean {
  const { source, sourceEndpoint, target, targetEndpoint } = config;
  const isOpen = (id: string, endpoint: string): boolean => {
    try {
      return connectionOf(RED, id).endpoint(endpoint).breaker.state === 'open';
    } catch {
      return false;
    }
  };
  return isOpen(target, targetEndpoint) || (source !== '' && isOpen(source, sourceEndpoint));
}
