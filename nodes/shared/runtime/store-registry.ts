import { resolve } from 'node:path';
import type { EventStore } from '../../../src/events/event-store';
import { openSqliteStore } from '../../../src/events/sqlite/open';
import type { Clock, Timer } from '../../../src/shared/clock';
import { errorText } from '../../../src/shared/errors';
import type { Logger } from '../../../src/shared/logger';
import { retentionLimits, type HistorySettings } from '../history-settings';
import { OpeningStore } from './opening-store';

interface Entry {
  readonly file: string;
  readonly store: OpeningStore;
  readonly users: Set<object>;
  readonly listeners: Set<(problem: string | null) => void>;
  closing: Timer | null;
}

/** A store without users stays open that long: a deploy closes all nodes and builds them again. */
const LINGER_MS = 10_000;

/** The open stores of this process, one a file, shared by all nodes that use it. */
export class StoreRegistry {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #userDir: string;
  readonly #onRestart: () => void;
  readonly #isInFlow: () => boolean;

  /**
   * `onRestart`: a store came back after its thread had died, and put back what nobody had in hand.
   * `isInFlow`: whether something is in a flow, or its end on the way to a store; no store is closed then.
   */
  constructor(
    userDir: string,
    clock: Clock,
    logger: Logger,
    onRestart: () => void,
    isInFlow: () => boolean,
  ) {
    this.#userDir = userDir;
    this.#onRestart = onRestart;
    this.#isInFlow = isInFlow;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** The store of a history, opened on first use. `onProblem` is told what is wrong, and null when it is fine. */
  acquire(
    user: object,
    history: HistorySettings,
    onProblem: (problem: string | null) => void,
  ): EventStore {
    const file = resolve(this.#userDir, history.path);
    const entry = this.#entries.get(file) ?? this.#openEntry(file, history);
    entry.closing?.cancel();
    entry.closing = null;
    entry.users.add(user);
    entry.listeners.add(onProblem);
    if (entry.store.problem !== null) onProblem(entry.store.problem);
    return entry.store;
  }

  release(user: object, onProblem: (problem: string | null) => void): void {
    for (const entry of this.#entries.values()) {
      entry.listeners.delete(onProblem);
      if (entry.users.delete(user) && entry.users.size === 0) {
        this.#closeLater(entry);
      }
    }
  }

  /** The stores in use, by file. */
  all(): { readonly file: string; readonly store: EventStore }[] {
    return [...this.#entries.values()].map(({ file, store }) => ({ file, store }));
  }

  #openEntry(file: string, history: HistorySettings): Entry {
    const listeners = new Set<(problem: string | null) => void>();
    const store = new OpeningStore(
      () => this.#open(file, history),
      this.#clock,
      this.#logger,
      (problem) => {
        for (const listener of listeners) listener(problem);
      },
    );
    const entry: Entry = { file, store, users: new Set(), listeners, closing: null };
    this.#entries.set(file, entry);
    return entry;
  }

  async #open(file: string, history: HistorySettings): Promise<EventStore> {
    const store = await openSqliteStore({
      file,
      logger: this.#logger,
      clock: this.#clock,
      onRestart: this.#onRestart,
      retention: retentionLimits(history),
    });
    try {
      await this.#takeUp(store);
    } catch (thrown) {
      // It holds the lock of its file, for which the next try would wait for ever.
      await store.close();
      throw thrown;
    }
    return store;
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

  #closeLater(entry: Entry): void {
    entry.closing = this.#clock.after(LINGER_MS, () => {
      if (this.#isInFlow()) this.#closeLater(entry);
      else this.#closeEntry(entry);
    });
  }

  #closeEntry(entry: Entry): void {
    if (entry.users.size > 0) return;
    this.#entries.delete(entry.file);
    entry.store.close().catch((thrown: unknown) => {
      this.#logger.warn(`Closing the webhook history: ${errorText(thrown)}`);
    });
  }
}
