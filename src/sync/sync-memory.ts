import { isRecord, parseJson } from '../shared/json';
import { SyncError } from './sync-error';

/** Where what syncs remember is kept; resolves when it is on disk. */
export interface SyncStore {
  saveSync(saving: {
    readonly key: string;
    readonly memory?: string;
    readonly delivered: readonly string[];
    readonly maxItems: number;
  }): Promise<void>;
  recallSync(
    key: string,
    digests: readonly string[],
  ): Promise<{ readonly memory: string | null; readonly delivered: readonly string[] }>;
}

/** What a sync remembers from run to run. */
export interface Memory {
  /** When the last complete sync began, ISO 8601 in UTC; null: there was none. */
  readonly lastSync: string | null;
  /** What it left at the cursor path; null: nothing. */
  readonly cursor: unknown;
}

/** Digests of delivered items that are kept for a sync. */
const KEPT_ITEMS = 100_000;

const NOTHING: Memory = { lastSync: null, cursor: null };

/** The memory of one sync. Every failure of the store is a SyncError that may pass: nothing was lost. */
export class SyncMemory {
  readonly #store: SyncStore;
  readonly #key: string;

  constructor(store: SyncStore, key: string) {
    this.#store = store;
    this.#key = key;
  }

  /** Throws rather than to start from the beginning where what is kept cannot be read. */
  async load(): Promise<Memory> {
    const { memory } = await this.#asSyncError(this.#store.recallSync(this.#key, []));
    if (memory === null) return NOTHING;
    const read = parseJson(memory);
    if (isRecord(read) && (typeof read.lastSync === 'string' || read.lastSync === null)) {
      return { lastSync: read.lastSync, cursor: read.cursor ?? null };
    }
    throw new SyncError('What the last sync left behind cannot be read.', {
      category: 'UNKNOWN',
      permanent: true,
    });
  }

  save(memory: Memory): Promise<void> {
    return this.#save([], JSON.stringify(memory));
  }

  /** Which of these items have been delivered. */
  async delivered(digests: readonly string[]): Promise<ReadonlySet<string>> {
    const { delivered } = await this.#asSyncError(this.#store.recallSync(this.#key, digests));
    return new Set(delivered);
  }

  markDelivered(digests: readonly string[]): Promise<void> {
    return this.#save(digests);
  }

  #save(delivered: readonly string[], memory?: string): Promise<void> {
    return this.#asSyncError(
      this.#store.saveSync({
        key: this.#key,
        delivered,
        maxItems: KEPT_ITEMS,
        ...(memory === undefined ? {} : { memory }),
      }),
    );
  }

  async #asSyncError<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch {
      throw new SyncError('What syncs remember cannot be read or written: see the history.', {
        category: 'UNKNOWN',
      });
    }
  }
}
