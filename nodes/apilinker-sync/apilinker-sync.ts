import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { systemClock } from '../../src/shared/clock';
import { errorText } from '../../src/shared/errors';
import { compileFields, type FieldMapping } from '../../src/sync/mapping/fields';
import { parseReadPath, readPath } from '../../src/sync/mapping/path';
import { fillParams } from '../../src/sync/params';
import { failureOf, runSync, type SyncResult, type SyncSource } from '../../src/sync/sync';
import { SyncError } from '../../src/sync/sync-error';
import { attemptSignal } from '../shared/runtime/attempt-signal';
import { connectionOf } from '../shared/runtime/connection-of';
import { defineNode, showProblem } from '../shared/runtime/define-node';
import { FIELDS, TYPE, type ApilinkerSyncConfig } from './apilinker-sync.config';
import { failedMessages, summaryOf } from './sync-messages';
import { showFailure, showRunning, showSent } from './sync-status';

type Send = (messages: (NodeMessageInFlow | null | NodeMessageInFlow[])[]) => void;

/** Sends what a message carries, or what an API answers, to another API. */
export default function register(RED: NodeAPI): void {
  defineNode<ApilinkerSyncConfig>(RED, {
    type: TYPE,
    fields: FIELDS,
    start: (node, config) => start(RED, node, config),
  });
}

/** A node and what it was deployed with. */
interface SyncNode {
  readonly RED: NodeAPI;
  readonly node: Node;
  readonly config: ApilinkerSyncConfig;
  /** Null: items are sent as they are. */
  readonly fields: readonly FieldMapping[] | null;
  /** A mapping with problems never runs. */
  readonly problems: readonly string[];
}

function start(RED: NodeAPI, node: Node, config: ApilinkerSyncConfig): void {
  const { fields, problems } = compileFields(config.fields);
  const self = { RED, node, config, problems, fields: config.fields.length === 0 ? null : fields };
  const running = new Set<AbortController>();
  node.on('input', (msg, send, done) => {
    const controller = new AbortController();
    running.add(controller);
    void attempt(self, msg, send as Send, controller).then((problem) => {
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
    showProblem(node, errorText(thrown));
  }
}

/** One run for one message; resolves to the error to report, and never rejects. */
async function attempt(
  self: SyncNode,
  msg: NodeMessageInFlow,
  send: Send,
  controller: AbortController,
): Promise<Error | undefined> {
  let unlink = (): void => undefined;
  try {
    unlink = linkSignals(controller, attemptSignal(self.RED, msg));
    await sync(self, msg, send, controller.signal);
    return undefined;
  } catch (thrown) {
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
  const { RED, node, config, fields, problems } = self;
  if (problems.length > 0) throw new SyncError(problems.join(' '), { category: 'VALIDATION' });
  showRunning(RED, node);
  const target = { connection: connectionOf(RED, config.target), endpoint: config.targetEndpoint };
  const result = await runSync({
    source: sourceOf(self, msg),
    params: fillParams(config.params, msg),
    fields,
    target,
    clock: systemClock,
    logger: loggerOf(node),
    signal,
  });
  deliver(self, msg, result, send);
}

function sourceOf({ RED, config }: SyncNode, msg: NodeMessageInFlow): SyncSource {
  if (config.source === '') {
    return { data: readPath(msg, parseReadPath(config.sourceProperty)) };
  }
  return { connection: connectionOf(RED, config.source), endpoint: config.sourceEndpoint };
}

/** Success leaves by the first output; what failed by the second, before the error is reported. */
function deliver(self: SyncNode, msg: NodeMessageInFlow, result: SyncResult, send: Send): void {
  const { RED, node } = self;
  const failure = failureOf(result);
  Object.assign(msg, { sync: summaryOf(result) });
  if (failure !== null) {
    send([null, failedMessages(RED, msg, result)]);
    throw failure;
  }
  showSent(RED, node, result.count);
  msg.payload = result;
  send([msg, null]);
}

function failed({ node }: SyncNode, thrown: unknown): Error {
  const problem =
    thrown instanceof SyncError
      ? thrown
      : new SyncError(errorText(thrown), { category: 'UNKNOWN' });
  showFailure(node, problem);
  return problem;
}

function loggerOf(node: Node) {
  return {
    debug: (message: string) => node.debug(message),
    info: (message: string) => node.log(message),
    warn: (message: string) => node.warn(message),
    error: (message: string) => node.error(message),
  };
}
