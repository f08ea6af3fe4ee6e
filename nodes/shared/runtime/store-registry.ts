import { existsSync } from 'node:fs';
import type { EventStore, RetentionLimits } from '../../../src/events/event-store';
import type { StoreChanges } from '../../../src/events/peers';
import type { StoreProblem } from '../../../src/events/store-problem';
import type { Clock, Timer } from '../../../src/shared/clock';
import { errorText } from '../../../src/shared/errors';
import type { Logger } from '../../../src/shared/logger';
import { NO_LIMITS, widest, type HistorySettings } from '../history-settings';
import { fileOf, nameOf, placeOf, type HistoryPlace } from './history-place';
import { openHistory, takeUp } from './open-history';
import { OpeningStore, type OpenedStore, type StoreWatch } from './opening-store';
import { RememberedHistories } from './remembered-histories';

interface Entry {
  readonly place: HistoryPlace;
  readonly store: OpeningStore;
  readonly users: Map<object, HistorySettings>;
  readonly listeners: Set<(problem: StoreProblem | null) => void>;
  /** What the store keeps now. */
  readonly kept: { limits: RetentionLimits };
  closing: Timer | null;
}

export interface DescribedStore {
  readonly name: string;
  /** Null: it is not open. */
  readonly store: EventStore | null;
  /** Nothing is known that would keep it from storing. */
  readonly isSound: boolean;
  readonly limitBytes: number | null;
  /** Null: it is on a server. */
  readonly file: string | null;
}

/** A store that no node uses is looked at that often, and closed when nothing is left to do in it. */
const LINGER_MS = 10_000;

/**
 * The open stores of this process, one a file or server, shared by all nodes that use it. A store outlives the
 * nodes: while flows are stopped it stays open, and one that no node uses any more is drained - what is
 * unfinished in it is delivered, also after a restart - before it is closed.
 */
export class StoreRegistry {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #userDir: string;
  readonly #onWork: () => void;
  readonly #isInFlow: () => boolean;
  readonly #watch: (store: EventStore) => EventStore;
  readonly #onChanges: (changes: StoreChanges) => void;
  readonly #remembered: RememberedHistories;
  #isSettled = false;

  /**
   * `onWork`: there may be something to do in a store: it was opened, or came back after its thread died.
   * `isInFlow`: whether something is in a flow, or its end on the way to a store; no store is closed then.
   * `watch` wraps each store that is opened. `onChanges`: another process changed something in one of them.
   */
  constructor(
    userDir: string,
    clock: Clock,
    logger: Logger,
    onWork: () => void,
    isInFlow: () => boolean,
    watch: (store: EventStore) => EventStore = (store) => store,
    onChanges: (changes: StoreChanges) => void = () => undefined,
  ) {
    this.#userDir = userDir;
    this.#onWork = onWork;
    this.#isInFlow = isInFlow;
    this.#watch = watch;
    this.#onChanges = onChanges;
    this.#clock = clock;
    this.#logger = logger;
    this.#remembered = new RememberedHistories(userDir);
  }

