import type { DatabaseSync } from 'node:sqlite';
import { Statement } from './statement';
import type { Tally } from './tally';
import { searchedBody, SELECT_TEXTS } from './text-row';
import type { TextRow } from './text-row';
import type { TextPart, TextParts } from './text-parts';
import { TextBlocks } from '../texts/blocks';
import { BLOCKS, CHUNKS } from '../texts/chunk';

/** Counts of events. */
export interface IndexSizes {
  /** Fewer are read as fast as an index of them is. */
  readonly worthEvents: number;
  /** What retention leaves behind (failed events) is worth a part of its own when it is so much. */
  readonly worthSurvivors: number;
  readonly partBlocks: number;
}

const SIZES: IndexSizes = { worthEvents: 5_000, worthSurvivors: 2_048, partBlocks: BLOCKS };
/** Written in one transaction: some 1 ms. */
const CHUNKS_AT_ONCE = 128;

export interface IndexerDeps {
  readonly reader: DatabaseSync;
  readonly parts: TextParts;
  readonly tally: Tally;
  /** What it writes need not be on disk when this returns. */
  readonly transaction: (work: () => void) => void;
  readonly written: (bytes: number) => void;
  /** For tests. */
  readonly sizes?: IndexSizes;
}

/** Numbers from `from` on, below `below`, that no part covers. */
interface Gap {
  readonly from: number;
  readonly below: number;
  /** The oldest ones: retention is there. */
  readonly kind: 'newest' | 'between' | 'oldest';
}

interface Filling {
  readonly gap: Gap;
  readonly blocks: TextBlocks;
}

type Filled = 'full' | 'end' | 'more';

/**
 * Indexes the texts of stored events, in short steps, between other work: the newest ones as they come, then what
 * was stored before there was an index, or was removed from it. An event can be found before it is
 * indexed, and after a crash: then it is read.
 */
export class TextIndexer {
  readonly #deps: IndexerDeps;
  readonly #sizes: IndexSizes;
  readonly #next: Statement<TextRow>;
  readonly #anyIn: Statement<{ seq: number }>;
  readonly #countIn: Statement<{ n: number }>;
  #writing: (Filling & { readonly id: number }) | null = null;
  /** Chunks of it that are. */
  #written = 0;
  #filling: Filling | null = null;
  /** Of this version of the parts: gaps that are not worth a part. */
  #left = new Set<string>();
  #version = 0;

