import type { Node, NodeAPI } from 'node-red';
import type { Connection } from '../../../src/sync/connection';
import { SyncError } from '../../../src/sync/sync-error';

/** What an apilinker-connection node offers to others. */
export interface ConnectionNode extends Node {
  /** The connection. Throws a SyncError where its settings or credentials cannot be used. */
  connection(): Connection;
}

/** The connection of that config node. Throws a SyncError that says what to do where there is none. */
export function connectionOf(RED: NodeAPI, id: string): Connection {
  if (id === '') throw unusable('No connection is chosen.');
  const node = RED.nodes.getNode(id) as Partial<ConnectionNode> | null | undefined;
  if (node === null || node === undefined) {
    throw unusable('The chosen connection does not exist or is disabled.');
  }
  if (node.connection !== undefined) return node.connection();
  throw unusable('The chosen connection has settings that cannot be used.');
}

function unusable(message: string): SyncError {
  return new SyncError(message, { category: 'VALIDATION' });
}
