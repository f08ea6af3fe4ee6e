/**
 * How often an event was sent again, and when the last time (epoch milliseconds; null: never). No index has
 * them: a repeat is a change within the row's page.
 */
export const VERSION_4 = `
ALTER TABLE events ADD COLUMN repeats integer NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN repeated_at bigint;
`;
