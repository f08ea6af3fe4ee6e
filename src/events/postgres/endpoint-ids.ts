import type { Transaction } from './transaction';

const ADD = {
  name: 'add-endpoints',
  text: 'INSERT INTO endpoints (key) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING',
};
const FIND = {
  name: 'find-endpoints',
  text: 'SELECT id, key FROM endpoints WHERE key = ANY($1::text[])',
};

/** Endpoint keys as small numbers: they stand in each row and in each index entry of an event. */
export class EndpointIds {
  readonly #known = new Map<string, number>();

  /** Of these endpoints; made where they are new. */
  async ids(tx: Transaction, keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const missing = [...new Set(keys)].filter((key) => !this.#known.has(key)).sort();
    if (missing.length > 0) {
      await tx.query(ADD, [missing]);
      for (const { id, key } of await tx.query<{ id: number; key: string }>(FIND, [missing])) {
        this.#known.set(key, id);
      }
    }
    return this.#known;
  }

  /** Undefined: nothing was ever stored for it. */
  async find(tx: Transaction, key: string): Promise<number | undefined> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const [row] = await tx.query<{ id: number }>(FIND, [[key]]);
    if (row !== undefined) this.#known.set(key, row.id);
    return row?.id;
  }

  forget(): void {
    this.#known.clear();
  }
}
