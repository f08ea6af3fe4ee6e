import type { JobClaim, JobClaimRequest } from '../event-store';
import { handOver } from '../job-rules';
import { toRetryJob } from '../rows';
import type { JobRow } from '../rows';
import { MAX_CRASHES } from '../states';
import type { ServerClock } from './server-clock';
import { Underway } from './transaction';
import type { Transaction } from './transaction';
import { giveUpJob } from './verdicts';
import type { EventEntry, JobEntry } from './work-rows';
import { EVENT_HEAD, workOn } from './work-loader';

/**
 * A job of an event that waits for its redelivery does not run: the hand-over will supersede it. One whose
 * sender waits at another instance is left to that one.
 */
const RUNNABLE = `(j.event_seq IS NULL OR e.status <> 'pending'
    AND (e.awaited_by IS NULL OR e.awaited_by = $3::bigint))`;
const OF_NODE = `FROM retry_jobs j LEFT JOIN events e ON e.seq = j.event_seq
  WHERE j.node_id = $1 AND ${RUNNABLE}`;
/** See `suspicion`: those that are to be alone, or the others. */
const IS_ALONE = `(j.unfinished >= ${MAX_CRASHES - 1}) = $2`;
const DUE = `${OF_NODE} AND ${IS_ALONE} AND j.state = 'waiting' AND j.due_at <= $4`;
const EXHAUSTING = `${OF_NODE} AND ${IS_ALONE} AND j.state = 'exhausting' AND j.held = 0`;
const HEAD = `j.seq, j.id, j.event_seq, j.event_attempt, j.state, j.held, j.attempts, j.unfinished, j.due_at,
  j.last_error, j.reason, j.owner, j.node_id`;

const CLAIM_DUE = {
  name: 'claim-due',
  text: `SELECT ${HEAD} ${DUE} ORDER BY j.due_at LIMIT $5 FOR NO KEY UPDATE OF j SKIP LOCKED`,
};
const CLAIM_EXHAUSTING = {
  name: 'claim-exhausting',
  text: `SELECT ${HEAD} ${EXHAUSTING} ORDER BY j.due_at LIMIT $4 FOR NO KEY UPDATE OF j SKIP LOCKED`,
};
/** An event that somebody is putting back at the moment is waited for, and then its jobs are left alone. */
const EVENTS = {
  name: 'lock-events-of-claimed',
  text: `SELECT ${EVENT_HEAD} FROM events WHERE seq = ANY($1::bigint[]) ORDER BY seq FOR NO KEY UPDATE`,
};
const FULL = {
  name: 'claimed-jobs',
  text: `SELECT j.seq, j.id, e.id AS event_id, j.event_attempt, j.node_id, j.arrival, j.state, j.attempts,
      j.first_attempt_at, j.due_at, j.last_error, j.reason, m.message
    FROM retry_jobs j LEFT JOIN events e ON e.seq = j.event_seq LEFT JOIN job_messages m ON m.seq = j.seq
    WHERE j.seq = ANY($1::bigint[])`,
};
const LEFT = {
  name: 'left-jobs',
  text: `SELECT
      (SELECT min(due_at) FROM (
        (SELECT j.due_at ${OF_NODE} AND j.state = 'waiting' ORDER BY j.due_at LIMIT 1)
        UNION ALL
        (SELECT j.due_at ${OF_NODE} AND j.state = 'exhausting' AND j.held = 0 ORDER BY j.due_at LIMIT 1)
      ) next) AS due_at,
      EXISTS (SELECT 1 ${DUE}) OR EXISTS (SELECT 1 ${EXHAUSTING}) AS alone`,
};

/** Where a bound of the cluster counts, one instance at a time looks. */
const LOCK_NODE = {
  name: 'lock-retry-node',
  text: `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' retry ' || $1::text, 0))`,
};
const IN_HAND = {
  name: 'count-jobs-in-hand',
  text: 'SELECT count(*)::int AS n FROM retry_jobs WHERE node_id = $1 AND owner IS NOT NULL',
};

interface Left {
  readonly due_at: number | null;
  readonly alone: boolean;
}

/** Takes due jobs of a retry node, oldest due first, and counts one attempt for each. */
export async function claimJobs(
  tx: Transaction,
  { nodeId, nowMs, alone = false, ...bounds }: JobClaimRequest,
  clock: ServerClock,
): Promise<Underway<JobClaim>> {
  const limit = await room(tx, nodeId, bounds);
  const dueMs = Math.round(clock.toServer(nowMs));
  const rows = await tx.query<JobEntry>(CLAIM_DUE, [nodeId, alone, tx.me, dueMs, limit]);
  if (rows.length < limit) {
    const rest = limit - rows.length;
    rows.push(...(await tx.query<JobEntry>(CLAIM_EXHAUSTING, [nodeId, alone, tx.me, rest])));
  }
  const taken = rows.length === 0 ? [] : await run(tx, rows);
  const isFull = limit < bounds.limit && rows.length >= limit;
  const full = taken.length === 0 ? [] : tx.query<JobRow>(FULL, [taken]);
  const left = tx.query<Left>(LEFT, [nodeId, true, tx.me, dueMs]);
  const answer = async (): Promise<JobClaim> => {
    const [claimed, [next]] = await Promise.all([full, left]);
    const dueAt = next?.due_at ?? null;
    return {
      jobs: inOrder(taken, claimed).map((job) => ({ ...job, dueAtMs: clock.toLocal(job.dueAtMs) })),
      nextDueAtMs: dueAt === null ? null : clock.toLocal(dueAt),
      alone: next?.alone ?? false,
      ...(isFull ? { isFull } : {}),
    };
  };
  return new Underway(answer());
}

function inOrder(seqs: readonly number[], rows: readonly JobRow[]): JobClaim['jobs'] {
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return seqs.flatMap((seq) => {
    const row = bySeq.get(seq);
    return row === undefined ? [] : [toRetryJob(row)];
  });
}

async function room(
  tx: Transaction,
  nodeId: string,
  { limit, withinCluster }: Pick<JobClaimRequest, 'limit' | 'withinCluster'>,
): Promise<number> {
  if (withinCluster === undefined) return limit;
  tx.followed.nodes.add(nodeId);
  await tx.query(LOCK_NODE, [nodeId]);
  const [row] = await tx.query<{ n: number }>(IN_HAND, [nodeId]);
  return Math.max(0, Math.min(limit, withinCluster - (row?.n ?? 0)));
}

/** Those of the rows that run now. */
async function run(tx: Transaction, rows: readonly JobEntry[]): Promise<number[]> {
  const eventSeqs = rows.flatMap(({ event_seq }) => event_seq ?? []);
  const events =
    eventSeqs.length === 0 ? [] : await tx.query<EventEntry>(EVENTS, [[...new Set(eventSeqs)]]);
  const work = await workOn(tx, events, rows);
  const taken: number[] = [];
  for (const row of rows) {
    if (work.at(row.event_seq)?.status === 'pending') continue;
    if (row.unfinished >= MAX_CRASHES) {
      giveUpJob(work, row);
      continue;
    }
    work.changeJob({ ...row, owner: tx.me }, handOver(row));
    taken.push(row.seq);
  }
  work.write();
  return taken;
}
