import { isNodeReds } from './own-process';

/** The signals at which Node-RED's own process stops its flows and ends (red.js). */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2', 'SIGBREAK'] as const;

/**
 * Calls back when Node-RED's process is told to end, before its flows are stopped: to the flows, that
 * looks like a deploy. Only where Node-RED itself handles these signals, as a listener keeps others
 * from ending the process.
 */
export function onProcessStop(callback: () => void): void {
  if (!isNodeReds(require.main)) return;
  for (const signal of SIGNALS) {
    if (process.listenerCount(signal) > 0) process.prependOnceListener(signal, callback);
  }
}
