import type { Node } from 'node-red';
import type { StorePool } from '../../../src/delivery/store-pool';
import type { EventStore } from '../../../src/events/event-store';
import type { Clock, Timer } from '../../../src/shared/clock';
import { showStatus } from './node-status';

/** Changes within this time are shown together. */
const REFRESH_MS = 250;
/** Jobs that are counted exactly. */
const MAX_COUNTED = 500;

export interface RetryStatus {
  refresh(): void;
  stop(): void;
}

/** Shows below a retry node how many of its messages wait: from the stores, so also after a restart. */
export function showOpenJobs(
  node: Node,
  own: EventStore,
  pool: StorePool,
  clock: Clock,
  text: (waiting: string) => string,
): RetryStatus {
  let timer: Timer | null = null;
  const show = async (): Promise<void> => {
    const query = { nodeId: node.id, open: true, limit: MAX_COUNTED };
    const stores = [...new Set([own, ...pool.all()])];
    const jobs = (await Promise.all(stores.map((store) => store.jobs(query)))).flat();
    const count = jobs.length >= MAX_COUNTED ? `${MAX_COUNTED}+` : String(jobs.length);
    const waiting = { fill: 'yellow', shape: 'dot', text: text(count) } as const;
    showStatus(node, 'jobs', jobs.length === 0 ? null : waiting);
  };
  const refresh = (): void => {
    timer ??= clock.after(REFRESH_MS, () => {
      timer = null;
      // The store reports its own problems on the node; a count that is missing is none.
      show().catch(() => undefined);
    });
  };
  refresh();
  return { refresh, stop: () => timer?.cancel() };
}
