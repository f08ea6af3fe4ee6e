import type { Node, NodeAPI } from 'node-red';
import type { SyncError } from '../../src/sync/sync-error';

export function showRunning(RED: NodeAPI, node: Node): void {
  const text = RED._('apilinker-sync.status.running');
  node.status({ fill: 'blue', shape: 'dot', text });
}

export function showSent(RED: NodeAPI, node: Node, count: number): void {
  const text = RED._('apilinker-sync.status.sent', { count: String(count) });
  node.status({ fill: 'green', shape: 'dot', text });
}

/** The kind of failure only: `AUTH 401`. Its words are in the log and at Catch nodes. */
export function showFailure(node: Node, error: SyncError): void {
  const text = [error.category, error.statusCode ?? ''].join(' ').trim();
  node.status({ fill: 'red', shape: 'dot', text });
}
