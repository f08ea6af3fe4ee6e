import type { EventStore } from '../../../src/events/event-store';

const MOST_LOOKED_AT = 20;

/** The retry node of an open job of that endpoint which is missing in the flows; null: none is. */
export async function missingRetryNode(
  stores: readonly EventStore[],
  endpoint: string,
  isMissing: (nodeId: string) => boolean,
): Promise<string | null> {
  for (const store of new Set(stores)) {
    const retrying = await store.list({ endpoint, status: 'retrying', limit: MOST_LOOKED_AT });
    for (const { id } of retrying.events) {
      const jobs = await store.jobs({ eventId: id, open: true, limit: MOST_LOOKED_AT });
      const job = jobs.find(({ nodeId }) => isMissing(nodeId));
      if (job !== undefined) return job.nodeId;
    }
  }
  return null;
}
