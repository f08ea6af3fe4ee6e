import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { PendingRoute } from '../event-store';
import { OF_EVENT } from './attempt-table';
import { BodyTable } from './bodies';
import { EventSearch } from './event-search';
import { IS_OPEN, JOB_COLUMNS, JOB_TABLES } from './job-table';
import type { Args, Result } from './protocol';
import type { AttemptRow, FullEventRow, JobRow, RejectionRow, SummaryRow } from '../rows';
import { Statement } from './statement';
import type { TextParts } from './text-parts';
import { WaitingQuery } from './waiting-query';

const SUMMARY = `SELECT e.seq, e.id, p.key AS endpoint, status, reason, attempt, received_at, updated_at,
  method, path, name, provider, event_type, delivery_id, scheme, secret, replay_of, flags, body_bytes, repeats, repeated_at
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
  readonly #search: EventSearch;
  readonly #attempts: Statement<AttemptRow>;
  readonly #jobsOf: Statement<JobRow>;
  readonly #rejections: Statement<RejectionRow>;
  readonly #waiting: WaitingQuery;
  readonly #pending: Statement<Omit<PendingRoute, 'endpoint'>>;
  readonly #endpoints: Statement<{ id: number; key: string }>;

  constructor(db: DatabaseSync, file: string, texts: TextParts) {
    this.#db = db;
    this.#file = file;
    this.#bodies = new BodyTable(db);
    this.#waiting = new WaitingQuery(db);
    this.#bySeq = new Statement(db, `${SUMMARY} WHERE e.seq = ?`);
    this.#byId = new Statement(db, `${SUMMARY} WHERE e.id = ?`);
    this.#search = new EventSearch(db, texts);
    this.#attempts = new Statement(
      db,
      `SELECT job_id, kind, number, started_at, ended_at, outcome, error, trail FROM attempts
       WHERE ${OF_EVENT} ORDER BY place`,
    );
    this.#jobsOf = new Statement(
      db,
      `SELECT ${JOB_COLUMNS} FROM ${JOB_TABLES} WHERE j.event_seq = ? ORDER BY j.seq`,
    );
    this.#endpoints = new Statement(db, 'SELECT id, key FROM endpoints');
    this.#pending = new Statement(
      db,
      `SELECT method, COUNT(*) AS count FROM events WHERE endpoint_id = ? AND status = 'pending'
       GROUP BY method`,
    );
    this.#rejections = new Statement(
      db,
      `SELECT id, at, endpoint, status, cause, detail, method, path, ip, headers, body_bytes
       FROM rejections
       WHERE (?1 IS NULL OR endpoint = ?1) AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?3`,
    );
  }

  list([query]: Args<'list'>): Result<'list'> {
    const { seqs, next } = this.#search.find(query);
    return { rows: seqs.flatMap((seq) => this.#bySeq.get(seq) ?? []), next };
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

  summaries([eventIds]: Args<'summaries'>): Result<'summaries'> {
    return eventIds.flatMap((id) => this.#byId.get(id) ?? []);
  }

  jobs([{ id, nodeId, eventId, open, before, limit }]: Args<'jobs'>): Result<'jobs'> {
    const where: string[] = [];
    const values: string[] = [];
    const ask = (condition: string, value: string | undefined): void => {
      if (value === undefined) return;
      where.push(condition);
      values.push(value);
    };
    ask('j.id = ?', id);
    ask('j.node_id = ?', nodeId);
    ask('j.id < ?', before);
    ask('j.event_seq = (SELECT seq FROM events WHERE id = ?)', eventId);
    if (open !== undefined) where.push(open ? `j.${IS_OPEN}` : `NOT j.${IS_OPEN}`);
    const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
    return new Statement<JobRow>(
      this.#db,
      `SELECT ${JOB_COLUMNS} FROM ${JOB_TABLES} ${condition} ORDER BY j.id DESC LIMIT ?`,
    ).all(...values, limit);
  }

  rejections(args: Args<'rejections'>): Result<'rejections'> {
    return this.#rejections.all(...args);
  }

  waiting(args: Args<'waiting'>): Result<'waiting'> {
    return this.#waiting.run(args);
  }

  pendingRoutes(): PendingRoute[] {
    return this.#endpoints
      .all()
      .flatMap(({ id, key }) => this.#pending.all(id).map((row) => ({ endpoint: key, ...row })));
  }

  /** Of the file and its WAL. Never opens them: see `makePrivate`. */
  fileBytes(): number {
    const wal = statSync(`${this.#file}-wal`, { throwIfNoEntry: false });
    return statSync(this.#file).size + (wal?.size ?? 0);
  }

  #inFull(row: FoundRow): FullEventRow {
    return { ...row, ...this.#bodies.get(row.seq, row.body_bytes) };
  }
}