  /** The store of a history, opened on first use. `onProblem` is told what is wrong, and null when it is fine. */
  acquire(
    user: object,
    history: HistorySettings,
    onProblem: (problem: StoreProblem | null) => void,
  ): EventStore {
    const place = placeOf(this.#userDir, history);
    const entry = this.#entries.get(place.key) ?? this.#openEntry(place);
    entry.closing?.cancel();
    entry.closing = null;
    entry.users.set(user, history);
    entry.listeners.add(onProblem);
    if (entry.store.problem !== null) onProblem(entry.store.problem);
    return entry.store;
  }

  release(user: object, onProblem: (problem: StoreProblem | null) => void): void {
    for (const entry of this.#entries.values()) {
      entry.listeners.delete(onProblem);
      entry.users.delete(user);
    }
  }

  /** The flows are started: each node that there is has its store, and what they ask for holds from now on. */
  settle(): void {
    if (!this.#isSettled) this.#openLeftBehind();
    this.#isSettled = true;
    for (const entry of this.#entries.values()) {
      if (entry.users.size > 0) this.#limit(entry, widest([...entry.users.values()]));
      else this.#closeLater(entry);
    }
  }

  /** The stores in use, and those that are being drained. */
  all(): { readonly store: EventStore }[] {
    return [...this.#entries.values()].map(({ store }) => ({ store }));
  }

  /** All of them, each with a name of its own, for monitoring. */
  described(): DescribedStore[] {
    const names = new Map<string, number>();
    return [...this.#entries.values()].map(({ place, store, kept }) => {
      const plain = nameOf(this.#userDir, place);
      const count = (names.get(plain) ?? 0) + 1;
      names.set(plain, count);
      return {
        name: count === 1 ? plain : `${plain} (${count})`,
        store: store.isOpen ? store : null,
        isSound: store.isSound,
        limitBytes: kept.limits.maxBytes ?? null,
        file: place.kind === 'sqlite' ? place.file : null,
      };
    });
  }

  /** Those of them that can be read now. */
  opened(): EventStore[] {
    return [...this.#entries.values()].flatMap(({ store }) => (store.isOpen ? [store] : []));
  }

  /** Files in which the run before may have left something, and that no node uses any more. */
  #openLeftBehind(): void {
    for (const file of this.#remembered.files()) {
      if (this.#entries.has(file)) continue;
      if (existsSync(file)) this.#openEntry(fileOf(file));
      else this.#forget(file);
    }
  }

  #openEntry(place: HistoryPlace): Entry {
    const listeners = new Set<(problem: StoreProblem | null) => void>();
    // Until all nodes are there, nothing goes that one of them wants to keep.
    const kept = { limits: NO_LIMITS };
    const store = new OpeningStore(
      (watch) => this.#open(place, kept, watch),
      this.#clock,
      this.#logger,
      (problem) => {
        for (const listener of listeners) listener(problem);
      },
    );
    const entry: Entry = { place, store, users: new Map(), listeners, kept, closing: null };
    this.#entries.set(place.key, entry);
    store.opened.then(
      () => this.#onWork(),
      () => undefined,
    );
    return entry;
  }

  async #open(place: HistoryPlace, kept: Entry['kept'], watch: StoreWatch): Promise<OpenedStore> {
    const { limits } = kept;
    const tools = {
      ...{ clock: this.#clock, logger: this.#logger },
      ...{ onWork: this.#onWork, onChanges: this.#onChanges },
    };
    const { store, damagedFile } = await openHistory({ place, retention: limits, watch, ...tools });
    try {
      await takeUp(store, this.#clock, this.#logger);
      // What is on a server is taken up by the other instances.
      if (place.kind === 'sqlite') await this.#remembered.add(place.file);
      // They may have changed while it was being opened.
      if (kept.limits !== limits) await store.setRetention(kept.limits);
    } catch (thrown) {
      // It holds the lock of its file, for which the next try would wait for ever.
      await store.close();
      throw thrown;
    }
    return { store: this.#watch(store), damagedFile };
  }

  #limit(entry: Entry, limits: RetentionLimits): void {
    if (JSON.stringify(limits) === JSON.stringify(entry.kept.limits)) return;
    entry.kept.limits = limits;
    if (!entry.store.isOpen) return;
    entry.store.setRetention(limits).catch((thrown: unknown) => {
      this.#logger.warn(`The bounds of a webhook history did not change: ${errorText(thrown)}`);
    });
  }

  #closeLater(entry: Entry): void {
    entry.closing?.cancel();
    entry.closing = this.#clock.after(LINGER_MS, () => {
      const timer = entry.closing;
      void this.#isDone(entry).then((done) => {
        // A node that took it up meanwhile has cancelled the closing.
        if (entry.closing !== timer || entry.users.size > 0) return;
        if (done) this.#close(entry);
        else this.#closeLater(entry);
      });
    });
  }

  /** Whether nothing is left to do there. One that was never open is left for the next run to look at. */
  async #isDone({ store, place }: Entry): Promise<boolean> {
    if (this.#isInFlow()) return false;
    if (!store.isOpen || this.#isUsedOtherwise(place)) return true;
    try {
      const { byStatus, openJobs } = await store.stats();
      return byStatus.pending + byStatus.processing + byStatus.retrying + openJobs === 0;
    } catch {
      return false;
    }
  }

  /** The same history is open with other settings: what is unfinished in it is delivered from there. */
  #isUsedOtherwise(place: HistoryPlace): boolean {
    return [...this.#entries.values()].some(
      ({ place: other, users }) =>
        users.size > 0 &&
        other.kind === 'postgres' &&
        place.kind === 'postgres' &&
        other.schemaKey === place.schemaKey,
    );
  }

  #close({ place, store }: Entry): void {
    this.#entries.delete(place.key);
    if (store.isOpen && place.kind === 'sqlite') this.#forget(place.file);
    store.close().catch((thrown: unknown) => {
      this.#logger.warn(`Closing the webhook history: ${errorText(thrown)}`);
    });
  }

  #forget(file: string): void {
    this.#remembered.remove(file).catch((thrown: unknown) => {
      this.#logger.warn(`The list of webhook histories was not written: ${errorText(thrown)}`);
    });
  }
}
