import type { NewEvent } from '../event';
import type { Acceptance } from '../event-store';
import { FLAG_CONFLICT, FLAG_EDITED, FLAG_TEST } from '../rows';
import { originOf } from '../totals';
import { bodyDigest, claimKeys, keyHash } from './dedup';
import type { ClaimedKey } from './dedup';
import type { EndpointIds } from './endpoint-ids';
import { clean, cleanOrNull, columns } from './transaction';
import type { Transaction } from './transaction';
import { putEventBack } from './verdicts';
import { loadWork } from './work-loader';
import { asBuffer } from './work-writer';

export interface AcceptCall {
  readonly event: NewEvent;
  readonly requestJson: string;
  /** By the server's clock. */
  readonly receivedAtMs: number;
  readonly handOver: boolean;
  readonly awaited: boolean;
  readonly dedup: { readonly key: string; readonly windowMs: number } | null;
}

/**
 * The bodies of all rows come as one value, of which each row takes its part: an array of bytes would be
 * sent as text, at twice the size.
 */
const INSERT = {
  name: 'accept',
  text: `WITH v AS (
      SELECT * FROM unnest($3::text[], $4::int[], $5::text[], $6::int[], $7::bigint[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::int[],
        $18::int[], $19::text[], $20::int[], $21::boolean[]) WITH ORDINALITY
        AS v (id, endpoint_id, status, hand_overs, received_at, method, path, name, provider, event_type,
          delivery_id, scheme, secret, replay_of, flags, body_bytes, request, body_at, awaited, n)),
    e AS (
      INSERT INTO events (id, endpoint_id, status, attempt, unfinished, owner, received_at, updated_at, method,
        path, name, provider, event_type, delivery_id, scheme, secret, replay_of, flags, body_bytes, awaited_by)
      SELECT id, endpoint_id, status, hand_overs, hand_overs, CASE hand_overs WHEN 1 THEN $2::bigint END,
        received_at, received_at, method, path, name, provider, event_type, delivery_id, scheme, secret,
        replay_of, flags, body_bytes, CASE WHEN awaited THEN $2::bigint END
      FROM v ORDER BY n RETURNING seq, id)
    INSERT INTO bodies (seq, request, body)
    SELECT e.seq, v.request, substr($1::bytea, v.body_at, v.body_bytes) FROM e JOIN v ON v.id = e.id`,
};

/** The sender that waits for a repeated event is connected here. */
const AWAIT = {
  name: 'await-events',
  text: 'UPDATE events SET awaited_by = $2::bigint WHERE id = ANY($1::text[])',
};

/** The rows are locked already. */
const REPEATED = {
  name: 'repeated',
  text: `UPDATE events SET repeats = repeats + r.n, repeated_at = greatest(repeated_at, r.at)
    FROM unnest($1::text[], $2::int[], $3::bigint[]) AS r (id, n, at) WHERE events.id = r.id`,
};

/** Stores events; decides which are duplicates in the same transaction. */
export class Accepting {
  readonly #endpoints: EndpointIds;

  constructor(endpoints: EndpointIds) {
    this.#endpoints = endpoints;
  }

  /** The results are in the order of the calls. `before`: what else is changed before them has been sent. */
  async accept(
    tx: Transaction,
    calls: readonly AcceptCall[],
    before: Promise<void>,
  ): Promise<Acceptance[]> {
    const ids = await this.#endpoints.ids(
      tx,
      calls.map(({ event }) => clean(event.endpoint)),
    );
    const results: Acceptance[] = [];
    for (const batch of withoutRepeats(calls)) {
      results.push(...(await store(tx, batch, ids, before)));
    }
    countRepeats(tx, calls, results);
    return results;
  }
}

/** That of one event is one change, however many came. */
function countRepeats(
  tx: Transaction,
  calls: readonly AcceptCall[],
  results: readonly Acceptance[],
): void {
  const repeats = new Map<string, { n: number; at: number }>();
  results.forEach((result, index) => {
    if (result.kind !== 'duplicate') return;
    const { n, at } = repeats.get(result.eventId) ?? { n: 0, at: 0 };
    const receivedAtMs = Math.round(calls[index]?.event.receivedAtMs ?? 0);
    repeats.set(result.eventId, { n: n + 1, at: Math.max(at, receivedAtMs) });
  });
  if (repeats.size === 0) return;
  const rows = [...repeats].map(([id, { n, at }]) => [id, n, at]);
  tx.write(REPEATED, columns(rows, 3));
}

