const PROBES = 8;

/** Two hashes of one key, from which all probes of a filter follow (Kirsch and Mitzenmacher, 2006). */
export interface KeyHash {
  readonly first: number;
  readonly step: number;
}

/**
 * A Bloom filter: tells at once that a key was never added, and never denies one that was. A bit that
 * is set and not needed does no harm, so a rollback takes nothing back.
 */
export class KeyFilter {
  readonly bytes: Uint8Array;
  readonly #mask: number;

  /** Of a power of two of bytes: a remainder by another number costs more than the rest together. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#mask = bytes.length * 8 - 1;
  }

  add({ first, step }: KeyHash): void {
    for (let probe = 0, at = first; probe < PROBES; probe++, at = (at + step) | 0) {
      const bit = at & this.#mask;
      this.bytes[bit >>> 3] = (this.bytes[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }

  mayHave({ first, step }: KeyHash): boolean {
    for (let probe = 0, at = first; probe < PROBES; probe++, at = (at + step) | 0) {
      const bit = at & this.#mask;
      if (((this.bytes[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }
}

/**
 * Two rounds of MurmurHash3's mixing (A. Appleby, public domain) over the characters of a key. The seed
 * is the file's own secret: nobody can choose keys that collide.
 */
export function hashKey(seed: number, endpointId: number, key: string): KeyHash {
  let first = seed ^ endpointId;
  let second = Math.imul(seed, 0x9e3779b1) + endpointId;
  for (let at = 0; at < key.length; at++) {
    const code = key.charCodeAt(at);
    first = Math.imul(first ^ code, 0x85ebca6b);
    first ^= first >>> 15;
    second = Math.imul(second ^ code, 0xc2b2ae35);
    second ^= second >>> 13;
  }
  return { first: mixed(first), step: mixed(second) | 1 };
}

function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
