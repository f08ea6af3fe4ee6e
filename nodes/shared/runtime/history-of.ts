import type { NodeAPI } from 'node-red';
import { HISTORY_DEFAULTS, type HistorySettings } from '../history-settings';
import { textOf } from './text-of';

/** Settings of the history nodes that exist, by node instance. */
const settings = new WeakMap<object, HistorySettings>();

export function provideHistory(node: object, history: HistorySettings): void {
  settings.set(node, history);
}

/** The history that a node uses: the config node with that id, or (empty) the shared default. */
export function historyOf(RED: NodeAPI, historyId: string): HistorySettings {
  if (historyId === '') return HISTORY_DEFAULTS;
  const node = RED.nodes.getNode(historyId) as object | null;
  const history = node === null ? undefined : settings.get(node);
  if (history === undefined) {
    throw new Error(textOf(RED, 'webhook-history.error.missing'));
  }
  return history;
}
