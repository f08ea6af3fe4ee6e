import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { hashKey } from './key-filter';
import { CLUSTERS, KeySegments } from './key-segments';
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

const UNKNOWN: KnownKey = { eventId: null, conflict: false };

/**
 * Idempotency keys of the last hours, kept by their window, whatever became of their events (rule 7).
 * What counts is in the table, and with it in the transaction. `KeySegments` only says which parts of
 * the table need not be asked; for a new key mostly none.
 */
export class DedupTable {
  readonly #segments: KeySegments;
  readonly #select: Statement<KeyRow>;
  readonly #insert: Statement;
  readonly #seed: number;

  constructor(db: DatabaseSync) {
    const clusters = Array.from({ length: CLUSTERS }, (_, n) => `?1 + ${n}`).join(', ');
    this.#select = new Statement(
      db,
      `SELECT digest, event_id FROM dedup_keys
       WHERE cluster IN (${clusters}) AND endpoint_id = ?2 AND key = ?3 AND expires_at > ?4`,
    );
    this.#insert = new Statement(db, 'INSERT OR REPLACE INTO dedup_keys VALUES (?, ?, ?, ?, ?, ?)');
    this.#seed = seedOf(db);
    this.#segments = new KeySegments(db, (endpointId, key) => hashKey(this.#seed, endpointId, key));
  }

  find(endpointId: number, key: string, digest: Uint8Array, nowMs: number): KnownKey {
    let conflict = false;
    for (const segment of this.#segments.having(hashKey(this.#seed, endpointId, key))) {
      for (const row of this.#select.all(segment.first, endpointId, key, nowMs)) {
        if (Buffer.compare(row.digest, digest) === 0) {
          return { eventId: row.event_id, conflict: false };
        }
        conflict = true;
      }
    }
    return conflict ? { eventId: null, conflict } : UNKNOWN;
  }

  insert(
    endpointId: number,
    key: string,
    digest: Uint8Array,
    eventId: string,
    expiresAtMs: number,
  ): void {
    const cluster = this.#segments.add(hashKey(this.#seed, endpointId, key), expiresAtMs);
    this.#insert.run(cluster, endpointId, key, digest, eventId, expiresAtMs);
  }

  /** Deletes a few keys of a segment of which all have expired. False: there is none. */
  sweep(nowMs: number): boolean {
    return this.#segments.sweep(nowMs);
  }

  /** What the keys take in the file, about. */
  get bytes(): number {
    return this.#segments.bytes;
  }

  /** Forgets some thousands of the oldest keys before their time; false: there are not as many. */
  forgetOldest(): boolean {
    return this.#segments.forgetOldest();
  }

  mark(): void {
    this.#segments.mark();
  }

  revert(): void {
    this.#segments.revert();
  }
}

export function bodyDigest(body: Uint8Array): Uint8Array {
  return hash('sha256', body, 'buffer');
}

function seedOf(db: DatabaseSync): number {
  db.exec("INSERT OR IGNORE INTO meta VALUES ('dedup_seed', CAST(random() & 4294967295 AS TEXT))");
  const row = new Statement<{ value: string }>(
    db,
    "SELECT value FROM meta WHERE key = 'dedup_seed'",
  ).get();
  return Number(row?.value ?? 0) | 0;
}
