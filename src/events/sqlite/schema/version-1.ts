/**
 * The first schema. What each choice is for:
 * - `events` holds small rows only (request and body are in `bodies`), so that the status changes of
 *   a whole transaction touch one or two pages; every dirty page is written to the WAL in full.
 * - `events_by_state` is the only secondary index on events. It serves the claim of pending events and
 *   lists by endpoint and status; a list by status alone merges one range per endpoint.
 * - `attempts` are kept by one number, made of the event's row number and their position (see
 *   `AttemptTable`): appending to such a table costs half the pages of one with a key of two columns.
 * - `dedup_keys` are WITHOUT ROWID: their key is their only index.
 * - `dedup_keys` are clustered by the order in which they came: keys are random, and each would dirty a
 *   page of its own. `dedup_segments` has a filter for each stretch of clusters that is full.
 * - `dedup_keys` names the event by id, not by row: keys outlive the events that retention evicts.
 * - `retry_jobs` and `job_messages` are apart, so that a state change does not rewrite the message.
 */
export const VERSION_1 = `
CREATE TABLE endpoints (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  endpoint_id INTEGER NOT NULL,
  status TEXT NOT NULL,
  reason TEXT,
  outcome TEXT,
  attempt INTEGER NOT NULL,
  unfinished INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  name TEXT NOT NULL,
  provider TEXT NOT NULL,
  event_type TEXT,
  delivery_id TEXT,
  scheme TEXT,
  secret TEXT,
  replay_of TEXT,
  flags INTEGER NOT NULL,
  body_bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX events_by_state ON events (endpoint_id, status, seq);

CREATE TABLE bodies (
  seq INTEGER PRIMARY KEY,
  request TEXT NOT NULL,
  encoding TEXT,
  body BLOB NOT NULL
) STRICT;

CREATE TABLE attempts (
  place INTEGER PRIMARY KEY,
  job_id TEXT,
  kind TEXT NOT NULL,
  number INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  error TEXT,
  trail TEXT NOT NULL
) STRICT;

CREATE TABLE retry_jobs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  event_seq INTEGER,
  event_attempt INTEGER NOT NULL,
  node_id TEXT NOT NULL,
  arrival INTEGER NOT NULL,
  state TEXT NOT NULL,
  held INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  unfinished INTEGER NOT NULL,
  first_attempt_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  last_error TEXT,
  reason TEXT
) STRICT;
CREATE UNIQUE INDEX jobs_by_event ON retry_jobs (event_seq, event_attempt, node_id, arrival)
  WHERE event_seq IS NOT NULL;
CREATE INDEX jobs_open ON retry_jobs (node_id, state, due_at)
  WHERE state IN ('waiting', 'running', 'exhausting');
CREATE INDEX jobs_loose ON retry_jobs (seq)
  WHERE event_seq IS NULL AND state NOT IN ('waiting', 'running', 'exhausting');

CREATE TABLE job_messages (seq INTEGER PRIMARY KEY, message BLOB NOT NULL) STRICT;

CREATE TABLE dedup_keys (
  cluster INTEGER NOT NULL,
  endpoint_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  digest BLOB NOT NULL,
  event_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (cluster, endpoint_id, key, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE dedup_segments (
  first INTEGER PRIMARY KEY,
  expires_at INTEGER NOT NULL,
  filter BLOB NOT NULL
) STRICT;

CREATE TABLE rejections (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  endpoint TEXT NOT NULL,
  status INTEGER NOT NULL,
  cause TEXT NOT NULL,
  detail TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  ip TEXT NOT NULL
) STRICT;
`;
