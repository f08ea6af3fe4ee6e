import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { EVENT_STATUSES } from '../states';
import type { EventStatus } from '../states';
import { OF_EVENT } from './attempt-table';
import { BodyTable } from './bodies';
import { IS_OPEN, JOB_COLUMNS, JOB_TABLES } from './job-table';
import type { Args, Result } from './protocol';
import type { AttemptRow, FullEventRow, JobRow, RejectionRow, SummaryRow } from './rows';
import { Statement } from './statement';

const SUMMARY = `SELECT e.seq, e.id, p.key AS endpoint, status, reason, attempt, received_at, updated_at,
  method, path, name, provider, event_type, delivery_id, scheme, secret, replay_of, flags, body_bytes
  FROM events e JOIN endpoints p ON p.id = e.endpoint_id`;

type SeqRow = { readonly seq: number };
type FoundRow = SummaryRow & SeqRow;

/** What is read, on a connection that cannot write, between two transactions of the writer. */
export class Queries {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #bodies: BodyTable;
  readonly #bySeq: Statement<FoundRow>;
  readonly #byId: Statement<FoundRow>;
  readonly #newest: Statement<SeqRow>;
  readonly #newestIn: Statement<SeqRow>;
  readonly #seqOf: Statement<SeqRow>;
  readonly #seqBelow: Statement<SeqRow>;
  readonly #endpointIds: Statement<{ id: number }>;
  readonly #endpointId: Statement<{ id: number }>;
  readonly #attempts: Statement<AttemptRow>;
  readonly #jobsOf: Statement<JobRow>;
  readonly #rejections: Statement<RejectionRow>;

  constructor(db: DatabaseSync, file: string) {
    this.#db = db;
    this.#file = file;
    this.#bodies = new BodyTable(db);
    this.#bySeq = new Statement(db, `${SUMMARY} WHERE e.seq = ?`);
    this.#byId = new Statement(db, `${SUMMARY} WHERE e.id = ?`);
    this.#newest = new Statement(
      db,
      'SELECT seq FROM events WHERE seq < ? ORDER BY seq DESC LIMIT ?',
    );
    this.#newestIn = new Statement(
      db,
      `SELECT seq FROM events WHERE endpoint_id = ? AND status = ? AND seq < ?
       ORDER BY seq DESC LIMIT ?`,
    );
    this.#seqOf = new Statement(db, 'SELECT seq FROM events WHERE id = ?');
    this.#seqBelow = new Statement(
      db,
      'SELECT seq + 1 AS seq FROM events WHERE id < ? ORDER BY id DESC LIMIT 1',
    );
    this.#endpointIds = new Statement(db, 'SELECT id FROM endpoints');
    this.#endpointId = new Statement(db, 'SELECT id FROM endpoints WHERE key = ?');
    this.#attempts = new Statement(
      db,
      `SELECT job_id, kind, number, started_at, ended_at, outcome, error, trail FROM attempts
       WHERE ${OF_EVENT} ORDER BY place`,
    );
    this.#jobsOf = new Statement(
      db,
      `SELECT ${JOB_COLUMNS} FROM ${JOB_TABLES} WHERE j.event_seq = ? ORDER BY j.seq`,
    );
    this.#rejections = new Statement(
      db,
      `SELECT id, at, endpoint, status, cause, detail, method, path, ip FROM rejections
       WHERE ?1 IS NULL OR endpoint = ?1 ORDER BY seq DESC LIMIT ?2`,
    );
  }

  /**
   * Newest stored first. One range of the index per endpoint and status, merged: `status IN (...)`
   * with an order takes 18 ms over a million rows, this 0.1 ms.
   */
  list([endpoint, status, before, limit]: Args<'list'>): Result<'list'> {
    const below = before === null ? Number.MAX_SAFE_INTEGER : this.#below(before);
    const seqs =
      endpoint === null && status === null
        ? this.#newest.all(below, limit)
        : this.#merged(endpoint, status, below, limit);
    return seqs.flatMap(({ seq }) => this.#bySeq.get(seq) ?? []);
  }

  event(seq: number): FullEventRow | undefined {
    const row = this.#bySeq.get(seq);
    return row && this.#inFull(row);
  }

  get([eventId]: Args<'get'>): Result<'get'> {
    const row = this.#byId.get(eventId);
    if (row === undefined) return null;
    return {
      event: this.#inFull(row),
      attempts: this.#attempts.all(row.seq),
      jobs: this.#jobsOf.all(row.seq),
    };
  }

  jobs([nodeId, eventId, open, limit]: Args<'jobs'>): Result<'jobs'> {
    const where: string[] = [];
    const values: (string | number)[] = [];
    if (nodeId !== null) where.push('j.node_id = ?');
    if (nodeId !== null) values.push(nodeId);
    if (eventId !== null) where.push('j.event_seq = (SELECT seq FROM events WHERE id = ?)');
    if (eventId !== null) values.push(eventId);
    if (open !== null) where.push(open ? `j.${IS_OPEN}` : `NOT j.${IS_OPEN}`);
    const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
    return new Statement<JobRow>(
      this.#db,
      `SELECT ${JOB_COLUMNS} FROM ${JOB_TABLES} ${condition} ORDER BY j.seq DESC LIMIT ?`,
    ).all(...values, limit);
  }

  rejections([endpoint, limit]: Args<'rejections'>): Result<'rejections'> {
    return this.#rejections.all(endpoint, limit);
  }

  /** Of the file and its WAL. Never opens them: see `makePrivate`. */
  fileBytes(): number {
    const wal = statSync(`${this.#file}-wal`, { throwIfNoEntry: false });
    return statSync(this.#file).size + (wal?.size ?? 0);
  }

  #merged(
    endpoint: string | null,
    status: EventStatus | null,
    below: number,
    limit: number,
  ): SeqRow[] {
    const endpointIds =
      endpoint === null ? this.#endpointIds.all() : this.#endpointId.all(endpoint);
    const statuses = status === null ? EVENT_STATUSES : [status];
    const ranges = endpointIds.flatMap(({ id }) =>
      statuses.map((one) => this.#newestIn.all(id, one, below, limit)),
    );
    return ranges
      .flat()
      .sort((a, b) => b.seq - a.seq)
      .slice(0, limit);
  }

  /** The row of `before`; where retention has taken it, the place where it was. */
  #below(before: string): number {
    return (this.#seqOf.get(before) ?? this.#seqBelow.get(before))?.seq ?? 0;
  }

  #inFull(row: FoundRow): FullEventRow {
    return { ...row, ...this.#bodies.get(row.seq, row.body_bytes) };
  }
}
