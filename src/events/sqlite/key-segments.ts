import type { DatabaseSync } from 'node:sqlite';
import { PAGE_BYTES } from './database';
import { KeyFilter } from './key-filter';
import type { KeyHash } from './key-filter';
import { Statement } from './statement';

/**
 * Keys that arrive together lie together, whatever they are: a cluster is about one page, so that a
 * transaction dirties one or two pages and not one for each key.
 */
const KEYS_PER_CLUSTER = 96;
export const CLUSTERS = 64;
const KEYS_PER_SEGMENT = KEYS_PER_CLUSTER * CLUSTERS;
/** 21 bits a key: one of 9,000 unknown keys is looked for in vain. */
const FILTER_BYTES = 16_384;

const SEGMENT_BYTES = CLUSTERS * PAGE_BYTES + FILTER_BYTES;

/** Keys that are forgotten together. */
interface Segment {
  /** The number of its first cluster. */
  readonly first: number;
  readonly filter: KeyFilter;
  /** Its filter is in the file, and no more keys come. */
  readonly sealed: boolean;
  /** When the last of its keys expires; after a rollback perhaps later. */
  expiresAtMs: number;
  /** After a rollback perhaps too many. */
  keys: number;
}

interface SealedRow {
  readonly first: number;
  readonly expires_at: number;
  readonly filter: Uint8Array;
}

interface KeyRow {
  readonly cluster: number;
  readonly endpoint_id: number;
  readonly key: string;
  readonly expires_at: number;
}

/**
 * The keys of `dedup_keys` in the order in which they came, in segments of 6,144, each with a filter in
 * memory (2.7 bytes a key). A segment is dropped when all of its keys have expired.
 */
export class KeySegments {
  readonly #seal: Statement;
  readonly #sweepRows: Statement;
  readonly #sweepSeal: Statement;
  readonly #firstLeft: Statement<{ cluster: number | null }>;
  /** Oldest first. Replaced, never changed, so that `revert` can bring the former list back. */
  #segments: readonly Segment[];
  #marked: readonly Segment[];

  constructor(db: DatabaseSync, hashOf: (endpointId: number, key: string) => KeyHash) {
    this.#seal = new Statement(db, 'INSERT INTO dedup_segments VALUES (?, ?, ?)');
    this.#sweepRows = new Statement(db, 'DELETE FROM dedup_keys WHERE cluster = ?');
    this.#sweepSeal = new Statement(db, 'DELETE FROM dedup_segments WHERE first = ?');
    this.#firstLeft = new Statement(
      db,
      'SELECT MIN(cluster) AS cluster FROM dedup_keys WHERE cluster BETWEEN ? AND ?',
    );
    this.#segments = load(db, hashOf);
    this.#marked = this.#segments;
  }

  /** Those that may have a key of this hash, newest first. */
  having(hash: KeyHash): readonly Segment[] {
    let found: Segment[] = NONE;
    for (let at = this.#segments.length - 1; at >= 0; at--) {
      const segment = this.#segments[at];
      if (segment?.filter.mayHave(hash) !== true) continue;
      if (found === NONE) found = [];
      found.push(segment);
    }
    return found;
  }

  /** Notes a key; returns the cluster in which its row belongs. */
  add(hash: KeyHash, expiresAtMs: number): number {
    const segment = this.#open();
    const cluster = segment.first + Math.floor(segment.keys / KEYS_PER_CLUSTER);
    segment.filter.add(hash);
    segment.keys += 1;
    segment.expiresAtMs = Math.max(segment.expiresAtMs, expiresAtMs);
    return cluster;
  }

  /** Deletes one cluster of an expired segment; false: no segment has expired. */
  sweep(nowMs: number): boolean {
    const expired = this.#segments.find(({ expiresAtMs }) => expiresAtMs <= nowMs);
    if (expired === undefined) return false;
    const last = expired.first + CLUSTERS - 1;
    const cluster = this.#firstLeft.get(expired.first, last)?.cluster ?? null;
    if (cluster !== null) this.#sweepRows.run(cluster);
    else {
      this.#sweepSeal.run(expired.first);
      this.#segments = this.#segments.filter((segment) => segment !== expired);
    }
    return true;
  }

  /** What the keys take in the file, about; without those that are being forgotten. */
  get bytes(): number {
    return this.#segments.filter(({ expiresAtMs }) => expiresAtMs > 0).length * SEGMENT_BYTES;
  }

  /** The keys of the oldest full segment count as expired; false: there is none. */
  forgetOldest(): boolean {
    const oldest = this.#segments.find(({ sealed, expiresAtMs }) => sealed && expiresAtMs > 0);
    if (oldest === undefined) return false;
    this.#segments = this.#segments.map((segment) =>
      segment === oldest ? { ...segment, expiresAtMs: 0 } : segment,
    );
    return true;
  }

  mark(): void {
    this.#marked = this.#segments;
  }

  revert(): void {
    this.#segments = this.#marked;
  }

  /** The segment that takes new keys; a full one is sealed and followed by a new one. */
  #open(): Segment {
    const newest = this.#segments.at(-1);
    if (newest !== undefined && !newest.sealed && newest.keys < KEYS_PER_SEGMENT) return newest;
    const first = newest === undefined ? 0 : newest.first + CLUSTERS;
    const next = anEmpty(first);
    if (newest === undefined || newest.sealed) this.#segments = [...this.#segments, next];
    else {
      this.#seal.run(newest.first, newest.expiresAtMs, newest.filter.bytes);
      this.#segments = [...this.#segments.slice(0, -1), { ...newest, sealed: true }, next];
    }
    return next;
  }
}

const NONE: Segment[] = [];

function anEmpty(first: number): Segment {
  const filter = new KeyFilter(new Uint8Array(FILTER_BYTES));
  return { first, filter, sealed: false, expiresAtMs: 0, keys: 0 };
}

/** Filters as they were sealed; that of the newest segment is made again from its keys. */
function load(
  db: DatabaseSync,
  hashOf: (endpointId: number, key: string) => KeyHash,
): readonly Segment[] {
  const rows = new Statement<SealedRow>(
    db,
    'SELECT first, expires_at, filter FROM dedup_segments ORDER BY first',
  ).all();
  const sealed = rows.map(({ first, expires_at, filter }): Segment => ({
    first,
    filter: new KeyFilter(filter),
    sealed: true,
    expiresAtMs: expires_at,
    keys: KEYS_PER_SEGMENT,
  }));
  const newest = unsealed(db, (sealed.at(-1)?.first ?? -CLUSTERS) + CLUSTERS, hashOf);
  return newest === null ? sealed : [...sealed, newest];
}

function unsealed(
  db: DatabaseSync,
  from: number,
  hashOf: (endpointId: number, key: string) => KeyHash,
): Segment | null {
  const rows = new Statement<KeyRow>(
    db,
    'SELECT cluster, endpoint_id, key, expires_at FROM dedup_keys WHERE cluster >= ?',
  ).all(from);
  const [oldest] = rows;
  if (oldest === undefined) return null;
  const segment = anEmpty(oldest.cluster - (oldest.cluster % CLUSTERS));
  for (const { endpoint_id, key, expires_at } of rows) {
    segment.filter.add(hashOf(endpoint_id, key));
    segment.expiresAtMs = Math.max(segment.expiresAtMs, expires_at);
  }
  const last = rows.at(-1)?.cluster ?? oldest.cluster;
  segment.keys = Math.max(rows.length, (last - segment.first) * KEYS_PER_CLUSTER);
  return segment;
}
