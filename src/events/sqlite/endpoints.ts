import type { DatabaseSync } from 'node:sqlite';
import { Statement } from './statement';

/** Endpoint keys as small numbers: they stand in each row and in each index entry of an event. */
export class EndpointTable {
  readonly #ids = new Map<string, number>();
  readonly #keys = new Map<number, string>();
  readonly #insert: Statement;
  readonly #select: Statement<{ id: number; key: string }>;

  constructor(db: DatabaseSync) {
    this.#insert = new Statement(db, 'INSERT INTO endpoints (key) VALUES (?)');
    this.#select = new Statement(db, 'SELECT id, key FROM endpoints');
    this.reload();
  }

  /** After a rollback, which may have taken back rows that are remembered here. */
  reload(): void {
    this.#ids.clear();
    this.#keys.clear();
    for (const { id, key } of this.#select.all()) this.#remember(id, key);
  }

  find(key: string): number | undefined {
    return this.#ids.get(key);
  }

  findOrAdd(key: string): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#insert.insert(key);
    this.#remember(id, key);
    return id;
  }

  key(id: number): string {
    return this.#keys.get(id) ?? '';
  }

  ids(): readonly number[] {
    return [...this.#keys.keys()];
  }

  #remember(id: number, key: string): void {
    this.#ids.set(key, id);
    this.#keys.set(id, key);
  }
}
