/**
 * What instances must know of each other.
 * - `awaited_by`: the instance to which the sender is connected that waits for what becomes of the event.
 * - `instances.serves`: the routes whose events an instance takes, as `METHOD endpoint`.
 * - `sync_turns`: whose turn it is to run a sync that must not overlap with itself; it is free again when the
 *   row of its owner is removed.
 */
export const VERSION_2 = `
ALTER TABLE events ADD COLUMN awaited_by bigint;
CREATE INDEX events_awaited ON events (awaited_by) WHERE awaited_by IS NOT NULL;
ALTER TABLE instances ADD COLUMN serves text[] NOT NULL DEFAULT '{}';

CREATE TABLE sync_turns (
  key text COLLATE "C" PRIMARY KEY,
  owner bigint NOT NULL
);
CREATE INDEX sync_turns_owned ON sync_turns (owner);
`;
