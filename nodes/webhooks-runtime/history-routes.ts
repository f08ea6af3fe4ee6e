import type { EventQuery, JobQuery } from '../../src/events/event-store';
import { EVENT_STATUSES } from '../../src/events/states';
import type { HistoryService } from '../../src/history/history-service';
import { WebhookError } from '../../src/shared/errors';
import type { AdminRequest, AdminRoute, Permission } from '../shared/runtime/admin-routes';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** The admin API of the histories; docs/API.md describes it. */
export function historyRoutes(
  history: HistoryService,
  endpoints: () => readonly unknown[],
): readonly AdminRoute[] {
  return [
    get('/endpoints', 'webhooks.read', () => Promise.resolve({ endpoints: endpoints() })),
    get('/events', 'webhooks.read', async ({ query }) => ({
      events: await history.list(eventQuery(query)),
    })),
    get('/events/:id', 'webhooks.write', ({ params }) => history.get(params['id'] ?? '')),
    {
      method: 'post',
      path: '/events/:id/replay',
      permission: 'webhooks.write',
      answer: ({ params }) => history.replay(params['id'] ?? ''),
    },
    get('/jobs', 'webhooks.read', async ({ query }) => ({
      jobs: await history.jobs(jobQuery(query)),
    })),
    get('/rejections', 'webhooks.read', async ({ query }) => ({
      rejections: await history.rejections({
        ...optional(query, 'endpoint'),
        limit: limitOf(query),
      }),
    })),
    get('/stats', 'webhooks.read', () => history.stats()),
  ];
}

function get(path: string, permission: Permission, answer: AdminRoute['answer']): AdminRoute {
  return { method: 'get', path, permission, answer };
}

type Query = AdminRequest['query'];

function eventQuery(query: Query): EventQuery {
  const { status } = query;
  const known = EVENT_STATUSES.find((each) => each === status);
  if (status !== undefined && known === undefined) {
    throw new WebhookError('bad-config', `\`status\` must be one of ${EVENT_STATUSES.join(', ')}.`);
  }
  return {
    ...optional(query, 'endpoint'),
    ...optional(query, 'before'),
    ...(known === undefined ? {} : { status: known }),
    limit: limitOf(query),
  };
}

function jobQuery(query: Query): JobQuery {
  return {
    ...optional(query, 'nodeId'),
    ...optional(query, 'eventId'),
    open: query['open'] === 'true',
    limit: limitOf(query),
  };
}

function optional<K extends string>(query: Query, key: K): { [P in K]?: string } {
  const value = query[key];
  return typeof value === 'string' && value !== ''
    ? ({ [key]: value } as { [P in K]?: string })
    : {};
}

function limitOf({ limit }: Query): number {
  if (limit === undefined) return DEFAULT_LIMIT;
  const value = typeof limit === 'string' && /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (value >= 1 && value <= MAX_LIMIT) return value;
  throw new WebhookError('bad-config', `\`limit\` must be a whole number from 1 to ${MAX_LIMIT}.`);
}
