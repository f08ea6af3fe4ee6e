import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { matchesText } from '../../../src/events/postgres/text-match';
import { TextBlocks } from '../../../src/events/texts/blocks';
import {
  allBlocks,
  BLOCKS,
  chunkOf,
  narrowByChunk,
  packChunk,
} from '../../../src/events/texts/chunk';
import { gramsOf, SET_BYTES } from '../../../src/events/texts/grams';

/** Texts in which case, accents and broken characters matter. */
const letters = fc.constantFrom(
  ...[
    'a',
    'A',
    'b',
    'B',
    '1',
    '"',
    'é',
    'É',
    'ß',
    'İ',
    'K',
    'Σ',
    'ς',
    '語',
    '😀',
    '\ud83d',
    '\u0000',
  ],
);
const text = fc.string({ unit: letters, maxLength: 12 });
const bytes = fc.oneof(
  text.map((value) => Buffer.from(value)),
  text.map((value) => Buffer.from(value, 'latin1')),
  fc.uint8Array({ maxLength: 12 }).map((value) => Buffer.from(value)),
);
const event = fc.record({
  event_type: fc.option(text),
  delivery_id: fc.option(text),
  request: text,
  body: bytes,
});

function flipped(value: string): string {
  return value === value.toLowerCase() ? value.toUpperCase() : value.toLowerCase();
}

function isIn(blocks: Uint8Array | null, block: number): boolean {
  return blocks !== null && (blocks[block >> 3]! & (1 << (block & 7))) !== 0;
}

function blocksIn(bits: Uint8Array): number[] {
  return Array.from({ length: BLOCKS }, (_, block) => block).filter((block) => isIn(bits, block));
}

describe('the triples of a text', () => {
  test('an event in which a text occurs is in a block that may have it', () => {
    const some = fc.array(event, { minLength: 1, maxLength: 20 });
    const property = fc.property(
      some,
      fc.nat(19),
      fc.nat(9),
      fc.nat(9),
      (events, of, from, length) => {
        const { request, body } = events[of % events.length]!;
        const needle = flipped(`${request}${body.toString()}`.slice(from, from + length));
        const grams = gramsOf(needle);
        if (grams === null) return;
        const blocks = new TextBlocks(BLOCKS);
        events.forEach(({ event_type, delivery_id, request, body }, seq) => {
          const strings = [event_type, delivery_id, request].filter((each) => each !== null);
          blocks.add(seq, [...strings.map((each) => Buffer.from(each)), body]);
        });
        const having = blocks.having(grams);
        events.forEach((each, seq) => {
          if (matchesText(each, needle)) assert.ok(isIn(having, seq >> 3), `event ${seq}`);
        });
      },
    );
    fc.assert(property);
  });

  test('what a block does not have is not looked for in it', () => {
    const blocks = new TextBlocks(BLOCKS);
    const contents = Array.from({ length: 32 }, (_, n) => `{"number":"INV-${1000 + n}"}`);
    contents.forEach((content, seq) => blocks.add(seq, [Buffer.from(content)]));
    const having = blocks.having(gramsOf('inv-1019')!);
    assert.deepEqual(
      [0, 1, 2, 3].map((block) => isIn(having, block)),
      [false, false, true, false],
    );
    assert.equal(blocks.having(gramsOf('sandwich')!), null);
  });

  test('less than three bytes, and half of a character, are in any text', () => {
    assert.equal(gramsOf('ab'), null);
    assert.equal(gramsOf('é'), null);
    assert.equal(gramsOf('abc\ud83d'), null);
    assert.equal(gramsOf('éb')?.length, 1);
  });

  test('large texts have a block of their own, and blocks are full after so many events', () => {
    const blocks = new TextBlocks(2);
    blocks.add(5, [Buffer.alloc(12 * 1024, 'x')]);
    for (let seq = 6; !blocks.isFull; seq++) blocks.add(seq, [Buffer.from('y')]);
    assert.deepEqual([...blocks.starts], [5, 6]);
    assert.deepEqual([blocks.from, blocks.below, blocks.events], [5, 14, 9]);
  });
});

describe('the bits of a chunk of triples', () => {
  const block = fc.oneof(fc.nat(BLOCKS - 1), fc.constantFrom(0, 254, 255, 256, 510, 511));
  const having = fc.oneof(
    fc.uniqueArray(block, { maxLength: 5 }),
    fc.uniqueArray(block, { minLength: 60, maxLength: 70 }),
    fc.constant(Array.from({ length: BLOCKS }, (_, n) => n)),
  );

  const setGram = (sets: Uint8Array, block: number, gram: number): void => {
    sets[block * SET_BYTES + (gram >> 3)]! |= 1 << (gram & 7);
  };

  test('are read as they were written', () => {
    const property = fc.property(
      fc.array(fc.record({ gram: fc.nat(63), having }), { maxLength: 6 }),
      fc.integer({ min: 0, max: 1023 }),
      fc.constantFrom(1, 7, 300, BLOCKS),
      (written, chunk, count) => {
        const sets = new Uint8Array(count * SET_BYTES);
        const expected = new Map<number, Set<number>>();
        for (const { gram, having: all } of written) {
          const some = all.filter((each) => each < count);
          expected.set(gram, new Set([...(expected.get(gram) ?? []), ...some]));
          for (const each of some) setGram(sets, each, chunk * 64 + gram);
        }
        const packed = packChunk(sets, chunk, count);
        for (let gram = 0; gram < 64; gram++) {
          const wanted = [...(expected.get(gram) ?? [])].sort((a, b) => a - b);
          const left = allBlocks(count);
          assert.equal(narrowByChunk(left, packed, chunk * 64 + gram), wanted.length > 0);
          assert.deepEqual(blocksIn(left), wanted);
        }
      },
    );
    fc.assert(property);
  });

  test('narrow what is left of another triple', () => {
    const sets = new Uint8Array(20 * SET_BYTES);
    for (const block of [3, 4, 17]) setGram(sets, block, 70);
    for (const block of [4, 17, 19]) setGram(sets, block, 90);
    const left = allBlocks(20);
    assert.deepEqual([chunkOf(70), chunkOf(90), chunkOf(64 * 1024 - 1)], [1, 1, 1023]);
    const packed = packChunk(sets, 1, 20);
    assert.ok(narrowByChunk(left, packed, 70) && narrowByChunk(left, packed, 90));
    assert.deepEqual(blocksIn(left), [4, 17]);
    assert.equal(narrowByChunk(left, packed, 100), false);
  });

  test('take a byte for each block of a rare triple, and none for one that all have', () => {
    const sets = new Uint8Array(BLOCKS * SET_BYTES);
    for (const block of [3, 80, 500]) setGram(sets, block, 1);
    for (let block = 0; block < BLOCKS; block++) setGram(sets, block, 2);
    assert.equal(packChunk(sets, 0, BLOCKS).length, 64 + 4);
  });
});
