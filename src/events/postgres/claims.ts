import type { Claim, ClaimRequest } from '../event-store';
import { toStoredEvent } from '../rows';
import type { FullEventRow } from '../rows';
import { MAX_CRASHES, suspicion } from '../states';
import type { Suspicion } from '../states';
import type { EndpointIds } from './endpoint-ids';
import { Underway } from './transaction';
import type { Transaction } from './transaction';
import { giveUpEvent } from './verdicts';
import type { EventEntry } from './work-rows';
import { EVENT_HEAD, lockOpenJobs, workOn } from './work-loader';

type PendingRow = EventEntry & { readonly body_bytes: number };

const WAITS = `endpoint_id = $1 AND status = 'pending' AND method = ANY($2::text[])`;
/** What the sender of another instance waits for is left to that instance. */
const IS_OURS = '(awaited_by IS NULL OR awaited_by = $3::bigint)';

/** Rows that another instance takes at the moment are passed over. */
const PENDING = {
  name: 'claim-pending',
  text: `SELECT ${EVENT_HEAD}, body_bytes FROM events WHERE ${WAITS} AND ${IS_OURS}
    ORDER BY seq LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED`,
};
const NEXT = {
  name: 'next-pending',
  text: `SELECT unfinished FROM events WHERE ${WAITS} AND ${IS_OURS} AND seq > $4 ORDER BY seq LIMIT 1`,
};
const OLDEST = {
  name: 'oldest-pending',
  text: `SELECT unfinished, ${IS_OURS} AS ours FROM events WHERE ${WAITS} ORDER BY seq LIMIT 1`,
};
const IN_HAND = {
  name: 'count-in-hand',
  text: `SELECT count(*)::int AS n FROM events WHERE endpoint_id = $1 AND owner IS NOT NULL
    AND status IN ('processing', 'retrying') AND method = ANY($2::text[])`,
};
const IN_FLOW = {
  name: 'is-any-in-flow',
  text: `SELECT 1 FROM events WHERE endpoint_id = $1 AND status IN ('processing', 'retrying')
    AND method = ANY($2::text[]) LIMIT 1`,
};
/** Where the order counts, or a bound of the cluster, one instance at a time looks whose turn it is. */
const LOCK_ENDPOINT = {
  name: 'lock-endpoint',
  text: 'SELECT 1 FROM endpoints WHERE id = $1 FOR NO KEY UPDATE',
};
const HAND_OVER = {
  name: 'hand-over',
  text: `WITH e AS (
      UPDATE events SET status = 'processing', outcome = NULL, reason = NULL, attempt = attempt + 1,
        unfinished = unfinished + 1, parked = 0, owner = $2::bigint, updated_at = $3::bigint
      WHERE seq = ANY($1::bigint[]) RETURNING *)
    SELECT e.seq, e.id, p.key AS endpoint, status, reason, attempt, received_at, updated_at, method, path,
      name, provider, event_type, delivery_id, scheme, secret, replay_of, flags, body_bytes, repeats,
      repeated_at, request, body
    FROM e JOIN endpoints p ON p.id = e.endpoint_id JOIN bodies b ON b.seq = e.seq ORDER BY e.seq`,
};

const NOTHING: Claim = { events: [], more: false, next: 'fresh' };

interface Taken {
  readonly rows: readonly PendingRow[];
  /** Those that were in hand at too many deaths. */
  readonly poisoned: readonly PendingRow[];
  readonly more: boolean;
  readonly next: Suspicion;
  /** The number behind which nobody looked for more; null: `more` and `next` say it. */
  readonly after: number | null;
}

/** Takes the oldest pending events of an endpoint, `processing` now, and counts the hand-over. */
export async function claimEvents(
  tx: Transaction,
  request: ClaimRequest,
  endpointIds: EndpointIds,
): Promise<Claim | Underway<Claim>> {
  const id = await endpointIds.find(tx, request.endpoint);
  if (id === undefined) return NOTHING;
  const { ordered, withinCluster } = request;
  if (ordered || withinCluster !== undefined) {
    tx.followed.endpoints.add(id);
    await tx.query(LOCK_ENDPOINT, [id]);
  }
  if (ordered) {
    const next = await heldUp(tx, id, request);
    if (next !== null) return next;
  }
  const taken = await take(tx, id, request, await room(tx, id, request));
  await giveUp(tx, taken);
  const left = taken.after === null ? null : leftBehind(tx, id, request, taken.after);
  const events = handOver(tx, taken.rows);
  const answer = async (): Promise<Claim> => {
    const [next, handedOver] = await Promise.all([left, events]);
    return { events: handedOver, more: taken.more, next: taken.next, ...next };
  };
  return new Underway(answer());
}

