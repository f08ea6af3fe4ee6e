import type { NodeAPI } from 'node-red';
import type { EventStore } from '../../src/events/event-store';
import type { SharedRuns } from '../../src/events/peers';
import { errorText } from '../../src/shared/errors';
import { mountAdminRoutes } from '../shared/runtime/admin-routes';
import { agreeOnPaths } from '../shared/runtime/http/agree-on-paths';
import { followRemoved } from '../shared/runtime/follow-removed';
import { historyServices } from '../shared/runtime/history-services';
import { testEventsOf } from '../shared/runtime/test-events';
import { webhooksRuntime } from '../shared/runtime/webhooks-runtime';
import { filterRoutes } from './filter-routes';
import { metricsRoute } from './metrics-route';
import { historyRoutes } from './history-routes';
import { steeringRoutes } from './steering-routes';
import { testRoutes } from './test-routes';
import { syncRoutes } from './sync-routes';

/**
 * Plugin: loads before the nodes, so that the tracker sees errors before other log handlers have
 * changed them, and serves the admin API also while no node of ours is deployed.
 */
export default function register(RED: NodeAPI): void {
  try {
    const runtime = webhooksRuntime(RED);
    followRemoved(RED);
    agreeOnPaths(RED);
    const stores = (): EventStore[] => runtime.stores.all().map(({ store }) => store);
    const services = historyServices(runtime, stores);
    const sharedRuns = (): SharedRuns[] =>
      runtime.stores.opened().flatMap(({ peers }) => (peers === null ? [] : [peers.runs]));
    const now = (): number => runtime.clock.now();
    mountAdminRoutes(RED, [
      ...historyRoutes(services.history, () => runtime.endpointInfo.values(), now),
      ...steeringRoutes(services, sharedRuns, runtime.clock),
      ...testRoutes(testEventsOf(RED)),
      ...syncRoutes(RED, runtime.clock),
      ...filterRoutes(RED, runtime.clock, stores),
      metricsRoute(runtime.metrics),
    ]);
  } catch (thrown) {
    // Node-RED loses what a plugin throws while it loads.
    RED.log.error(`[webhooks] The webhooks plugin can't start: ${errorText(thrown)}`);
  }
}
