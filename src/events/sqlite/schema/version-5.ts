/**
 * The index of texts (src/events/texts): one row for each stretch of events that it covers, and the bits of the
 * triples in it. `place` is the number of the part times 1024 plus that of the chunk: a part goes as one range.
 * `survivors`: what retention had left there. `starts`: see `TextParts`.
 */
export const VERSION_5 = `
CREATE TABLE text_parts (
  id INTEGER PRIMARY KEY,
  first_seq INTEGER NOT NULL,
  below_seq INTEGER NOT NULL,
  survivors INTEGER NOT NULL,
  starts BLOB NOT NULL
) STRICT;
CREATE TABLE text_grams (place INTEGER PRIMARY KEY, bits BLOB NOT NULL) STRICT;
`;
