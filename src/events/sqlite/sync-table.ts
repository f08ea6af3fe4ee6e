import type { DatabaseSync } from 'node:sqlite';
import type { Args, Result } from './protocol';
import { Statement } from './statement';

/** Items of a sync that nobody ran for so long are forgotten. */
const UNUSED_MS = 90 * 86_400_000;
/** Beside those that came with a write, so that no write has to remove many at once. */
const REMOVED_WITH_A_WRITE = 500;

type IdRow = { readonly id: number };

/** What syncs remember: their memory (last sync, cursor) and the digests of delivered items. */
export class SyncTable {
  readonly #touch: Statement<IdRow>;
  readonly #write: Statement;
  readonly #last: Statement<{ place: number | null }>;
  readonly #insert: Statement;
  readonly #removeOldest: Statement;
  readonly #unused: Statement<IdRow>;

  constructor(db: DatabaseSync) {
    this.#touch = new Statement(
      db,
      `INSERT INTO sync_state (key, used_at) VALUES (?, ?)
       ON CONFLICT (key) DO UPDATE SET used_at = excluded.used_at RETURNING id`,
    );
    this.#write = new Statement(db, 'UPDATE sync_state SET memory = ? WHERE id = ?');
    this.#last = new Statement(db, 'SELECT max(place) AS place FROM sync_items WHERE sync_id = ?');
    this.#insert = new Statement(
      db,
      'INSERT OR IGNORE INTO sync_items (sync_id, digest, place) VALUES (?, unhex(?), ?)',
    );
    this.#removeOldest = new Statement(
      db,
      `DELETE FROM sync_items WHERE sync_id = ?1 AND place IN
       (SELECT place FROM sync_items WHERE sync_id = ?1 AND place <= ?2 ORDER BY place LIMIT ?3)`,
    );
    this.#unused = new Statement(
      db,
      `SELECT id FROM sync_state WHERE used_at < ? AND EXISTS
       (SELECT 1 FROM sync_items WHERE sync_id = sync_state.id) LIMIT 1`,
    );
  }

  /** Writes a memory (null: leaves it) and adds digests; the oldest beyond `maxItems` go. */
  save([key, memory, digests, maxItems]: Args<'saveSync'>, nowMs: number): null {
    const id = this.#touch.get(key, nowMs)?.id ?? 0;
    if (memory !== null) this.#write.run(memory, id);
    let place = this.#last.get(id)?.place ?? 0;
    for (const digest of digests) place += this.#insert.run(id, digest, place + 1);
    this.#removeOldest.run(id, place - maxItems, digests.length + REMOVED_WITH_A_WRITE);
    const unused = this.#unused.get(nowMs - UNUSED_MS)?.id;
    if (unused !== undefined) {
      this.#removeOldest.run(unused, Number.MAX_SAFE_INTEGER, REMOVED_WITH_A_WRITE);
    }
    return null;
  }
}

/** The same, read on the connection that cannot write. */
export class SyncQueries {
  readonly #state: Statement<{ id: number; memory: string | null }>;
  readonly #item: Statement<{ known: number }>;

  constructor(db: DatabaseSync) {
    this.#state = new Statement(db, 'SELECT id, memory FROM sync_state WHERE key = ?');
    this.#item = new Statement(
      db,
      'SELECT 1 AS known FROM sync_items WHERE sync_id = ? AND digest = unhex(?)',
    );
  }

  recall([key, digests]: Args<'recallSync'>): Result<'recallSync'> {
    const state = this.#state.get(key);
    if (state === undefined) return { memory: null, delivered: [] };
    const delivered = digests.filter((digest) => this.#item.get(state.id, digest) !== undefined);
    return { memory: state.memory, delivered };
  }
}
