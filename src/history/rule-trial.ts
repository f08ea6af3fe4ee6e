import type { StoredEvent } from '../events/event';
import type { EventStore } from '../events/event-store';
import { errorText } from '../shared/errors';
import { findEvent, searchStores, type Patience } from './search';

/** What rules made of an event: indexes of those that matched, and else why the first did not. */
export interface Judgement {
  readonly matched: readonly number[];
  readonly why: string | null;
}

/** Rejects where the rules can't be evaluated on this event. */
export type Judge = (event: StoredEvent) => Promise<Judgement>;

/** One stored event. Nothing of its content, save its path. */
export interface TriedEvent extends Judgement {
  readonly id: string;
  /** ISO 8601. */
  readonly receivedAt: string;
  readonly method: string;
  readonly path: string;
  readonly eventType: string | null;
  /** Why the message would fail at the filter; null: it would not. */
  readonly problem: string | null;
}

export interface RuleTrial {
  /** Newest first. */
  readonly events: readonly TriedEvent[];
  /** The time was over before all were tried. */
  readonly cutShort: boolean;
}

export interface TrialQuery {
  readonly endpoint?: string;
  readonly limit: number;
}

/** The newest stored events, each judged. Ends when `mayGoOn` says so, after one of them at the least. */
export async function tryOnHistory(
  stores: readonly EventStore[],
  query: TrialQuery,
  judge: Judge,
  mayGoOn: Patience,
): Promise<RuleTrial> {
  const page = await searchStores(stores, query, mayGoOn);
  const events: TriedEvent[] = [];
  for (const { id, receivedAtMs, method, path, eventType } of page.events) {
    if (events.length > 0 && !(await mayGoOn(false))) return { events, cutShort: true };
    const receivedAt = new Date(receivedAtMs).toISOString();
    const judged = await judgeOne(stores, id, judge);
    events.push({ id, receivedAt, method, path, eventType, ...judged });
  }
  return { events, cutShort: false };
}

async function judgeOne(
  stores: readonly EventStore[],
  id: string,
  judge: Judge,
): Promise<Judgement & Pick<TriedEvent, 'problem'>> {
  try {
    const { event } = await findEvent(stores, id);
    return { ...(await judge(event)), problem: null };
  } catch (thrown) {
    return { matched: [], why: null, problem: errorText(thrown) };
  }
}
