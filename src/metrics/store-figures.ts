import type { EventStore, StoreMeasures, Waiting, WaitingPlace } from '../events/event-store';
import type { Clock } from '../shared/clock';

/** A history as the metrics know it. */
export interface MeasuredStore {
  /** The value of its label. */
  readonly name: string;
  /** Null: it is not open. */
  readonly store: EventStore | null;
  /** Nothing is known that would keep it from storing. */
  readonly isSound: boolean;
  /** Near which finished events are removed; null: no bound. */
  readonly limitBytes: number | null;
  /** Free where it is kept; null: not known. */
  readonly freeBytes: () => Promise<number | null>;
}

export interface StoreFigures {
  readonly name: string;
  readonly isUp: boolean;
  readonly limitBytes: number | null;
  readonly freeBytes: number | null;
  /** Null: it could not be asked. */
  readonly asked: AskedStore | null;
}

export interface AskedStore {
  readonly measures: StoreMeasures;
  /** Of the places that were asked for; none where nothing waits at all. */
  readonly waiting: readonly (readonly [WaitingPlace, Waiting])[];
}

/** A scrape is given up after ten seconds by default. */
const LONGEST_MS = 5000;

/** Asks a store; one that does not answer in time, or can't, is down. */
export async function storeFigures(
  { name, store, isSound, limitBytes, freeBytes }: MeasuredStore,
  places: { readonly endpoints: readonly string[]; readonly nodes: readonly string[] },
  clock: Clock,
): Promise<StoreFigures> {
  const [asked, free] = await Promise.all([
    store === null ? null : inTime(ask(store, places), clock),
    inTime(freeBytes(), clock),
  ]);
  return { name, isUp: isSound && asked !== null, limitBytes, freeBytes: free, asked };
}

async function ask(
  store: EventStore,
  {
    endpoints,
    nodes,
  }: { readonly endpoints: readonly string[]; readonly nodes: readonly string[] },
): Promise<AskedStore> {
  const measures = await store.measures();
  const places: WaitingPlace[] = [
    ...(measures.events.pending === 0 ? [] : endpoints.map((endpoint) => ({ endpoint }))),
    ...(measures.openJobs === 0 ? [] : nodes.map((nodeId) => ({ nodeId }))),
  ];
  const waiting = await Promise.all(
    places.map(async (place) => [place, await store.waiting(place)] as const),
  );
  return { measures, waiting };
}

async function inTime<T>(question: Promise<T>, clock: Clock): Promise<T | null> {
  let cancel = (): void => undefined;
  const late = new Promise<null>((resolve) => {
    const timer = clock.after(LONGEST_MS, () => resolve(null));
    cancel = () => timer.cancel();
  });
  try {
    return await Promise.race([question, late]);
  } catch {
    return null;
  } finally {
    cancel();
  }
}
