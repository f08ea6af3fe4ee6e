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

export interface RegistryTools {
  /** Where files of relative paths are. */
  readonly userDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** There may be something to do in a store: it was opened, or came back after its thread died. */
  readonly onWork: () => void;
  /** Whether something is in a flow, or its end on the way to a store; no store is closed then. */
  readonly isInFlow: () => boolean;
  /** Wraps each store that is opened; `history` is its name. */
  readonly watch?: (store: EventStore, history: string) => EventStore;
  /** Another process changed something in one of them. */
  readonly onChanges?: (changes: StoreChanges) => void;
  /** A store is to be closed: what it alone knows must be asked now. */
  readonly beforeClose?: () => Promise<void>;
}

interface Entry {
  /** Of this store alone: that of the same history after it has another one. */
  readonly id: string;
  /** The history, however it is connected, and what it is called. */
  readonly history: string;
  readonly name: string;
  readonly place: HistoryPlace;
  readonly store: OpeningStore;
  readonly users: Map<object, HistorySettings>;
  readonly listeners: Set<(problem: StoreProblem | null) => void>;
  /** What the store keeps now. */
  readonly kept: { limits: RetentionLimits };
  closing: Timer | null;
}

export interface DescribedStore {
  /** No other store has it, nor will have. */
  readonly id: string;
  /** Of its history: two stores have one for a moment where a connection is configured anew. */
  readonly name: string;
  /** Another store of the same history stands for it. */
  readonly isSpare: boolean;
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
  readonly #tools: RegistryTools;
  readonly #remembered: RememberedHistories;
  /** By history; each keeps its own for as long as the process lives. */
  readonly #names = new Map<string, string>();
  #opened = 0;
  #isSettled = false;

  constructor(tools: RegistryTools) {
    this.#tools = tools;
    this.#remembered = new RememberedHistories(tools.userDir);
  }

  /** The store of a history, opened on first use. `onProblem` is told what is wrong, and null when it is fine. */
  acquire(
    user: object,
    history: HistorySettings,
    onProblem: (problem: StoreProblem | null) => void,
  ): OpeningStore {
    const place = placeOf(this.#tools.userDir, history);
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

  /** All of them, by the names of their histories, for monitoring. */
  described(): DescribedStore[] {
    const all = [...this.#entries.values()];
    return all.map((entry) => {
      const { id, name, history, place, store, kept } = entry;
      const same = all.filter((each) => each.history === history);
      const used = same.filter(({ users }) => users.size > 0);
      return {
        ...{ id, name },
        isSpare: entry !== (used.at(-1) ?? same.at(-1)),
        store: store.isOpen ? store : null,
        // Each of those that nodes use has to work: another one may be refused what this one may do.
        isSound: (used.length > 0 ? used : same).every((each) => each.store.canStore),
        limitBytes: kept.limits.maxBytes ?? null,
        file: place.kind === 'sqlite' ? place.file : null,
      };
    });
  }

  /** Those of them that can be read now. */
  opened(): EventStore[] {
    return [...this.#entries.values()].flatMap(({ store }) => (store.isOpen ? [store] : []));
  }

  /** The process ends: all of them are closed, and what is unfinished there is for the next run. */
  async end(): Promise<void> {
    const closed = [...this.#entries.values()].map(async (entry) => {
      entry.closing?.cancel();
      await this.#closeStore(entry);
    });
    await Promise.all(closed);
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
    const { clock, logger } = this.#tools;
    const history = place.kind === 'postgres' ? place.schemaKey : place.file;
    const name = this.#nameOf(history, place);
    const listeners = new Set<(problem: StoreProblem | null) => void>();
    // Until all nodes are there, nothing goes that one of them wants to keep.
    const kept = { limits: NO_LIMITS };
    const store = new OpeningStore(
      (watch) => this.#open(place, { name, kept }, watch),
      clock,
      logger,
      (problem) => {
        for (const listener of listeners) listener(problem);
      },
    );
    const id = String(this.#opened++);
    const users = new Map<object, HistorySettings>();
    const entry: Entry = {
      ...{ id, history, name, place, store, users, listeners, kept },
      closing: null,
    };
    this.#entries.set(place.key, entry);
    store.opened.then(
      () => this.#tools.onWork(),
      () => undefined,
    );
    return entry;
  }

  /** Two servers may have schemas of the same name. */
  #nameOf(history: string, place: HistoryPlace): string {
    const known = this.#names.get(history);
    if (known !== undefined) return known;
    const plain = nameOf(this.#tools.userDir, place);
    const taken = new Set(this.#names.values());
    let name = plain;
    for (let n = 2; taken.has(name); n++) name = `${plain} (${n})`;
    this.#names.set(history, name);
    return name;
  }

  async #open(
    place: HistoryPlace,
    { name, kept }: Pick<Entry, 'name' | 'kept'>,
    watch: StoreWatch,
  ): Promise<OpenedStore> {
    const { limits } = kept;
    const { clock, logger, onWork, onChanges = () => undefined } = this.#tools;
    const tools = { clock, logger, onWork, onChanges };
    const { store, damagedFile } = await openHistory({ place, retention: limits, watch, ...tools });
    try {
      await takeUp(store, clock, logger);
      // What is on a server is taken up by the other instances.
      if (place.kind === 'sqlite') await this.#remembered.add(place.file);
      // They may have changed while it was being opened.
      if (kept.limits !== limits) await store.setRetention(kept.limits);
    } catch (thrown) {
      // It holds the lock of its file, for which the next try would wait for ever.
      await store.close();
      throw thrown;
    }
    return { store: this.#tools.watch?.(store, name) ?? store, damagedFile };
  }

  #limit(entry: Entry, limits: RetentionLimits): void {
    if (JSON.stringify(limits) === JSON.stringify(entry.kept.limits)) return;
    entry.kept.limits = limits;
    if (!entry.store.isOpen) return;
    entry.store.setRetention(limits).catch((thrown: unknown) => {
      this.#tools.logger.warn(
        `The bounds of a webhook history did not change: ${errorText(thrown)}`,
      );
    });
  }

  #closeLater(entry: Entry): void {
    entry.closing?.cancel();
    entry.closing = this.#tools.clock.after(LINGER_MS, () => {
      const timer = entry.closing;
      void this.#isDone(entry).then(async (done) => {
        if (done) await this.#tools.beforeClose?.();
        // A node that took it up meanwhile has cancelled the closing.
        if (entry.closing !== timer || entry.users.size > 0) return;
        if (done) this.#close(entry);
        else this.#closeLater(entry);
      });
    });
  }

  /** Whether nothing is left to do there. One that was never open is left for the next run to look at. */
  async #isDone({ store, place }: Entry): Promise<boolean> {
    if (this.#tools.isInFlow()) return false;
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

  #close(entry: Entry): void {
    const { place, store } = entry;
    this.#entries.delete(place.key);
    if (store.isOpen && place.kind === 'sqlite') this.#forget(place.file);
    void this.#closeStore(entry);
  }

  async #closeStore({ store }: Entry): Promise<void> {
    try {
      await store.close();
    } catch (thrown) {
      this.#tools.logger.warn(`Closing the webhook history: ${errorText(thrown)}`);
    }
  }

  #forget(file: string): void {
    this.#remembered.remove(file).catch((thrown: unknown) => {
      this.#tools.logger.warn(
        `The list of webhook histories was not written: ${errorText(thrown)}`,
      );
    });
  }
}
