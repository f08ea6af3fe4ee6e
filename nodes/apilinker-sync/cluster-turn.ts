import type { EventStore } from '../../src/events/event-store';
import type { TakeSyncTurn } from '../../src/sync/sync-queue';
import { historyOf } from '../shared/runtime/history-of';
import type { SyncNode } from './run-message';

/** Where Node-REDs with the same flows share a history, one of them runs a sync at a time. */
export function clusterTurn(
  { RED, node, config }: Pick<SyncNode, 'RED' | 'node' | 'config'>,
  open: () => EventStore,
): TakeSyncTurn {
  return async (signal) => {
    if (historyOf(RED, config.history).postgres === undefined) return null;
    const store = open();
    // Waits, bounded, for a store that is being opened: before, it knows of no others.
    await store.recallSync(node.id, []);
    return (await store.peers?.takeTurn(node.id, signal)) ?? null;
  };
}