/** Whether there is more behind the last one that was looked at. */
async function leftBehind(
  tx: Transaction,
  id: number,
  { methods }: ClaimRequest,
  after: number,
): Promise<Pick<Claim, 'more' | 'next'>> {
  const [left] = await tx.query<{ unfinished: number }>(NEXT, [id, methods, tx.me, after]);
  if (left === undefined) return { more: false, next: 'fresh' };
  return { more: true, next: suspicion(left.unfinished) };
}

/** Where the order counts: what is said while it is not the turn of any event here; null: it is. */
async function heldUp(
  tx: Transaction,
  id: number,
  { methods }: ClaimRequest,
): Promise<Claim | null> {
  type Oldest = { unfinished: number; ours: boolean };
  const [oldest] = await tx.query<Oldest>(OLDEST, [id, methods, tx.me]);
  if (oldest === undefined) return NOTHING;
  const isInFlow = (await tx.query(IN_FLOW, [id, methods])).length > 0;
  if (!isInFlow && oldest.ours) return null;
  return { events: [], more: true, next: suspicion(oldest.unfinished) };
}

async function room(
  tx: Transaction,
  id: number,
  { methods, limit, withinCluster }: ClaimRequest,
): Promise<number> {
  if (withinCluster === undefined) return limit;
  const [row] = await tx.query<{ n: number }>(IN_HAND, [id, methods]);
  return Math.max(0, Math.min(limit, withinCluster - (row?.n ?? 0)));
}

async function take(
  tx: Transaction,
  id: number,
  { methods, maxBytes, alone = false }: ClaimRequest,
  most: number,
): Promise<Taken> {
  const rows: PendingRow[] = [];
  const poisoned: PendingRow[] = [];
  let bytes = 0;
  let kind: Suspicion | null = alone ? 'alone' : null;
  let last = 0;
  while (rows.length < most) {
    const wanted = most - rows.length;
    // What was locked in the turn before is still pending, and not passed over: it is skipped by hand.
    const found = await tx.query<PendingRow>(PENDING, [
      ...[id, methods, tx.me],
      wanted + rows.length + poisoned.length,
    ]);
    const fresh = found.filter(({ seq }) => seq > last);
    for (const row of fresh) {
      bytes += row.body_bytes;
      const next = suspicion(row.unfinished);
      const isFull = rows.length > 0 && bytes > maxBytes;
      if (isFull || next !== (kind ?? next) || (next === 'alone' && !alone)) {
        return { rows, poisoned, more: true, next, after: null };
      }
      last = row.seq;
      if (row.unfinished >= MAX_CRASHES) poisoned.push(row);
      else {
        rows.push(row);
        kind = next;
      }
    }
    if (fresh.length < wanted) return { rows, poisoned, more: false, next: 'fresh', after: null };
  }
  return { rows, poisoned, more: false, next: 'fresh', after: last };
}

async function giveUp(tx: Transaction, { rows, poisoned }: Taken): Promise<void> {
  const again = [...rows, ...poisoned].filter(({ attempt }) => attempt > 0);
  if (again.length === 0) return;
  const seqs = again.map(({ seq }) => seq);
  const work = await workOn(tx, poisoned, await lockOpenJobs(tx, seqs));
  // What is left of the earlier attempt must not run beside the new one.
  for (const seq of seqs) work.supersede(seq);
  for (const row of poisoned) giveUpEvent(work, row);
  work.write();
}

async function handOver(tx: Transaction, rows: readonly PendingRow[]): Promise<Claim['events']> {
  if (rows.length === 0) return [];
  const seqs = rows.map(({ seq }) => seq);
  const full = await tx.query<FullEventRow>(HAND_OVER, [seqs, tx.me, tx.nowMs]);
  return full.map(toStoredEvent);
}
