import type { DatabaseSync } from 'node:sqlite';
import { TextBlocks } from '../texts/blocks';
import { CHUNKS, packChunk } from '../texts/chunk';
import { Statement } from './statement';

/** A stretch of events of which the texts are indexed: numbers from `from` on, below `below`. */
export interface TextPart {
  readonly id: number;
  readonly from: number;
  readonly below: number;
  /** What was left of events that retention had been at. */
  readonly survivors: boolean;
}

interface PartRow {
  readonly id: number;
  readonly first_seq: number;
  readonly below_seq: number;
  readonly survivors: number;
}

/**
 * Which events the index of texts covers, inside the writer's transactions. Parts on disk don't overlap; the newest
 * events are in `newest`, in memory, until they are worth a part. What is in neither is not indexed. A part that
 * is wrong since an event in it was removed, or its number used again, goes as a whole: 2 ms.
 */
export class TextParts {
  readonly newest = new NewestTexts();
  readonly #list: Statement<PartRow>;
  readonly #insert: Statement;
  readonly #delete: Statement;
  readonly #insertChunk: Statement;
  readonly #deleteChunks: Statement;
  #parts: readonly TextPart[] = [];
  #version = 0;
  /** No event was ever read, or indexed, that has a higher number. */
  #highest: number;

  constructor(db: DatabaseSync) {
    this.#list = new Statement(
      db,
      'SELECT id, first_seq, below_seq, survivors FROM text_parts ORDER BY first_seq',
    );
    this.#insert = new Statement(db, 'INSERT INTO text_parts VALUES (?, ?, ?, ?, ?)');
    this.#delete = new Statement(db, 'DELETE FROM text_parts WHERE id = ?');
    this.#insertChunk = new Statement(db, 'INSERT OR REPLACE INTO text_grams VALUES (?, ?)');
    this.#deleteChunks = new Statement(db, 'DELETE FROM text_grams WHERE place >= ? AND place < ?');
    this.reload();
    const stored = new Statement<{ seq: number | null }>(db, 'SELECT max(seq) AS seq FROM events');
    this.#highest = Math.max(stored.get()?.seq ?? 0, (this.#parts.at(-1)?.below ?? 0) - 1);
  }

  /** In the order of their events. */
  get all(): readonly TextPart[] {
    return this.#parts;
  }

  /** Another one: what was read of events before may be true no more. */
  get version(): number {
    return this.#version;
  }

  /** After a rollback. */
  reload(): void {
    this.#parts = this.#list.all().map((row) => ({
      id: row.id,
      from: row.first_seq,
      below: row.below_seq,
      survivors: row.survivors === 1,
    }));
  }

  /** An event is stored under this number: where the last ones were removed, numbers come again. */
  stored(seq: number): void {
    if (seq <= this.#highest) this.removed(seq, Number.MAX_SAFE_INTEGER);
    this.#highest = seq;
  }

  /** Somebody wanted these events to be gone: nothing of them stays in the index. */
  removed(first: number, last: number): void {
    this.#version += 1;
    for (const part of this.#parts.filter(({ from, below }) => from <= last && below > first)) {
      this.drop(part);
    }
    if (last >= this.newest.from && first < this.newest.below) this.newest.clear();
  }

  /** With its chunks. What retention takes, `TextIndexer` drops part by part. */
  drop(part: TextPart): void {
    this.#delete.run(part.id);
    this.#deleteChunks.run(part.id * CHUNKS, (part.id + 1) * CHUNKS);
    this.#parts = this.#parts.filter(({ id }) => id !== part.id);
  }

  /** A number for a new part: chunks that an unfinished one left under it are overwritten. */
  nextId(): number {
    return this.#parts.reduce((most, { id }) => Math.max(most, id), 0) + 1;
  }

  /** Writes some chunks of a part to be; how many bytes. */
  writeChunks(id: number, blocks: TextBlocks, from: number, below: number): number {
    let bytes = 0;
    for (let chunk = from; chunk < below; chunk++) {
      const bits = packChunk(blocks.sets, chunk, blocks.starts.length);
      this.#insertChunk.run(id * CHUNKS + chunk, bits);
      bytes += bits.length;
    }
    return bytes;
  }

  /** From here on it is used. Its chunks are written. */
  add(id: number, blocks: TextBlocks, survivors: boolean): void {
    const { from, below } = blocks;
    const starts = Uint32Array.from(blocks.starts, (seq) => seq - from);
    this.#insert.run(id, from, below, Number(survivors), new Uint8Array(starts.buffer));
    const part = { id, from, below, survivors };
    this.#parts = [...this.#parts, part].sort((a, b) => a.from - b.from);
  }
}

/** The newest events. */
export class NewestTexts {
  #blocks: TextBlocks | null = null;

  get blocks(): TextBlocks | null {
    return this.#blocks;
  }

  begin(partBlocks: number): TextBlocks {
    this.#blocks = new TextBlocks(partBlocks);
    return this.#blocks;
  }

  get from(): number {
    return this.#blocks?.from ?? Infinity;
  }

  get below(): number {
    return this.#blocks?.below ?? 0;
  }

  /** Their memory is free. */
  clear(): void {
    this.#blocks = null;
  }
}
