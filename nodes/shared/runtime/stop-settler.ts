import type { NodeAPI } from 'node-red';
import type { FlowTracker } from '../../../src/delivery/flow-tracker';
import type { PersistentWriter } from '../../../src/delivery/persistent-write';
import type { Clock } from '../../../src/shared/clock';
import { onProcessStop } from './http/process-stop';
import type { StoreRegistry } from './store-registry';

/** Node-RED's own default. */
const CLOSE_TIMEOUT_MS = 15_000;
/** Docker kills 10 s after it told a process to end, and a kill counts as a crash. */
const LAST_ATTEMPTS_MS = 8000;
/** A server that does not answer keeps nobody from ending. */
const CLOSE_STORES_MS = 1500;

/**
 * For close handlers: settles the attempts of flows that stop, so that all is on disk when the nodes are
 * closed. When the process stops, nothing waits for us after that; then attempts that are at their last
 * node may end there, for a while, and the histories are closed: what they only count in memory is written,
 * a file is whole without its WAL, and other instances need not wait for the end of a lease.
 */
export function stopSettler(
  RED: NodeAPI,
  tracker: FlowTracker,
  writer: PersistentWriter,
  { stores, clock }: { readonly stores: Pick<StoreRegistry, 'end'>; readonly clock: Clock },
): () => Promise<void> {
  let ending = false;
  let end: Promise<void> | null = null;
  const settle = (): Promise<void> => {
    tracker.interruptLost();
    return writer.settled();
  };
  onProcessStop(() => {
    ending = true;
  });
  return async () => {
    // One turn of the event loop after all nodes were told to close.
    await new Promise<void>((resolve) => void setImmediate(resolve));
    if (!ending) return settle();
    end ??= tracker
      .letEnd(boundMs(RED))
      .then(settle)
      .then(() => within(clock, CLOSE_STORES_MS, stores.end()));
    await end;
  };
}

async function within(clock: Clock, ms: number, work: Promise<void>): Promise<void> {
  const late = new Promise<void>((resolve) => void clock.after(ms, resolve));
  await Promise.race([work, late]);
}

function boundMs(RED: NodeAPI): number {
  const { nodeCloseTimeout } = RED.settings as { nodeCloseTimeout?: number };
  return Math.min(LAST_ATTEMPTS_MS, 0.8 * (nodeCloseTimeout ?? CLOSE_TIMEOUT_MS));
}
