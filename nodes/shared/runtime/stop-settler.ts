import type { NodeAPI } from 'node-red';
import type { FlowTracker } from '../../../src/delivery/flow-tracker';
import type { PersistentWriter } from '../../../src/delivery/persistent-write';
import { onProcessStop } from './http/process-stop';

/** Node-RED's own default. */
const CLOSE_TIMEOUT_MS = 15_000;
/** Docker kills 10 s after it told a process to end, and a kill counts as a crash. */
const LAST_ATTEMPTS_MS = 8000;

/**
 * For close handlers: settles the attempts of flows that stop, so that all is on disk when the nodes are
 * closed. When the process stops, nothing waits for us after that; then attempts that are at their last
 * node may end there, for a while.
 */
export function stopSettler(
  RED: NodeAPI,
  tracker: FlowTracker,
  writer: PersistentWriter,
): () => Promise<void> {
  let ending = false;
  let lastAttempts: Promise<void> | null = null;
  onProcessStop(() => {
    ending = true;
  });
  return async () => {
    // One turn of the event loop after all nodes were told to close.
    await new Promise<void>((resolve) => void setImmediate(resolve));
    if (ending) await (lastAttempts ??= tracker.letEnd(boundMs(RED)));
    tracker.interruptLost();
    await writer.settled();
  };
}

function boundMs(RED: NodeAPI): number {
  const { nodeCloseTimeout } = RED.settings as { nodeCloseTimeout?: number };
  return Math.min(LAST_ATTEMPTS_MS, 0.8 * (nodeCloseTimeout ?? CLOSE_TIMEOUT_MS));
}