  constructor(deps: IndexerDeps) {
    this.#deps = deps;
    this.#sizes = deps.sizes ?? SIZES;
    const { reader } = deps;
    this.#next = new Statement(
      reader,
      `${SELECT_TEXTS} WHERE e.seq >= ? AND e.seq < ? ORDER BY e.seq LIMIT 1`,
    );
    const range = 'SELECT seq FROM events WHERE seq >= ? AND seq < ? LIMIT ?';
    this.#anyIn = new Statement(reader, range);
    this.#countIn = new Statement(reader, `SELECT COUNT(*) AS n FROM (${range})`);
  }

  /** Works until that time (performance.now()), and a little longer. False: nothing to do for now. */
  step(deadline: number): boolean {
    const { parts } = this.#deps;
    if (this.#version !== parts.version) this.#startOver();
    if (this.#writing !== null) return this.#write(this.#writing);
    if (!this.#isWorthIt) {
      parts.newest.clear();
      return this.#retire();
    }
    const { newest } = parts;
    const end = parts.all.at(-1)?.below ?? 0;
    if (newest.below > 0 || this.#anyFrom(end)) {
      const gap: Gap = { from: end, below: Number.MAX_SAFE_INTEGER, kind: 'newest' };
      const blocks = newest.blocks ?? newest.begin(this.#sizes.partBlocks);
      const filled = this.#fill(blocks, gap, deadline);
      if (filled === 'full') return this.#begin(gap, blocks);
      if (filled === 'more') return true;
    }
    return this.#retire() || this.#fillGaps(deadline);
  }

  get #isWorthIt(): boolean {
    return this.#deps.tally.events >= this.#sizes.worthEvents;
  }

  #anyFrom(seq: number): boolean {
    return this.#anyIn.get(seq, Number.MAX_SAFE_INTEGER, 1) !== undefined;
  }

  #startOver(): void {
    this.#version = this.#deps.parts.version;
    this.#writing = null;
    this.#filling = null;
    this.#left.clear();
  }

  #fill(blocks: TextBlocks, { from, below }: Gap, deadline: number): Filled {
    while (!blocks.isFull) {
      const row = this.#next.get(Math.max(from, blocks.below), below);
      if (row === undefined) return 'end';
      blocks.add(row.seq, textsOf(row));
      if (performance.now() > deadline) return blocks.isFull ? 'full' : 'more';
    }
    return 'full';
  }

  #fillGaps(deadline: number): boolean {
    const filling = this.#filling ?? this.#nextGap();
    if (filling === null) return false;
    this.#filling = filling;
    const { gap, blocks } = filling;
    const filled = this.#fill(blocks, gap, deadline);
    if (filled === 'more') return true;
    this.#filling = null;
    if (blocks.events === 0) {
      this.#left.add(keyOf(gap));
      return true;
    }
    return this.#begin(gap, blocks);
  }

  /** The one with the newest events. */
  #nextGap(): Filling | null {
    const { all } = this.#deps.parts;
    for (let index = all.length - 1; index >= 0; index--) {
      const gap = this.#gapBefore(all[index - 1], all[index] as TextPart);
      if (gap.from === gap.below || this.#left.has(keyOf(gap))) continue;
      if (this.#isWorthFilling(gap)) return { gap, blocks: new TextBlocks(this.#sizes.partBlocks) };
      this.#left.add(keyOf(gap));
    }
    return null;
  }

  #gapBefore(before: TextPart | undefined, part: TextPart): Gap {
    const from = before?.below ?? 0;
    const retired = part.from <= this.#deps.tally.finishedFrom;
    const kind = retired || before === undefined ? 'oldest' : 'between';
    return { from, below: part.from, kind };
  }

  #isWorthFilling({ from, below, kind }: Gap): boolean {
    const worth = kind === 'oldest' ? this.#sizes.worthSurvivors : 1;
    return (this.#countIn.get(from, below, worth)?.n ?? 0) >= worth;
  }

  #begin(gap: Gap, blocks: TextBlocks): true {
    this.#writing = { gap, blocks, id: this.#deps.parts.nextId() };
    this.#written = 0;
    return true;
  }

  #write({ gap, blocks, id }: Filling & { readonly id: number }): true {
    const { parts, tally, transaction, written } = this.#deps;
    const from = this.#written;
    const below = Math.min(from + CHUNKS_AT_ONCE, CHUNKS);
    let bytes = 0;
    transaction(() => {
      bytes = parts.writeChunks(id, blocks, from, below);
      if (below === CHUNKS) parts.add(id, blocks, blocks.below <= tally.finishedFrom);
    });
    written(bytes);
    this.#written = below;
    if (below === CHUNKS) {
      this.#writing = null;
      if (gap.kind === 'newest') parts.newest.clear();
    }
    return true;
  }

  /** Drops a part once retention has taken what it was made for. */
  #retire(): boolean {
    const { parts, tally, transaction } = this.#deps;
    const isPassed = ({ survivors, below }: TextPart): boolean =>
      !survivors && below <= tally.finishedFrom;
    const isEmpty = ({ from, below }: TextPart): boolean =>
      this.#anyIn.get(from, below, 1) === undefined;
    const part = parts.all.find(isPassed) ?? parts.all.slice(0, 1).find(isEmpty);
    if (part === undefined) return false;
    transaction(() => parts.drop(part));
    this.#filling = null;
    this.#left.clear();
    return true;
  }
}

function keyOf({ from, below }: Gap): string {
  return `${from}-${below}`;
}

function textsOf(row: TextRow): Uint8Array[] {
  const { event_type, delivery_id, request } = row;
  const texts = [event_type, delivery_id, request].filter((text) => text !== null);
  return [...texts.map((text) => Buffer.from(text)), searchedBody(row) ?? []].flat();
}
