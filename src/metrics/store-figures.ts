import type { EventStore, StoreMeasures, Waiting, WaitingPlace } from '../events/event-store';
import type { Clock } from '../shared/clock';

/** A history as the metrics know it. */
export interface MeasuredStore {
  /** Of this store alone: a history may have several, one after the other. */
  readonly id: string;
  /** The value of the label of its history. */
  readonly name: string;
  /** Another store stands for its history; only what this one counts itself is to be asked. */
  readonly isSpare: boolean;
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
  readonly id: string;
  readonly name: string;
  readonly isSpare: boolean;
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

/** Each only once: what waits there must not be counted twice. */
export interface AskedPlaces {
  readonly endpoints: ReadonlySet<string>;
  readonly nodes: ReadonlySet<string>;
}

const NOWHERE: AskedPlaces = { endpoints: new Set(), nodes: new Set() };

/** A scrape is given up after ten seconds by default. */
const LONGEST_MS = 5000;

/** Asks a store; one that does not answer in time, or can't, is down. */
export async function storeFigures(
  { id, name, isSpare, store, isSound, limitBytes, freeBytes }: MeasuredStore,
  places: AskedPlaces,
  clock: Clock,
): Promise<StoreFigures> {
  const [asked, free] = await Promise.all([
    store === null ? null : inTime(ask(store, isSpare ? NOWHERE : places), clock),
    inTime(freeBytes(), clock),
  ]);
  const isUp = isSound && asked !== null;
  return { id, name, isSpare, isUp, limitBytes, freeBytes: free, asked };
}

async function ask(store: EventStore, { endpoints, nodes }: AskedPlaces): Promise<AskedStore> {
  const measures = await store.measures();
  const places: WaitingPlace[] = [
    ...(measures.events.pending === 0 ? [] : [...endpoints].map((endpoint) => ({ endpoint }))),
    ...(measures.openJobs === 0 ? [] : [...nodes].map((nodeId) => ({ nodeId }))),
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