/** Cut where a key comes again: the second one is to find the first. */
function withoutRepeats(calls: readonly AcceptCall[]): AcceptCall[][] {
  const batches: AcceptCall[][] = [[]];
  let keys = new Set<string>();
  for (const call of calls) {
    const { dedup, event } = call;
    const key = dedup === null ? null : `${event.endpoint}\n${dedup.key}`;
    if (key !== null && keys.has(key)) {
      batches.push([]);
      keys = new Set();
    }
    if (key !== null) keys.add(key);
    batches.at(-1)?.push(call);
  }
  return batches;
}

async function store(
  tx: Transaction,
  calls: readonly AcceptCall[],
  endpoints: ReadonlyMap<string, number>,
  before: Promise<void>,
): Promise<Acceptance[]> {
  const endpointId = ({ event }: AcceptCall): number => endpoints.get(clean(event.endpoint)) ?? 0;
  const keyed = calls.filter(({ dedup }) => dedup !== null);
  const claims = keyed.map((call) => {
    const { event, dedup } = call;
    return {
      endpointId: endpointId(call),
      key: keyHash(dedup?.key ?? ''),
      digest: bodyDigest(event.body),
      eventId: event.id,
      receivedAtMs: Math.round(call.receivedAtMs),
      expiresAtMs: Math.round(call.receivedAtMs + (dedup?.windowMs ?? 0)),
    };
  });
  const claimed = claims.length === 0 ? [] : await claimKeys(tx, claims);
  await before;
  const keys = new Map(keyed.map((call, at) => [call, claimed[at]]));
  const fresh = calls.filter((call) => (keys.get(call)?.eventId ?? null) === null);
  if (fresh.length > 0) insert(tx, fresh, endpointId, keys);
  for (const { event, receivedAtMs } of fresh) {
    tx.count({ endpoint: event.endpoint, kind: 'received', atMs: receivedAtMs });
    tx.total(event.endpoint, `stored:${originOf(event)}`);
  }
  if (fresh.some(({ handOver }) => !handOver)) tx.wakeOthers();
  const known = claimed.flatMap((key) => key.eventId ?? []);
  const requeued = known.length === 0 ? new Set<string>() : await requeueFailed(tx, known);
  const awaited = calls.flatMap((call) => {
    const eventId = keys.get(call)?.eventId ?? '';
    return call.awaited && requeued.has(eventId) ? [eventId] : [];
  });
  if (awaited.length > 0) tx.write(AWAIT, [awaited, tx.me]);
  return calls.map((call): Acceptance => {
    const key = keys.get(call);
    const eventId = key?.eventId ?? null;
    if (eventId === null) return { kind: 'stored', conflict: key?.conflict ?? false };
    const kind = requeued.has(eventId) ? 'requeued' : 'duplicate';
    tx.total(call.event.endpoint, kind);
    return { kind, eventId };
  });
}

function insert(
  tx: Transaction,
  calls: readonly AcceptCall[],
  endpointId: (call: AcceptCall) => number,
  keys: ReadonlyMap<AcceptCall, ClaimedKey | undefined>,
): void {
  let at = 1;
  const rows = calls.map((call) => {
    const { event, requestJson, handOver, awaited } = call;
    const { verification, request, body } = event;
    const bodyAt = at;
    at += body.length;
    return [
      ...[event.id, endpointId(call), handOver ? 'processing' : 'pending', handOver ? 1 : 0],
      ...[Math.round(event.receivedAtMs), clean(request.method), clean(request.path)],
      ...[clean(event.name), clean(event.provider), cleanOrNull(event.eventType)],
      ...[cleanOrNull(event.deliveryId), cleanOrNull(verification?.scheme ?? null)],
      ...[verification?.secret ?? null, cleanOrNull(event.replayOf)],
      ...[
        flags(event, keys.get(call)?.conflict ?? false),
        body.length,
        requestJson,
        bodyAt,
        awaited,
      ],
    ];
  });
  const bodies = Buffer.concat(calls.map(({ event }) => asBuffer(event.body)));
  tx.write(INSERT, [bodies, tx.me, ...columns(rows, 19)]);
}

function flags({ edited, test }: NewEvent, conflict: boolean): number {
  return (edited ? FLAG_EDITED : 0) | (test ? FLAG_TEST : 0) | (conflict ? FLAG_CONFLICT : 0);
}

/** A failed event whose sender repeats it is pending again. */
async function requeueFailed(tx: Transaction, eventIds: readonly string[]): Promise<Set<string>> {
  const needs = { jobIds: [], openJobsOf: [], ends: [], parks: [] };
  const work = await loadWork(tx, { eventIds, ...needs });
  const requeued = new Set<string>();
  for (const id of eventIds) {
    const row = work.find(id);
    if (row?.status !== 'failed') continue;
    putEventBack(work, row, 0);
    requeued.add(id);
  }
  work.write();
  return requeued;
}
