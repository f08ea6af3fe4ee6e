import { allBlocks, blocksWith, narrow } from './chunk';
import { addGrams, SET_BYTES } from './grams';

/** Events whose triples are kept together: a search reads as many where they may have the text. */
const BLOCK_EVENTS = 8;
/** With texts of this size together, fewer: of many different triples every text has each. */
const BLOCK_BYTES = 12 * 1024;

/**
 * What is known of the texts of events in a row, in memory (8 KB a block): which block of them has which triples of
 * bytes. Events are added in the order of their numbers.
 */
export class TextBlocks {
  /** A set of triples for each block. */
  readonly #sets: Uint8Array;
  readonly #starts: number[] = [];
  readonly #most: number;
  #blockEvents = 0;
  #blockBytes = 0;
  #events = 0;
  #last = -1;

  /** As many blocks at most: BLOCKS, or fewer. */
  constructor(most: number) {
    this.#most = most;
    this.#sets = new Uint8Array(most * SET_BYTES);
  }

  add(seq: number, texts: readonly Uint8Array[]): void {
    if (this.#starts.length === 0 || this.#blockIsFull) {
      this.#starts.push(seq);
      this.#blockEvents = 0;
      this.#blockBytes = 0;
    }
    const end = this.#starts.length * SET_BYTES;
    const set = this.#sets.subarray(end - SET_BYTES, end);
    for (const text of texts) {
      addGrams(text, set);
      this.#blockBytes += text.length;
    }
    this.#blockEvents += 1;
    this.#events += 1;
    this.#last = seq;
  }

  get #blockIsFull(): boolean {
    return this.#blockEvents >= BLOCK_EVENTS || this.#blockBytes >= BLOCK_BYTES;
  }

  get isFull(): boolean {
    return this.#starts.length === this.#most && this.#blockIsFull;
  }

  get events(): number {
    return this.#events;
  }

  /** The number of the first event of each block. */
  get starts(): readonly number[] {
    return this.#starts;
  }

  /** The first event; Infinity: there is none. */
  get from(): number {
    return this.#starts[0] ?? Infinity;
  }

  /** The number after the last event; 0: there is none. */
  get below(): number {
    return this.#last + 1;
  }

  /** The sets of triples of the blocks, one after the other. */
  get sets(): Uint8Array {
    return this.#sets;
  }

  /** The blocks that have all of these triples, as bits; null: none. */
  having(grams: readonly number[]): Uint8Array | null {
    const count = this.#starts.length;
    const blocks = allBlocks(count);
    const has = (gram: number): boolean => narrow(blocks, blocksWith(this.#sets, count, gram));
    return grams.every(has) ? blocks : null;
  }
}
