/**
 * What syncs remember from run to run.
 * - `sync_items` is WITHOUT ROWID: the digest of an item is its only key, found by one look-up.
 * - `place` counts the items of a sync as they come, so that the oldest go first without a scan.
 */
export const VERSION_2 = `
CREATE TABLE sync_state (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  memory TEXT,
  used_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sync_items (
  sync_id INTEGER NOT NULL,
  digest BLOB NOT NULL,
  place INTEGER NOT NULL,
  PRIMARY KEY (sync_id, digest)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sync_items_by_place ON sync_items (sync_id, place);
`;
