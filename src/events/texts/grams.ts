/**
 * Any three bytes in a row of a text, folded to 16 bits: a text can only contain another one if it has all
 * of its triples. Texts are compared as `matchesText` does: in lower case.
 */
export const GRAMS = 1 << 16;
const GRAM_BYTES = 3;

const LETTER_CASE = 32;
const LOWER = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + LETTER_CASE : byte,
);
/** 2^32 divided by the golden ratio: Knuth's multiplicative hash. */
const MULTIPLIER = 0x9e3779b1;
const UNPAIRED = /\p{Surrogate}/u;

function fold(bytes: number): number {
  return Math.imul(bytes, MULTIPLIER) >>> 16;
}

/**
 * Of a set of triples: a bit for each, and a cache line more. Sets that begin a power of two apart fall on the same
 * places in the cache of the processor: to read a column of them takes ten times as long.
 */
export const SET_BYTES = GRAMS / 8 + 64;

/**
 * Adds the triples of a text (UTF-8, or whatever bytes) to a set: 2 us for a kilobyte. What is not ASCII counts as it
 * stands and in lower case.
 */
export function addGrams(bytes: Uint8Array, to: Uint8Array): void {
  if (addBytes(bytes, to)) return;
  const { buffer, byteOffset, byteLength } = bytes;
  const text = Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
  addBytes(Buffer.from(text.toLowerCase()), to);
}

/** True: all of it is ASCII. */
function addBytes(bytes: Uint8Array, to: Uint8Array): boolean {
  let seen = 0;
  let triple = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = LOWER[bytes[at] as number] as number;
    seen |= byte;
    triple = ((triple << 8) | byte) & 0xffffff;
    if (at < GRAM_BYTES - 1) continue;
    const gram = fold(triple);
    to[gram >> 3] = (to[gram >> 3] as number) | (1 << (gram & 7));
  }
  return seen < 0x80;
}

/** The triples of what is looked for, the most telling first. Null: it is too short, so that any text may have it. */
export function gramsOf(text: string): readonly number[] | null {
  if (UNPAIRED.test(text)) return null;
  const bytes = Buffer.from(text.toLowerCase());
  const count = bytes.length - GRAM_BYTES + 1;
  if (count < 1) return null;
  const found = new Set<number>();
  // Those that don't overlap first: they tell more together.
  for (let phase = 0; phase < GRAM_BYTES; phase++) {
    for (let at = phase; at < count; at += GRAM_BYTES) found.add(fold(bytes.readUIntBE(at, 3)));
  }
  return [...found];
}
