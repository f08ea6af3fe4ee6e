import { GRAMS, SET_BYTES } from './grams';

/** Blocks of events that a part has at most; a bit for each of them is kept for each triple. */
export const BLOCKS = 512;
const STRIDE = BLOCKS / 8;
/** Triples whose bits are stored together: a search reads one such chunk for each triple that it looks for. */
const CHUNK_GRAMS = 64;
export const CHUNKS = GRAMS / CHUNK_GRAMS;

const RAW = 254;
const ALL = 255;
/** So far a gap of a list reaches; a byte of this value is a gap without an end. */
const LONGEST_GAP = 255;

/**
 * The blocks of each triple of a chunk, packed: for each triple a byte that says how many bytes of gaps between its
 * blocks follow, or that all `blocks` have it, or that their bits follow as they are; then those bytes.
 * `sets`: those of the blocks, one after the other.
 */
export function packChunk(sets: Uint8Array, chunk: number, blocks: number): Uint8Array {
  const { gaps, lengths, counts } = readGapsOf(sets, chunk, blocks);
  const packed = new Uint8Array(CHUNK_GRAMS * (STRIDE + 1));
  let end = CHUNK_GRAMS;
  for (let index = 0; index < CHUNK_GRAMS; index++) {
    const length = lengths[index] as number;
    if (counts[index] === blocks) packed[index] = ALL;
    else if (length < STRIDE) {
      packed[index] = length;
      packed.set(gaps.subarray(index * STRIDE, index * STRIDE + length), end);
      end += length;
    } else {
      packed[index] = RAW;
      packed.set(blocksWith(sets, blocks, chunk * CHUNK_GRAMS + index), end);
      end += STRIDE;
    }
  }
  return packed.slice(0, end);
}

interface GapsOfChunk {
  /** STRIDE bytes for each triple. */
  readonly gaps: Uint8Array;
  /** STRIDE: they take as much room as the bits. */
  readonly lengths: Uint8Array;
  /** In how many blocks the triple is. */
  readonly counts: Uint16Array;
}

function readGapsOf(sets: Uint8Array, chunk: number, blocks: number): GapsOfChunk {
  const gaps = new Uint8Array(CHUNK_GRAMS * STRIDE);
  const lengths = new Uint8Array(CHUNK_GRAMS);
  const counts = new Uint16Array(CHUNK_GRAMS);
  const next = new Uint16Array(CHUNK_GRAMS);
  for (let block = 0; block < blocks; block++) {
    const from = block * SET_BYTES + (chunk * CHUNK_GRAMS) / 8;
    for (let byte = 0; byte < CHUNK_GRAMS / 8; byte++) {
      for (let rest = sets[from + byte] as number; rest !== 0; rest &= rest - 1) {
        const index = byte * 8 + 31 - Math.clz32(rest & -rest);
        let length = lengths[index] as number;
        let gap = block - (next[index] as number);
        for (; gap >= LONGEST_GAP && length < STRIDE; gap -= LONGEST_GAP) {
          gaps[index * STRIDE + length++] = LONGEST_GAP;
        }
        if (length < STRIDE) gaps[index * STRIDE + length++] = gap;
        lengths[index] = length;
        next[index] = block + 1;
        counts[index] = (counts[index] as number) + 1;
      }
    }
  }
  return { gaps, lengths, counts };
}

/** The blocks whose sets have a triple, as bits. */
export function blocksWith(sets: Uint8Array, blocks: number, gram: number): Uint8Array {
  const bits = new Uint8Array(STRIDE);
  const bit = gram & 7;
  for (let block = 0, at = gram >> 3; block < blocks; block++, at += SET_BYTES) {
    const has = ((sets[at] as number) >> bit) & 1;
    bits[block >> 3] = (bits[block >> 3] as number) | (has << (block & 7));
  }
  return bits;
}

export function chunkOf(gram: number): number {
  return Math.floor(gram / CHUNK_GRAMS);
}

/** Leaves of the blocks those that have a triple, according to the chunk that it is in. False: none is left. */
export function narrowByChunk(blocks: Uint8Array, packed: Uint8Array, gram: number): boolean {
  const index = gram % CHUNK_GRAMS;
  const tag = packed[index] as number;
  if (tag === ALL) return true;
  let at = CHUNK_GRAMS;
  for (let before = 0; before < index; before++) at += lengthOf(packed[before] as number);
  const bits =
    tag === RAW ? packed.subarray(at, at + STRIDE) : readGaps(packed.subarray(at, at + tag));
  return narrow(blocks, bits);
}

/** Leaves of the blocks those that others have as well. False: none is left. */
export function narrow(blocks: Uint8Array, others: Uint8Array): boolean {
  let any = 0;
  for (let byte = 0; byte < STRIDE; byte++) {
    any |= blocks[byte] = (blocks[byte] as number) & (others[byte] as number);
  }
  return any !== 0;
}

function lengthOf(tag: number): number {
  if (tag === ALL) return 0;
  return tag === RAW ? STRIDE : tag;
}

function readGaps(gaps: Uint8Array): Uint8Array {
  const bits = new Uint8Array(STRIDE);
  let block = 0;
  for (const gap of gaps) {
    block += gap;
    if (gap === LONGEST_GAP) continue;
    bits[block >> 3] = (bits[block >> 3] as number) | (1 << (block & 7));
    block += 1;
  }
  return bits;
}

/** The first so many. */
export function allBlocks(count: number): Uint8Array {
  const bits = new Uint8Array(STRIDE);
  for (let block = 0; block < count; block++) {
    bits[block >> 3] = (bits[block >> 3] as number) | (1 << (block & 7));
  }
  return bits;
}
