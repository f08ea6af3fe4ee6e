import type { JobQuery } from '../../src/events/event-store';
import type { HistoryService } from '../../src/history/history-service';
import { limitOf, MAX_LIMIT, readQuery } from '../../src/history/read-query';
import { WebhookError } from '../../src/shared/errors';
import type { AdminRequest, AdminRoute, Permission } from '../shared/runtime/admin-routes';
import type { EndpointInfo } from '../shared/runtime/webhooks-runtime';
import { listEndpoints } from './endpoint-list';

type Query = AdminRequest['query'];

/** The part of the admin API that shows the histories; docs/API.md describes it. */
export function historyRoutes(
  history: HistoryService,
  endpoints: () => Iterable<EndpointInfo>,
  now: () => number,
): readonly AdminRoute[] {
  return [
    get('/endpoints', 'webhooks.read', async () => ({
      endpoints: listEndpoints(endpoints(), await history.secretMatches()),
    })),
    get('/events', 'webhooks.read', async ({ query }) =>
      history.list(readQuery(withoutText(query), now())),
    ),
    get('/events/search', 'webhooks.write', async ({ query }) =>
      history.list(readQuery(parameters(query), now())),
    ),
    get('/events/summaries', 'webhooks.read', async ({ query }) => ({
      events: await history.summaries(idList(query['ids'])),
    })),
    get('/events/:id', 'webhooks.write', ({ params }) => history.get(params['id'] ?? '')),
    get('/jobs', 'webhooks.read', ({ query }) => history.jobs(jobQuery(query))),
    get('/rejections', 'webhooks.read', ({ query }) =>
      history.rejections({
        ...optional(query, 'endpoint'),
        ...optional(query, 'before'),
        limit: limitOf(query['limit']),
      }),
    ),
    get('/activity', 'webhooks.read', () => history.activity()),
    get('/stats', 'webhooks.read', () => history.stats()),
  ];
}

function get(path: string, permission: Permission, answer: AdminRoute['answer']): AdminRoute {
  return { method: 'get', path, permission, answer };
}

/** Whoever may not see payloads must not find out by guessing what is in them. */
function withoutText(query: Query): Query {
  if (query['text'] === undefined) return parameters(query);
  throw new WebhookError('bad-config', '`text` searches payloads: ask `/events/search` for it.');
}

/** `_` is what jQuery adds against caches. */
function parameters(query: Query): Query {
  return Object.fromEntries(Object.entries(query).filter(([name]) => name !== '_'));
}

function jobQuery(query: Query): JobQuery {
  return {
    ...optional(query, 'nodeId'),
    ...optional(query, 'eventId'),
    ...optional(query, 'before'),
    ...(query['open'] === undefined ? {} : { open: query['open'] === 'true' }),
    limit: limitOf(query['limit']),
  };
}

/** Ids, separated by commas. */
function idList(value: unknown): readonly string[] {
  const ids = typeof value === 'string' ? value.split(',').filter(Boolean) : [];
  if (ids.length > 0 && ids.length <= MAX_LIMIT) return ids;
  throw new WebhookError('bad-config', `\`ids\` must name 1 to ${MAX_LIMIT} events.`);
}

function optional<K extends string>(query: Query, key: K): { [P in K]?: string } {
  const value = query[key];
  return typeof value === 'string' && value !== ''
    ? ({ [key]: value } as { [P in K]?: string })
    : {};
}
