/**
 * The first schema. What each choice is for:
 * - `events` holds small rows only; request and body are in `bodies`, so that the changes of a status do
 *   not copy them.
 * - `owner` is the instance that has an event or a job in hand, null where nobody has: what a dead instance
 *   held is found by it, and a verdict of somebody else is refused.
 * - `events_pending`, `jobs_due`: claims read the oldest rows of an index that has nothing else in it.
 * - `events_finished`, `events_failed`: where retention finds the bound of what is kept.
 * - `dedup_keys` decide between instances: the same key and body can be inserted once. Keys are hashed:
 *   they may be long, and hold what a text of PostgreSQL may not.
 * - Texts as JSON are `text`, not `jsonb`, which refuses the character NUL and reorders keys.
 */
export const VERSION_1 = `
CREATE TABLE instances (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz NOT NULL
);

CREATE TABLE endpoints (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE events (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  endpoint_id integer NOT NULL,
  status text COLLATE "C" NOT NULL,
  reason text,
  outcome text COLLATE "C",
  attempt integer NOT NULL,
  unfinished integer NOT NULL,
  parked integer NOT NULL DEFAULT 0,
  owner bigint,
  received_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  method text COLLATE "C" NOT NULL,
  path text NOT NULL,
  name text NOT NULL,
  provider text NOT NULL,
  event_type text,
  delivery_id text,
  scheme text,
  secret text,
  replay_of text COLLATE "C",
  flags integer NOT NULL,
  body_bytes integer NOT NULL
);
CREATE INDEX events_by_state ON events (endpoint_id, status, seq);
CREATE INDEX events_pending ON events (endpoint_id, seq) WHERE status = 'pending';
CREATE INDEX events_owned ON events (owner) WHERE owner IS NOT NULL;
CREATE INDEX events_finished ON events (seq) WHERE status IN ('success', 'ignored');
CREATE INDEX events_failed ON events (seq) WHERE status = 'failed';

CREATE TABLE bodies (
  seq bigint PRIMARY KEY,
  request text NOT NULL,
  body bytea NOT NULL
);

CREATE TABLE attempts (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_seq bigint NOT NULL,
  job_id text COLLATE "C",
  kind text NOT NULL,
  number integer NOT NULL,
  started_at bigint NOT NULL,
  ended_at bigint NOT NULL,
  outcome text NOT NULL,
  error text,
  trail text NOT NULL
);
CREATE INDEX attempts_of_event ON attempts (event_seq, seq);

CREATE TABLE retry_jobs (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  event_seq bigint,
  event_attempt integer NOT NULL,
  node_id text COLLATE "C" NOT NULL,
  arrival integer NOT NULL,
  state text COLLATE "C" NOT NULL,
  held smallint NOT NULL DEFAULT 0,
  owner bigint,
  attempts integer NOT NULL,
  unfinished integer NOT NULL DEFAULT 0,
  first_attempt_at bigint NOT NULL,
  due_at bigint NOT NULL,
  last_error text,
  reason text
);
CREATE UNIQUE INDEX jobs_by_event ON retry_jobs (event_seq, event_attempt, node_id, arrival)
  WHERE event_seq IS NOT NULL;
CREATE INDEX jobs_due ON retry_jobs (node_id, state, due_at) WHERE state IN ('waiting', 'exhausting');
CREATE INDEX jobs_open ON retry_jobs (node_id) WHERE state IN ('waiting', 'running', 'exhausting');
CREATE INDEX jobs_owned ON retry_jobs (owner) WHERE owner IS NOT NULL;
CREATE INDEX jobs_loose ON retry_jobs (seq)
  WHERE event_seq IS NULL AND state NOT IN ('waiting', 'running', 'exhausting');

CREATE TABLE job_messages (seq bigint PRIMARY KEY, message bytea NOT NULL);

CREATE TABLE dedup_keys (
  endpoint_id integer NOT NULL,
  key bytea NOT NULL,
  digest bytea NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  expires_at bigint NOT NULL,
  PRIMARY KEY (endpoint_id, key, digest)
);
CREATE INDEX dedup_expiry ON dedup_keys (expires_at);

CREATE TABLE rejections (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL,
  at bigint NOT NULL,
  endpoint text COLLATE "C" NOT NULL,
  status integer NOT NULL,
  cause text NOT NULL,
  detail text NOT NULL,
  method text NOT NULL,
  path text NOT NULL,
  ip text NOT NULL,
  headers text NOT NULL,
  body_bytes bigint
);

CREATE TABLE minute_counts (
  endpoint text COLLATE "C" NOT NULL,
  minute integer NOT NULL,
  received integer NOT NULL,
  failed integer NOT NULL,
  rejected integer NOT NULL,
  PRIMARY KEY (endpoint, minute)
);

CREATE TABLE secret_matches (
  endpoint text COLLATE "C" PRIMARY KEY,
  current_at bigint,
  previous_at bigint
);

CREATE TABLE sync_state (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text COLLATE "C" NOT NULL UNIQUE,
  memory text,
  used_at bigint NOT NULL
);
CREATE TABLE sync_items (
  sync_id integer NOT NULL,
  digest bytea NOT NULL,
  place bigint NOT NULL,
  PRIMARY KEY (sync_id, digest)
);
CREATE INDEX sync_items_by_place ON sync_items (sync_id, place);
`;
