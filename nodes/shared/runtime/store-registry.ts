import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { EventStore, RetentionLimits } from '../../../src/events/event-store';
import { openSqliteStore } from '../../../src/events/sqlite/open';
import type { Clock, Timer } from '../../../src/shared/clock';
import { errorText } from '../../../src/shared/errors';
import type { Logger } from '../../../src/shared/logger';
import { NO_LIMITS, widest, type HistorySettings } from '../history-settings';
import { OpeningStore, type OpenedStore, type StoreProblem } from './opening-store';
import { RememberedHistories } from './remembered-histories';

interface Entry {
  readonly file: string;
  readonly store: OpeningStore;
  readonly users: Map<object, HistorySettings>;
  readonly listeners: Set<(problem: StoreProblem | null) => void>;
  /** What the store keeps now. */
  readonly kept: { limits: RetentionLimits };
  closing: Timer | null;
}

/** A store that no node uses is looked at that often, and closed when nothing is left to do in it. */
const LINGER_MS = 10_000;

/**
 * The open stores of this process, one a file, shared by all nodes that use it. A store outlives the
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
  readonly #remembered: RememberedHistories;
  #isSettled = false;

  /**
   * `onWork`: there may be something to do in a store: it was opened, or came back after its thread died.
   * `isInFlow`: whether something is in a flow, or its end on the way to a store; no store is closed then.
   * `watch` wraps each store that is opened.
   */
  constructor(
    userDir: string,
    clock: Clock,
    logger: Logger,
    onWork: () => void,
    isInFlow: () => boolean,
    watch: (store: EventStore) => EventStore = (store) => store,
  ) {
    this.#userDir = userDir;
    this.#onWork = onWork;
    this.#isInFlow = isInFlow;
    this.#watch = watch;
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
    const file = resolve(this.#userDir, history.path);
    const entry = this.#entries.get(file) ?? this.#openEntry(file);
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

  /** The stores in use, by file, and those that are being drained. */
  all(): { readonly file: string; readonly store: EventStore }[] {
    return [...this.#entries.values()].map(({ file, store }) => ({ file, store }));
  }

  /** Those of them that can be read now. */
  opened(): EventStore[] {
    return [...this.#entries.values()].flatMap(({ store }) => (store.isOpen ? [store] : []));
  }

  /** Files in which the run before may have left something, and that no node uses any more. */
  #openLeftBehind(): void {
    for (const file of this.#remembered.files()) {
      if (this.#entries.has(file)) continue;
      if (existsSync(file)) this.#openEntry(file);
      else this.#forget(file);
    }
  }

  #openEntry(file: string): Entry {
    const listeners = new Set<(problem: StoreProblem | null) => void>();
    // Until all nodes are there, nothing goes that one of them wants to keep.
    const kept = { limits: NO_LIMITS };
    const store = new OpeningStore(
      (onDamage) => this.#open(file, kept, onDamage),
      this.#clock,
      this.#logger,
      (problem) => {
        for (const listener of listeners) listener(problem);
      },
    );
    const entry: Entry = { file, store, users: new Map(), listeners, kept, closing: null };
    this.#entries.set(file, entry);
    store.opened.then(
      () => this.#onWork(),
      () => undefined,
    );
    return entry;
  }

  async #open(
    file: string,
    kept: Entry['kept'],
    onDamage: (keptAs: string) => void,
  ): Promise<OpenedStore> {
    const { limits } = kept;
    const store = await openSqliteStore({
      file,
      logger: this.#logger,
      clock: this.#clock,
      onRestart: this.#onWork,
      onDamage,
      retention: limits,
    });
    try {
      await this.#takeUp(store);
      await this.#remembered.add(file);
      // They may have changed while it was being opened.
      if (kept.limits !== limits) await store.setRetention(kept.limits);
    } catch (thrown) {
      // It holds the lock of its file, for which the next try would wait for ever.
      await store.close();
      throw thrown;
    }
    return { store: this.#watch(store), damagedFile: store.recoveredFrom };
  }

  async #takeUp(store: EventStore): Promise<void> {
    const found = await store.recover(this.#clock.now());
    if (found.redelivered > 0 || found.jobs > 0 || found.poisoned > 0) {
      this.#logger.info(
        `Taking up what the process before left: ${found.redelivered} events are delivered again, ` +
          `${found.jobs} retries continue, ${found.poisoned} given up.`,
      );
    }
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
  async #isDone({ store }: Entry): Promise<boolean> {
    if (this.#isInFlow()) return false;
    if (!store.isOpen) return true;
    try {
      const { byStatus, openJobs } = await store.stats();
      return byStatus.pending + byStatus.processing + byStatus.retrying + openJobs === 0;
    } catch {
      return false;
    }
  }

  #close({ file, store }: Entry): void {
    this.#entries.delete(file);
    if (store.isOpen) this.#forget(file);
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
