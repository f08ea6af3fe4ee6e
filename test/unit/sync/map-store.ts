import type { SyncStore } from '../../../src/sync/sync-memory';

/** What syncs remember, in memory: the port of the store without its file. */
export class MapStore implements SyncStore {
  readonly #memories = new Map<string, string>();
  readonly #delivered = new Map<string, Set<string>>();

  saveSync({ key, memory, delivered }: Parameters<SyncStore['saveSync']>[0]): Promise<void> {
    if (memory !== undefined) this.#memories.set(key, memory);
    const known = this.#delivered.get(key) ?? new Set();
    for (const digest of delivered) known.add(digest);
    this.#delivered.set(key, known);
    return Promise.resolve();
  }

  recallSync(key: string, digests: readonly string[]): ReturnType<SyncStore['recallSync']> {
    const known = this.#delivered.get(key);
    return Promise.resolve({
      memory: this.#memories.get(key) ?? null,
      delivered: digests.filter((digest) => known?.has(digest) === true),
    });
  }

  /** Whether a memory has a value of that name. */
  remembers(name: string): boolean {
    return [...this.#memories.values()].some(
      (text) => ((JSON.parse(text) as Record<string, unknown>)[name] ?? null) !== null,
    );
  }
}
