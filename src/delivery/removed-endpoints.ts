import type { EventStore, PendingRoute } from '../events/event-store';
import type { MissedRoute, ServedRoute } from '../events/peers';
import type { Clock } from '../shared/clock';
import { errorText } from '../shared/errors';
import type { Logger } from '../shared/logger';

/** Rule 9: how long the events of a removed endpoint wait for it to come back. */
export const KEPT_MS = 7 * 86_400_000;
/** Why they are `failed` then. */
export const REMOVED_REASON = 'endpoint removed';

const PAGE = 500;

/** Since when a route with waiting events has no endpoint. Epoch milliseconds, by `METHOD endpoint`. */
export type RemovedSince = Readonly<Record<string, number>>;

export interface RemovedEndpointsTools {
  readonly stores: () => readonly EventStore[];
  /** The paths and methods whose events running endpoints take. */
  readonly routes: () => readonly ServedRoute[];
  /** What survives a restart, of stores that keep no such thing themselves. */
  readonly memory: { load(): RemovedSince; save(since: RemovedSince): Promise<void> };
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Gives up the events of endpoints that do not exist any more, when they have waited long enough for
 * them to come back. The time counts from the moment in which the endpoint was missed first, by whichever of the
 * processes that share the store. As long as one of them has it, it is not missed: a deploy may reach one after
 * the other.
 */
export class RemovedEndpoints {
  readonly #tools: RemovedEndpointsTools;
  #since: RemovedSince | null = null;

  constructor(tools: RemovedEndpointsTools) {
    this.#tools = tools;
  }

  /** Looks once. To be called while the flows run: at each start of theirs, and now and then. */
  async look(): Promise<void> {
    const { stores, clock, logger, memory } = this.#tools;
    const nowMs = clock.now();
    const known = (this.#since ??= memory.load());
    const since: Record<string, number> = {};
    for (const store of stores()) {
      try {
        const unserved = await this.#unserved(store);
        const missed =
          (await store.peers?.missed(unserved)) ??
          unserved.map((route) => missedHere(route, known, since, nowMs));
        for (const route of missed) {
          if (route.isNew) this.#warn(route, unserved);
          if (route.forMs >= KEPT_MS) await this.#giveUp(store, route);
        }
      } catch (thrown) {
        logger.warn(`Cannot look for events of removed endpoints: ${errorText(thrown)}`);
        return;
      }
    }
    this.#since = since;
    if (JSON.stringify(since) !== JSON.stringify(known)) await memory.save(since);
  }

  async #unserved(store: EventStore): Promise<PendingRoute[]> {
    const served = this.#tools.routes();
    await store.peers?.serve(served);
    const routes = await store.pendingRoutes();
    return routes.filter(
      ({ endpoint, method, elsewhere = false }) =>
        !elsewhere && !served.some((each) => each.endpoint === endpoint && each.method === method),
    );
  }

  #warn({ endpoint, method }: MissedRoute, unserved: readonly PendingRoute[]): void {
    const count = unserved.find(
      (each) => each.endpoint === endpoint && each.method === method,
    )?.count;
    this.#tools.logger.warn(
      `${count ?? 0} events wait for ${method} ${endpoint}, which no running webhook-in node has. ` +
        'They are delivered when it is back, and given up after 7 days.',
    );
  }

  async #giveUp(store: EventStore, { endpoint, method }: ServedRoute): Promise<void> {
    let givenUp = 0;
    let before: string | null | undefined;
    while (before !== null) {
      const page = before === undefined ? {} : { before };
      const query = { endpoint, method, status: 'pending', limit: PAGE, ...page } as const;
      const { events, next } = await store.list(query);
      for (const { id } of events) await store.discard(id, REMOVED_REASON);
      givenUp += events.length;
      before = next;
    }
    this.#tools.logger.warn(
      `${givenUp} events of ${method} ${endpoint} were given up: it was removed 7 days ago.`,
    );
  }
}

/** In a store of one process: remembered beside it. */
function missedHere(
  { endpoint, method }: ServedRoute,
  known: RemovedSince,
  since: Record<string, number>,
  nowMs: number,
): MissedRoute {
  const key = `${method} ${endpoint}`;
  const before = since[key] ?? known[key];
  since[key] = before ?? nowMs;
  return { endpoint, method, forMs: nowMs - (before ?? nowMs), isNew: before === undefined };
}
