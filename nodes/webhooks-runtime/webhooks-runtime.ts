import type { NodeAPI } from 'node-red';
import { HistoryService } from '../../src/history/history-service';
import { errorText } from '../../src/shared/errors';
import { mountAdminRoutes } from '../shared/runtime/admin-routes';
import { redeliver } from '../shared/runtime/redeliver';
import { webhooksRuntime } from '../shared/runtime/webhooks-runtime';
import { historyRoutes } from './history-routes';

/**
 * Plugin: loads before the nodes, so that the tracker sees errors before other log handlers have
 * changed them, and serves the admin API also while no node of ours is deployed.
 */
export default function register(RED: NodeAPI): void {
  try {
    const runtime = webhooksRuntime(RED);
    const history = new HistoryService({
      stores: () => runtime.stores.all().map(({ store }) => store),
      redeliver: (event) => redeliver(runtime, event),
      clock: runtime.clock,
    });
    mountAdminRoutes(
      RED,
      historyRoutes(history, () => [...runtime.endpointInfo.values()]),
    );
  } catch (thrown) {
    // Node-RED loses what a plugin throws while it loads.
    RED.log.error(`[webhooks] The webhooks plugin can't start: ${errorText(thrown)}`);
  }
}
