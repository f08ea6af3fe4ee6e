import { WebhookError } from '../../src/shared/errors';
import type { AdminRoute } from '../shared/runtime/admin-routes';
import type { TestEvents } from '../shared/runtime/test-events';

/** Test events, to endpoints as they are deployed. */
export function testRoutes(testEvents: TestEvents): AdminRoute[] {
  return [
    {
      method: 'post',
      path: '/endpoints/:nodeId/test',
      permission: 'webhooks.write',
      answer: async ({ params }) => {
        const send = testEvents.get(params['nodeId'] ?? '');
        if (send === undefined) {
          throw new WebhookError('not-found', 'No such webhook-in runs: deploy it first.');
        }
        return send();
      },
    },
  ];
}
