import type { SharedRuns } from '../../src/events/peers';
import { readEdit } from '../../src/history/edit';
import { readFilter } from '../../src/history/read-query';
import { readRunOptions } from '../../src/history/read-run-options';
import { ReplayRuns } from '../../src/history/replay-runs';
import type { Clock } from '../../src/shared/clock';
import { WebhookError } from '../../src/shared/errors';
import { isRecord } from '../../src/shared/json';
import type { AdminRequest, AdminRoute } from '../shared/runtime/admin-routes';
import type { HistoryServices } from '../shared/runtime/history-services';

/** A request is answered within this time; the caller asks again for the rest. */
const LONGEST_CLEAR_MS = 5000;

/** The part of the admin API that replays, ends and removes; docs/API.md describes it. */
export function steeringRoutes(
  { replays, steering }: Pick<HistoryServices, 'replays' | 'steering'>,
  shared: () => readonly SharedRuns[],
  clock: Clock,
): readonly AdminRoute[] {
  const runs = new ReplayRuns({ service: replays, shared, clock });
  const filterOf = (body: AdminRequest['body']): ReturnType<typeof readFilter> => {
    const { query = {} } = body;
    if (!isRecord(query)) throw new WebhookError('bad-config', '`query` must be an object.');
    return readFilter(query, clock.now());
  };
  return [
    post('/events/count', async ({ body }) => replays.count(filterOf(body))),
    post('/events/clear', async ({ body }) => steering.clear(filterOf(body), LONGEST_CLEAR_MS)),
    post('/events/:id/replay', async ({ params, body }) =>
      replays.replay(idOf(params), readEdit(body)),
    ),
    post('/events/:id/discard', ({ params }) => steering.discard(idOf(params))),
    post('/jobs/:id/retry', async ({ params, body }) =>
      steering.retryJob(idOf(params), nodeIdOf(body)),
    ),
    post('/jobs/:id/cancel', ({ params }) => steering.cancelJob(idOf(params))),
    post('/replays', async ({ body }) => runs.start(filterOf(body), readRunOptions(body))),
    {
      method: 'get',
      path: '/replays',
      permission: 'webhooks.read',
      answer: async () => ({ replays: await runs.list() }),
    },
    {
      method: 'get',
      path: '/replays/:id',
      permission: 'webhooks.read',
      answer: ({ params }) => runs.get(idOf(params)),
    },
    post('/replays/:id/stop', ({ params }) => runs.stop(idOf(params))),
  ];
}

function post(path: string, answer: AdminRoute['answer']): AdminRoute {
  return { method: 'post', path, permission: 'webhooks.write', answer };
}

function idOf(params: AdminRequest['params']): string {
  return params['id'] ?? '';
}

function nodeIdOf({ nodeId }: AdminRequest['body']): string | undefined {
  if (nodeId === undefined || typeof nodeId === 'string') return nodeId;
  throw new WebhookError('bad-config', '`nodeId` must be the id of a webhook-retry node.');
}
