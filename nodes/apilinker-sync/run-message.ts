import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import type { EventStore } from '../../src/events/event-store';
import { systemClock } from '../../src/shared/clock';
import type { FieldMapping } from '../../src/sync/mapping/fields';
import { parseReadPath, readPath } from '../../src/sync/mapping/path';
import type { SyncQueue } from '../../src/sync/sync-queue';
import { runSync, type SyncOptions, type SyncSource } from '../../src/sync/sync';
import { SyncError } from '../../src/sync/sync-error';
import { SyncMemory } from '../../src/sync/sync-memory';
import type { SyncResult } from '../../src/sync/sync-result';
import { fillEndpoint, fillParams, namesState } from '../../src/sync/templates';
import { connectionOf } from '../shared/runtime/connection-of';
import { metersOf } from '../shared/runtime/meters-of';
import type { ApilinkerSyncConfig } from './apilinker-sync.config';
import { failedMessages } from './sync-messages';
import { readOverrides, type SyncOverrides } from './sync-overrides';

/** A node and what it was deployed with. */
export interface SyncNode {
  readonly RED: NodeAPI;
  readonly node: Node;
  readonly config: ApilinkerSyncConfig;
  /** Null: items are sent as they are. */
  readonly fields: readonly FieldMapping[] | null;
  /** A mapping with problems never runs. */
  readonly problems: readonly string[];
  readonly queue: SyncQueue<SyncResult>;
  /** The history, opened when a sync first needs it. */
  readonly open: () => EventStore;
  memory: SyncMemory | null;
}

export type Send = (messages: (NodeMessageInFlow | null | NodeMessageInFlow[])[]) => void;

/** Runs the sync that a message asks for, in its turn. Throws a SyncError where it cannot be done. */
export function runMessage(
  self: SyncNode,
  msg: NodeMessageInFlow,
  send: Send,
  signal: AbortSignal,
): Promise<SyncResult> {
  const { RED, node, config, problems, fields } = self;
  if (problems.length > 0) throw new SyncError(problems.join(' '), { category: 'VALIDATION' });
  const overrides = readOverrides((msg as { sync?: unknown }).sync);
  const { params, strict, concurrency, sendMode, batchSize } = config;
  const target = { connection: connectionOf(RED, config.target), endpoint: config.targetEndpoint };
  const source = sourceOf(self, msg);
  const options: Omit<SyncOptions, 'signal'> = {
    source,
    target,
    params,
    moreParams: overrides.params,
    message: msg,
    fields,
    strict,
    concurrency,
    batchSize: sendMode === 'batch' ? batchSize : null,
    idempotency: idempotencyOf(self, msg),
    memory: memoryOf(self, source, target, overrides),
    dryRun: overrides.dryRun,
    clock: systemClock,
    logger: loggerOf(node),
    onFailed: (failed) => send([null, failedMessages(RED, msg, failed)]),
  };
  const key = JSON.stringify([requestsOf(options), overrides]);
  return self.queue.run(key, signal, (ended) => counted(self, { ...options, signal: ended }));
}

/** Runs a sync and counts it, once for all messages that share it; a dry run is none. */
async function counted({ RED, node }: SyncNode, options: SyncOptions): Promise<SyncResult> {
  const meters = metersOf(RED);
  try {
    const result = await runSync(options);
    if (options.dryRun) return result;
    const { success, count, details } = result;
    const { failedCount, skippedCount } = details;
    const items = { sent: count, skipped: skippedCount, failed: failedCount };
    meters.synced(node.id, { outcome: success ? 'success' : 'failed', ...items });
    return result;
  } catch (thrown) {
    if (!options.dryRun) {
      meters.synced(node.id, { outcome: 'failed', sent: 0, skipped: 0, failed: 0 });
    }
    throw thrown;
  }
}

function sourceOf({ RED, config }: SyncNode, msg: NodeMessageInFlow): SyncSource {
  if (config.source === '') {
    return { data: readPath(msg, parseReadPath(config.sourceProperty)) };
  }
  return { connection: connectionOf(RED, config.source), endpoint: config.sourceEndpoint };
}

/** What a message asks for, whatever the time: two that agree in it may share a sync. */
function requestsOf({ source, target, params, message }: Omit<SyncOptions, 'signal'>): unknown {
  const values = { message, nowMs: 0, lastSync: '', cursor: '' };
  const ends = 'data' in source ? [target] : [source, target];
  return [
    fillParams(params, values),
    ...ends.map(({ connection, endpoint }) =>
      fillEndpoint(connection.endpoint(endpoint).endpoint, values),
    ),
  ];
}

/** The event's id, and the node's: two syncs of one event are not the same request. */
function idempotencyOf(
  { node, config }: SyncNode,
  msg: NodeMessageInFlow,
): SyncOptions['idempotency'] {
  const id = readPath(msg, ['webhook', 'id']);
  if (config.idempotencyHeader === '' || config.source !== '' || typeof id !== 'string')
    return null;
  return { header: config.idempotencyHeader, key: `${id}.${node.id}` };
}

/** Null where nothing has to be remembered: then no store is opened. */
function memoryOf(
  self: SyncNode,
  source: SyncSource,
  target: SyncOptions['target'],
  { reset, lastSync }: SyncOverrides,
): SyncOptions['memory'] {
  const { node, config } = self;
  const ends = 'data' in source ? [target] : [source, target];
  const endpoints = ends.map(({ connection, endpoint }) => connection.endpoint(endpoint).endpoint);
  const needed =
    config.idempotency || config.cursorPath !== '' || namesState([config.params, endpoints]);
  if (!needed) return null;
  self.memory ??= new SyncMemory(self.open(), node.id);
  return {
    of: self.memory,
    skipDelivered: config.idempotency,
    cursorPath: config.cursorPath,
    initial: config.lastSync,
    reset,
    lastSync,
  };
}

function loggerOf(node: Node): SyncOptions['logger'] {
  return {
    debug: (message: string) => node.debug(message),
    info: (message: string) => node.log(message),
    warn: (message: string) => node.warn(message),
    error: (message: string) => node.error(message),
  };
}
