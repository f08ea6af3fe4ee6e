import type { DatabaseSync } from 'node:sqlite';
import { WebhookError } from '../../shared/errors';
import type { Counted } from '../minute-counts';
import { canBecome, isFinal } from '../states';
import type { EventStatus } from '../states';
import { originOf } from '../totals';
import type { Total } from '../totals';
import type { AcceptArgs } from './protocol';
import type { EventRow } from '../rows';
import { FLAG_CONFLICT, FLAG_TEST } from '../rows';
import { Statement } from './statement';
import type { Tally } from './tally';

const HEAD = 'seq, id, endpoint_id, status, reason, outcome, attempt, unfinished';

const ROUTED = 'method IN (SELECT value FROM json_each(?))';

/** More events than this are hardly in the flow at once. */
const MOST_FRESH = 10_000;

interface Counters {
  happened(endpointId: number, kind: Counted, atMs: number): void;
  count(endpointId: number, total: Total): void;
}
type PendingRow = EventRow & { readonly body_bytes: number };

export type EventChange = Partial<
  Pick<EventRow, 'status' | 'reason' | 'outcome' | 'attempt' | 'unfinished'>
>;

/** The rows of events, written inside the writer's transactions. All status changes pass `change`. */
export class EventTable {
  readonly #tally: Tally;
  readonly #counters: Counters;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #byId: Statement<EventRow>;
  readonly #bySeq: Statement<EventRow>;
  readonly #pending: Statement<PendingRow>;
  readonly #inFlow: Statement<{ seq: number }>;
  readonly #inState: Statement<EventRow>;
  readonly #delete: Statement;
  /** Rows of events that were handed over when they were stored, and not looked at or changed since. */
  readonly #fresh = new Map<string, EventRow>();

  constructor(db: DatabaseSync, tally: Tally, counters: Counters) {
    this.#tally = tally;
    this.#counters = counters;
    this.#insert = new Statement(
      db,
      `INSERT INTO events (id, endpoint_id, status, attempt, unfinished, received_at, updated_at,
         method, path, name, provider, event_type, delivery_id, scheme, secret, replay_of, flags, body_bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#update = new Statement(
      db,
      `UPDATE events SET status = ?, reason = ?, outcome = ?, attempt = ?, unfinished = ?, updated_at = ?
       WHERE seq = ?`,
    );
    this.#byId = new Statement(db, `SELECT ${HEAD} FROM events WHERE id = ?`);
    this.#bySeq = new Statement(db, `SELECT ${HEAD} FROM events WHERE seq = ?`);
    this.#pending = new Statement(
      db,
      `SELECT ${HEAD}, body_bytes FROM events WHERE endpoint_id = ? AND status = 'pending'
         AND ${ROUTED} ORDER BY seq LIMIT ?`,
    );
    this.#inFlow = new Statement(
      db,
      `SELECT seq FROM events WHERE endpoint_id = ? AND status IN ('processing', 'retrying')
         AND ${ROUTED} LIMIT 1`,
    );
    this.#delete = new Statement(db, 'DELETE FROM events WHERE seq = ?');
    this.#inState = new Statement(
      db,
      `SELECT ${HEAD} FROM events WHERE endpoint_id = ? AND status = ? ORDER BY seq`,
    );
  }

  /** Returns its row number. Handed over at once: the first attempt is counted in the same commit. */
  insert(args: AcceptArgs, endpointId: number, bodyBytes: number, conflict: boolean): number {
    const [id, , name, provider, eventType, deliveryId, receivedAtMs, scheme, secret] = args;
    const [, , , , , , , , , method, path, , replayOf, flags, handOver] = args;
    const status: EventStatus = handOver ? 'processing' : 'pending';
    const handOvers = handOver ? 1 : 0;
    const seq = this.#insert.insert(
      id,
      endpointId,
      status,
      handOvers,
      handOvers,
      receivedAtMs,
      receivedAtMs,
      method,
      path,
      name,
      provider,
      eventType,
      deliveryId,
      scheme,
      secret,
      replayOf,
      conflict ? flags | FLAG_CONFLICT : flags,
      bodyBytes,
    );
    this.#tally.byStatus[status] += 1;
    this.#counters.happened(endpointId, 'received', receivedAtMs);
    const origin = originOf({ test: (flags & FLAG_TEST) !== 0, replayOf });
    this.#counters.count(endpointId, `stored:${origin}`);
    if (handOver && this.#fresh.size < MOST_FRESH) {
      this.#fresh.set(id, freshRow(seq, id, endpointId));
    }
    return seq;
  }

  /** The row of an event to which nothing happened but its first hand-over: no attempt, no job. */
  takeFresh(id: string): EventRow | undefined {
    const row = this.#fresh.get(id);
    if (row !== undefined) this.#fresh.delete(id);
    return row;
  }

  /** After a rollback, which may have taken them back. */
  forgetFresh(): void {
    this.#fresh.clear();
  }

  find(id: string): EventRow | undefined {
    this.#fresh.delete(id);
    return this.#byId.get(id);
  }

  /** Throws `not-found`. */
  require(id: string): EventRow {
    const row = this.find(id);
    if (row === undefined) throw new WebhookError('not-found', `There is no event ${id}.`);
    return row;
  }

  at(seq: number): EventRow | undefined {
    return this.#bySeq.get(seq);
  }

  /** The oldest pending events of an endpoint, of the methods that are routed now. */
  pending(endpointId: number, methods: readonly string[], limit: number): PendingRow[] {
    return this.#pending.all(endpointId, JSON.stringify(methods), limit);
  }

  /** Whether one of them was handed over and is not final. */
  isAnyInFlow(endpointId: number, methods: readonly string[]): boolean {
    return this.#inFlow.get(endpointId, JSON.stringify(methods)) !== undefined;
  }

  inState(endpointId: number, status: EventStatus): EventRow[] {
    return this.#inState.all(endpointId, status);
  }

  /** Writes a change, and refuses a status that EVENT_TRANSITIONS does not allow. */
  change(row: EventRow, change: EventChange, nowMs: number): EventStatus {
    this.#fresh.delete(row.id);
    const next = { ...row, ...change };
    if (next.status !== row.status) this.#count(row, next.status, nowMs);
    this.#update.run(
      next.status,
      next.reason,
      next.outcome,
      next.attempt,
      next.unfinished,
      nowMs,
      row.seq,
    );
    return next.status;
  }

  /** Removes the row of a finished event; false: it is not finished, and stays. */
  remove(row: EventRow): boolean {
    if (!isFinal(row.status)) return false;
    this.#delete.run(row.seq);
    this.#tally.byStatus[row.status] -= 1;
    return true;
  }

  #count(row: EventRow, to: EventStatus, nowMs: number): void {
    if (!canBecome(row.status, to)) {
      throw new WebhookError('bad-config', `A ${row.status} event can't become ${to}.`);
    }
    this.#tally.byStatus[row.status] -= 1;
    this.#tally.byStatus[to] += 1;
    if (to === 'failed') this.#counters.happened(row.endpoint_id, 'failed', nowMs);
    if (isFinal(to)) this.#counters.count(row.endpoint_id, `finished:${to}`);
    if ((to === 'success' || to === 'ignored') && row.seq < this.#tally.finishedFrom) {
      this.#tally.finishedFrom = row.seq;
    }
  }
}

function freshRow(seq: number, id: string, endpointId: number): EventRow {
  return {
    seq,
    id,
    endpoint_id: endpointId,
    status: 'processing',
    reason: null,
    outcome: null,
    attempt: 1,
    unfinished: 1,
  };
}
