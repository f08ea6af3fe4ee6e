import type { DatabaseSync } from 'node:sqlite';
import { allBlocks, chunkOf, CHUNKS, narrowByChunk } from '../texts/chunk';
import { gramsOf } from '../texts/grams';
import { Statement } from './statement';
import type { TextPart, TextParts } from './text-parts';

/** Row numbers from `from` on, below `below`. */
export interface Span {
  readonly from: number;
  readonly below: number;
}

/** Events in a row of which it is known what is in them. */
interface Stretch extends Span {
  /** Those of its blocks that may have the text, newest first. */
  readonly blocks: () => readonly Span[];
}

/** Where a text may occur, by the index of texts. */
export class TextSpans {
  readonly #parts: TextParts;
  readonly #chunk: Statement<{ bits: Uint8Array }>;
  readonly #starts: Statement<{ starts: Uint8Array }>;

  constructor(db: DatabaseSync, parts: TextParts) {
    this.#parts = parts;
    this.#chunk = new Statement(db, 'SELECT bits FROM text_grams WHERE place = ?');
    this.#starts = new Statement(db, 'SELECT starts FROM text_parts WHERE id = ?');
  }

  /**
   * Newest first, without overlaps; what is outside of them has not got the text. An empty one says how
   * far the index was read. To be used up before anything is written.
   */
  *of(text: string, { from, below }: Span): Generator<Span> {
    const grams = gramsOf(text);
    const stretches = grams === null ? [] : this.#stretches(grams);
    let end = below;
    for (const stretch of stretches) {
      if (stretch.from >= end) continue;
      if (stretch.below <= from) break;
      // What came after it is not indexed.
      if (stretch.below < end) yield { from: Math.max(from, stretch.below), below: end };
      for (const block of stretch.blocks()) {
        const span = { from: Math.max(from, block.from), below: Math.min(end, block.below) };
        if (span.from < span.below) yield span;
      }
      end = Math.max(from, stretch.from);
      yield { from: end, below: end };
    }
    if (end > from) yield { from, below: end };
  }

  *#stretches(grams: readonly number[]): Generator<Stretch> {
    const { all, newest } = this.#parts;
    const { blocks } = newest;
    if (blocks !== null && blocks.events > 0) {
      const { from, below } = blocks;
      const having = (): readonly Span[] => toSpans(blocks.having(grams), blocks.starts, below);
      yield { from, below, blocks: having };
    }
    for (let index = all.length - 1; index >= 0; index--) {
      const part = all[index] as TextPart;
      yield { from: part.from, below: part.below, blocks: () => this.#having(part, grams) };
    }
  }

  #having({ id, from, below }: TextPart, grams: readonly number[]): readonly Span[] {
    const bytes = this.#starts.get(id)?.starts;
    if (bytes === undefined) return [{ from, below }];
    const offsets = new Uint32Array(bytes.slice().buffer);
    const blocks = allBlocks(offsets.length);
    for (const gram of grams) {
      const packed = this.#chunk.get(id * CHUNKS + chunkOf(gram))?.bits;
      if (packed !== undefined && !narrowByChunk(blocks, packed, gram)) return [];
    }
    const starts = Array.from(offsets, (offset) => from + offset);
    return toSpans(blocks, starts, below);
  }
}

/** Neighbours together, newest first. */
function toSpans(blocks: Uint8Array | null, starts: readonly number[], below: number): Span[] {
  const spans: Span[] = [];
  if (blocks === null) return spans;
  let end: number | null = null;
  for (let block = starts.length - 1; block >= -1; block--) {
    const has = block >= 0 && ((blocks[block >> 3] as number) & (1 << (block & 7))) !== 0;
    const after = starts[block + 1] ?? below;
    if (has) end ??= after;
    else if (end !== null) {
      spans.push({ from: after, below: end });
      end = null;
    }
  }
  return spans;
}
