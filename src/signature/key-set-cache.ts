import { errorText } from '../shared/errors';
import { parseJson } from '../shared/json';
import { type KeySet, readKeySet } from './jwt-key';
import { isKeysAddress } from './options';

/** Fetches a document, bounded in time and size; rejects where it can't be had. */
export type FetchBytes = (url: string) => Promise<Buffer>;

export interface CacheTools {
  readonly fetchBytes: FetchBytes;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** So old may keys be before they are fetched again. */
const FRESH_MS = 600_000;
/** While they can't be fetched, known keys go on verifying for a day: an outage is no rotation. */
const USABLE_MS = 86_400_000;
/** An address is not asked more often than that, whatever requests claim. */
const COOLDOWN_MS = 30_000;
const MAX_ADDRESSES = 100;

interface Entry {
  set: KeySet | null;
  fetchedAtMs: number;
  triedAtMs: number;
  problem: string;
  fetching: Promise<void> | null;
}

/** Public keys by address: kept, asked for again where they are old or a `kid` is not among them. */
export class KeySetCache {
  readonly #tools: CacheTools;
  readonly #entries = new Map<string, Entry>();

  constructor(tools: CacheTools) {
    this.#tools = tools;
  }

  async keySet(url: string, kid: string | undefined): Promise<KeySet> {
    if (url === '' || !isKeysAddress(url)) {
      throw new Error('the address of the keys must be https.');
    }
    const entry = this.#entry(url);
    const now = this.#tools.now();
    const isEnough = entry.set !== null && (kid === undefined || hasKey(entry.set, kid));
    const isFresh = now - entry.fetchedAtMs < FRESH_MS;
    if (!(isEnough && isFresh)) await this.#refresh(url, entry);
    const isUsable = this.#tools.now() - entry.fetchedAtMs < USABLE_MS;
    if (entry.set === null || !isUsable) throw new Error(entry.problem);
    return entry.set;
  }

  #entry(url: string): Entry {
    const known = this.#entries.get(url);
    if (known !== undefined) return known;
    if (this.#entries.size >= MAX_ADDRESSES) this.#entries.clear();
    const entry = {
      set: null,
      fetchedAtMs: -Infinity,
      triedAtMs: -Infinity,
      problem: 'the keys were not fetched yet.',
      fetching: null,
    };
    this.#entries.set(url, entry);
    return entry;
  }

  /** All who wait share one request. */
  #refresh(url: string, entry: Entry): Promise<void> {
    if (entry.fetching !== null) return entry.fetching;
    if (this.#tools.now() - entry.triedAtMs < COOLDOWN_MS) return Promise.resolve();
    entry.triedAtMs = this.#tools.now();
    entry.fetching = this.#fetch(url, entry).finally(() => {
      entry.fetching = null;
    });
    return entry.fetching;
  }

  async #fetch(url: string, entry: Entry): Promise<void> {
    try {
      const bytes = await this.#tools.fetchBytes(url);
      const set = readKeySet(parseJson(bytes.toString('utf8')));
      if (set === undefined) throw new Error('the address holds no JWK set.');
      entry.set = set;
      entry.fetchedAtMs = this.#tools.now();
    } catch (thrown) {
      entry.problem = errorText(thrown);
    }
  }
}

function hasKey({ keys }: KeySet, kid: string): boolean {
  return keys.some((key) => key.kid === kid);
}
