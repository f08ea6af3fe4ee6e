import type { EventDetail, EventStore } from '../events/event-store';
import type { EventPage, EventQuery } from '../events/event-query';
import type { Clock } from '../shared/clock';
import { WebhookError } from '../shared/errors';

/** Whether a search may go on; resolves when it is time to. `isQuiet`: see `EventPage`. */
export type Patience = (isQuiet: boolean) => Promise<boolean>;

/** The thread that is asked also writes what is received: a search takes a fifth of its time at most. */
const REST_MS = 30;
/** So long it does without rests while nothing is received. */
const HASTE_MS = 500;

/** A search rests between two steps, and ends after a while. */
export function patience(clock: Clock, withinMs: number): Patience {
  const startedAtMs = clock.now();
  return async (isQuiet) => {
    const passedMs = clock.now() - startedAtMs;
    if (passedMs >= withinMs) return false;
    if (isQuiet && passedMs < HASTE_MS) return true;
    await new Promise<void>((resolve) => void clock.after(REST_MS, resolve));
    return true;
  };
}

/**
 * A page of a store, as full as it gets: a store answers after a bounded number of events, so it is
 * asked again, between other calls, as long as `mayGoOn`.
 */
export async function searchStore(
  store: EventStore,
  query: EventQuery,
  mayGoOn: Patience,
): Promise<EventPage> {
  const events: EventPage['events'][number][] = [];
  let cursor: { readonly before?: string } = {};
  for (;;) {
    const page = await store.list({ ...query, ...cursor, limit: query.limit - events.length });
    events.push(...page.events);
    const { next, isQuiet = false } = page;
    if (next === null || events.length === query.limit || !(await mayGoOn(isQuiet)))
      return { events, next };
    cursor = { before: next };
  }
}

/** The same of several stores. The order among them is that of the ids, which begin with the time. */
export async function searchStores(
  stores: readonly EventStore[],
  query: EventQuery,
  mayGoOn: Patience,
): Promise<EventPage> {
  const pages = await Promise.all(stores.map((store) => searchStore(store, query, mayGoOn)));
  const [only] = pages;
  if (only !== undefined && pages.length === 1) return only;
  // Below the cursor of one store, nobody has looked in that one yet.
  const cursors = pages.flatMap(({ next }) => next ?? []).sort();
  const cut = cursors.at(-1);
  const events = pages
    .flatMap((page) => page.events)
    .filter(({ id }) => cut === undefined || id >= cut)
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  if (events.length <= query.limit) return { events, next: cut ?? null };
  const page = events.slice(0, query.limit);
  return { events: page, next: page.at(-1)?.id ?? null };
}

/** The event and the store that has it. Rejects with `not-found`. */
export async function findEvent(
  stores: readonly EventStore[],
  eventId: string,
): Promise<EventDetail & { readonly store: EventStore }> {
  for (const store of stores) {
    const found = await store.get(eventId);
    if (found !== undefined) return { ...found, store };
  }
  throw new WebhookError('not-found', `There is no event with the id ${eventId.slice(0, 40)}.`);
}
