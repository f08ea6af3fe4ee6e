/**
 * How often an event was sent again, and when the last time (epoch milliseconds; null: never). In the row of the
 * event: it is read with it, and an event without repeats, which most are, takes two bytes.
 */
export const VERSION_4 = `
ALTER TABLE events ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN repeated_at INTEGER;
`;
