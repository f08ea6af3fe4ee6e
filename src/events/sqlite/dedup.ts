import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { Statement } from './statement';

interface KeyRow {
  readonly digest: Uint8Array;
  readonly event_id: string;
}

export interface KnownKey {
  /** The event that had this key and this body; null: the key is new, or came with another body. */
  readonly eventId: string | null;
  /** The key is known with another body. */
  readonly conflict: boolean;
}

/** Idempotency keys of the last hours, kept by their window, whatever became of their events (rule 7). */
export class DedupTable {
  readonly #select: Statement<KeyRow>;
  readonly #insert: Statement;
  readonly #slice: Statement<{ endpoint_id: number; key: string }>;
  readonly #expire: Statement;
  #sweptTo: { endpoint_id: number; key: string } = { endpoint_id: 0, key: '' };

  constructor(db: DatabaseSync) {
    this.#select = new Statement(
      db,
      'SELECT digest, event_id FROM dedup_keys WHERE endpoint_id = ? AND key = ? AND expires_at > ?',
    );
    this.#insert = new Statement(db, 'INSERT OR REPLACE INTO dedup_keys VALUES (?, ?, ?, ?, ?)');
    this.#slice = new Statement(
      db,
      `SELECT endpoint_id, key FROM dedup_keys WHERE (endpoint_id, key) > (?, ?)
       ORDER BY endpoint_id, key LIMIT ?`,
    );
    this.#expire = new Statement(
      db,
      `DELETE FROM dedup_keys WHERE (endpoint_id, key) > (?, ?) AND (endpoint_id, key) <= (?, ?)
       AND expires_at <= ?`,
    );
  }

  find(endpointId: number, key: string, digest: Uint8Array, nowMs: number): KnownKey {
    const rows = this.#select.all(endpointId, key, nowMs);
    const same = rows.find((row) => Buffer.compare(row.digest, digest) === 0);
    return { eventId: same?.event_id ?? null, conflict: same === undefined && rows.length > 0 };
  }

  insert(
    endpointId: number,
    key: string,
    digest: Uint8Array,
    eventId: string,
    expiresAtMs: number,
  ): void {
    this.#insert.run(endpointId, key, digest, eventId, expiresAtMs);
  }

  /**
   * Looks at the next `count` keys and deletes the expired ones among them. Each pass over the table
   * starts where the last slice ended: an index by expiry would cost more with each insert.
   */
  sweep(count: number, nowMs: number): void {
    const from = this.#sweptTo;
    const to = this.#slice.all(from.endpoint_id, from.key, count).at(-1);
    this.#sweptTo = to ?? { endpoint_id: 0, key: '' };
    if (to === undefined) return;
    this.#expire.run(from.endpoint_id, from.key, to.endpoint_id, to.key, nowMs);
  }
}

export function bodyDigest(body: Uint8Array): Uint8Array {
  return hash('sha256', body, 'buffer');
}
