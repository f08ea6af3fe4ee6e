import type { RetentionLimits } from '../event-store';
import type { Transaction } from './transaction';

/** Events that go in one transaction; deleting does not hold up inserts on another row. */
const SLICE = 500;
const KEYS = 2_000;

/** One instance at a time; the number is ours. */
const LOCK = {
  name: 'retention-lock',
  text: 'SELECT pg_try_advisory_xact_lock(2003134827, hashtext(current_schema())) AS got',
};
const TOO_MANY = {
  name: 'retention-count',
  text: `SELECT
    (SELECT seq FROM events WHERE status IN ('success', 'ignored') ORDER BY seq DESC OFFSET $1 LIMIT 1)
      AS finished,
    (SELECT seq FROM events WHERE status = 'failed' ORDER BY seq DESC OFFSET $1 LIMIT 1) AS failed`,
};
/** What does not fit, failed ones last: what an event takes is its body and some hundred bytes for the rest. */
const TOO_LARGE = {
  name: 'retention-size',
  text: `SELECT max(seq) FILTER (WHERE status <> 'failed') AS finished,
      max(seq) FILTER (WHERE status = 'failed') AS failed FROM (
      SELECT seq, status, sum(body_bytes + 1500) OVER (ORDER BY (status = 'failed') DESC, seq DESC) AS total
      FROM events WHERE status IN ('success', 'ignored', 'failed')) t WHERE total > $1`,
};
const EVICT = {
  name: 'evict',
  text: `WITH old AS (
      SELECT seq FROM events
      WHERE (status IN ('success', 'ignored') AND (seq <= $1 OR updated_at < $3))
        OR (status = 'failed' AND (seq <= $2 OR updated_at < $3))
      ORDER BY seq LIMIT ${SLICE} FOR UPDATE SKIP LOCKED),
    gone AS (DELETE FROM events USING old WHERE events.seq = old.seq RETURNING events.seq, status),
    b AS (DELETE FROM bodies USING gone WHERE bodies.seq = gone.seq),
    a AS (DELETE FROM attempts USING gone WHERE event_seq = gone.seq),
    j AS (DELETE FROM retry_jobs USING gone WHERE event_seq = gone.seq RETURNING retry_jobs.seq),
    m AS (DELETE FROM job_messages USING j WHERE job_messages.seq = j.seq)
    SELECT count(*)::int AS n, count(*) FILTER (WHERE status = 'failed')::int AS failed FROM gone`,
};
const SWEEP_KEYS = {
  name: 'sweep-keys',
  text: `DELETE FROM dedup_keys WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM dedup_keys WHERE expires_at <= $1 LIMIT ${KEYS} FOR UPDATE SKIP LOCKED))`,
};
const TRIM_LOOSE = {
  name: 'trim-loose-jobs',
  text: `WITH gone AS (DELETE FROM retry_jobs WHERE event_seq IS NULL
        AND state NOT IN ('waiting', 'running', 'exhausting')
        AND seq <= (SELECT seq FROM retry_jobs WHERE event_seq IS NULL
          AND state NOT IN ('waiting', 'running', 'exhausting') ORDER BY seq DESC OFFSET $1 LIMIT 1)
      RETURNING seq)
    DELETE FROM job_messages USING gone WHERE job_messages.seq = gone.seq`,
};

export interface Evicted {
  readonly events: number;
  /** Failed ones among them. */
  readonly failed: number;
  /** There is more to remove. */
  readonly more: boolean;
}

/** The newest row of each kind that is to go. */
type Bounds = { readonly finished: number | null; readonly failed: number | null };

const NOTHING: Evicted = { events: 0, failed: 0, more: false };

/**
 * A slice of housekeeping, where no other instance is at it: finished events beyond the bounds, never an
 * unfinished one; keys whose window is over; ended jobs of messages that no webhook sent.
 */
export async function evict(
  tx: Transaction,
  { maxEvents, maxAgeMs, maxBytes = null }: RetentionLimits,
): Promise<Evicted> {
  const [lock] = await tx.query<{ got: boolean }>(LOCK, []);
  if (lock?.got !== true) return NOTHING;
  await tx.query(SWEEP_KEYS, [tx.nowMs]);
  await tx.query(TRIM_LOOSE, [maxEvents]);
  const [count] = await tx.query<Bounds>(TOO_MANY, [maxEvents]);
  const [size] = maxBytes === null ? [] : await tx.query<Bounds>(TOO_LARGE, [maxBytes]);
  const finished = Math.max(count?.finished ?? 0, size?.finished ?? 0);
  const lost = Math.max(count?.failed ?? 0, size?.failed ?? 0);
  const oldestMs = maxAgeMs === null ? 0 : Math.max(0, Math.round(tx.nowMs - maxAgeMs));
  if (finished + lost + oldestMs === 0) return NOTHING;
  type Gone = { n: number; failed: number };
  const [gone] = await tx.query<Gone>(EVICT, [finished, lost, oldestMs]);
  const events = gone?.n ?? 0;
  return { events, failed: gone?.failed ?? 0, more: events === SLICE };
}
