import type { Node, NodeAPI } from 'node-red';
import type { SyncError } from '../../src/sync/sync-error';
import type { SyncResult } from '../../src/sync/sync-result';
import { showStatus } from '../shared/runtime/node-status';

export function showRunning(RED: NodeAPI, node: Node): void {
  const text = RED._('apilinker-sync.status.running');
  showStatus(node, 'sync', { fill: 'blue', shape: 'dot', text });
}

/** Yellow where more pages were there than may be fetched. */
export function showSent(RED: NodeAPI, node: Node, { count, details }: SyncResult): void {
  const key = details.truncated ? 'truncated' : 'sent';
  const text = RED._(`apilinker-sync.status.${key}`, { count: String(count) });
  showStatus(node, 'sync', { fill: details.truncated ? 'yellow' : 'green', shape: 'dot', text });
}

/** The kind of failure only: `AUTH 401`. Its words are in the log and at Catch nodes. */
export function showFailure(RED: NodeAPI, node: Node, error: SyncError, paused: boolean): void {
  const kind = [error.category, error.statusCode ?? ''].join(' ').trim();
  const text = paused ? RED._('apilinker-sync.status.paused', { kind }) : kind;
  showStatus(node, 'sync', { fill: 'red', shape: paused ? 'ring' : 'dot', text });
}
