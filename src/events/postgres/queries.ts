import { COUNTED_MEASURE, COUNTED_WAITING } from '../event-store';
import type {
  EventDetail,
  JobQuery,
  RejectionQuery,
  MeasuredStatus,
  PendingRoute,
  StoreMeasures,
  StoreStats,
  SyncRecall,
  Waiting,
  WaitingPlace,
} from '../event-store';
import type { EventPage, EventQuery } from '../event-query';
import type { EventSummary, Rejection, RetryJob } from '../event';
import { toAttempt, toRejection, toRetryJob, toStoredEvent, toSummary } from '../rows';
import type { AttemptRow, FullEventRow, JobRow, RejectionRow, SummaryRow } from '../rows';
import { EVENT_STATUSES } from '../states';
import type { EventStatus } from '../states';
import { EventSearch, SUMMARY } from './event-search';
import type { Readers } from './readers';
import type { ServerClock } from './server-clock';
import { RECALL } from './syncs';

const EVENT = {
  text: `SELECT ${SUMMARY}, request, body FROM events e JOIN endpoints p ON p.id = e.endpoint_id
    JOIN bodies b ON b.seq = e.seq WHERE e.id = $1`,
};
const SUMMARIES = {
  text: `SELECT ${SUMMARY} FROM unnest($1::text[]) WITH ORDINALITY AS u (id, n)
    JOIN events e ON e.id = u.id JOIN endpoints p ON p.id = e.endpoint_id ORDER BY n`,
};
const ATTEMPTS = {
  text: `SELECT job_id, kind, number, started_at, ended_at, outcome, error, trail FROM attempts
    WHERE event_seq = $1 ORDER BY seq`,
};
const JOB = `SELECT j.seq, j.id, e.id AS event_id, j.event_attempt, j.node_id, j.arrival, j.state, j.attempts,
  j.first_attempt_at, j.due_at, j.last_error, j.reason, m.message
  FROM retry_jobs j LEFT JOIN events e ON e.seq = j.event_seq LEFT JOIN job_messages m ON m.seq = j.seq`;
const JOBS_OF = { text: `${JOB} WHERE j.event_seq = $1 ORDER BY j.seq` };
const IS_OPEN = `j.state IN ('waiting', 'running', 'exhausting')`;
const REJECTIONS = {
  text: `SELECT id, at, endpoint, status, cause, detail, method, path, ip, headers, body_bytes
    FROM rejections
    WHERE ($1::text IS NULL OR endpoint = $1) AND ($2::text IS NULL OR id COLLATE "C" < $2)
    ORDER BY id COLLATE "C" DESC LIMIT $3`,
};
const PENDING_ROUTES = {
  text: `SELECT endpoint, method, count, EXISTS (
      SELECT 1 FROM instances WHERE id <> $1 AND method || ' ' || endpoint = ANY(serves)) AS elsewhere
    FROM (SELECT p.key AS endpoint, method, count(*)::int AS count
      FROM events e JOIN endpoints p ON p.id = e.endpoint_id WHERE status = 'pending' GROUP BY 1, 2) r`,
};
const WAITING_EVENTS = {
  text: `SELECT count(*)::int AS n, min(received_at) AS oldest, NULL::bigint AS due FROM (
      SELECT received_at FROM events
      WHERE endpoint_id = (SELECT id FROM endpoints WHERE key = $1) AND status = 'pending'
      ORDER BY seq LIMIT ${COUNTED_WAITING}) w`,
};
const WAITING_JOBS = {
  text: `SELECT count(*)::int AS n, min(first_attempt_at) AS oldest,
      (SELECT min(due_at) FROM retry_jobs WHERE node_id = $1 AND state = 'waiting') AS due
    FROM (SELECT first_attempt_at FROM retry_jobs j WHERE node_id = $1 AND ${IS_OPEN}
      LIMIT ${COUNTED_WAITING}) w`,
};
const BYTES = `(SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r')::bigint`;
const COUNT_EVENTS = { text: 'SELECT status, count(*) AS n FROM events GROUP BY status' };
const COUNT_OTHERS = {
  text: `SELECT (SELECT count(*) FROM retry_jobs j WHERE ${IS_OPEN}) AS open_jobs,
      (SELECT count(*) FROM rejections) AS rejections,
      ${BYTES} AS bytes`,
};

/** Each by an index that has nothing else in it, and bounded: this is asked for again and again. */
const countOf = (from: string): string =>
  `(SELECT count(*) FROM (SELECT 1 FROM ${from} LIMIT ${COUNTED_MEASURE}) n)::int`;
const inFlow = (status: EventStatus): string =>
  countOf(`endpoints p CROSS JOIN LATERAL
    (SELECT 1 FROM events WHERE endpoint_id = p.id AND status = '${status}') e`);
const MEASURES = {
  text: `SELECT ${countOf("events WHERE status = 'pending'")} AS pending,
      ${inFlow('processing')} AS processing, ${inFlow('retrying')} AS retrying,
      ${countOf("events WHERE status = 'failed'")} AS failed,
      ${countOf(`retry_jobs j WHERE ${IS_OPEN}`)} AS open_jobs, ${BYTES} AS bytes`,
};

/** What is read, beside the connection that writes. */
export class Queries {
  readonly #readers: Readers;
  readonly #clock: ServerClock;
  readonly #search: EventSearch;
  readonly #instance: () => number;

  constructor(readers: Readers, clock: ServerClock, instance: () => number) {
    this.#instance = instance;
    this.#readers = readers;
    this.#clock = clock;
    this.#search = new EventSearch(readers);
  }

  list(query: EventQuery): Promise<EventPage> {
    return this.#search.find(query);
  }

  async get(eventId: string): Promise<EventDetail | undefined> {
    const [row] = await this.#readers.query<FullEventRow & { seq: number }>(EVENT, [eventId]);
    if (row === undefined) return undefined;
    return {
      event: toStoredEvent(row),
      attempts: (await this.#readers.query<AttemptRow>(ATTEMPTS, [row.seq])).map(toAttempt),
      jobs: this.#local(await this.#readers.query<JobRow>(JOBS_OF, [row.seq])),
    };
  }

  async summaries(eventIds: readonly string[]): Promise<readonly EventSummary[]> {
    return (await this.#readers.query<SummaryRow>(SUMMARIES, [eventIds])).map(toSummary);
  }

  async jobs({ id, nodeId, eventId, open, before, limit }: JobQuery): Promise<readonly RetryJob[]> {
    const where: string[] = [];
    const values: unknown[] = [];
    const ask = (condition: (at: string) => string, value: string | undefined): void => {
      if (value === undefined) return;
      values.push(value);
      where.push(condition(`$${values.length}`));
    };
    ask((at) => `j.id = ${at}`, id);
    ask((at) => `j.node_id = ${at}`, nodeId);
    ask((at) => `j.id < ${at}`, before);
    ask((at) => `j.event_seq = (SELECT seq FROM events WHERE id = ${at})`, eventId);
    if (open !== undefined) where.push(open ? IS_OPEN : `NOT ${IS_OPEN}`);
    const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
    const text = `${JOB} ${condition} ORDER BY j.id DESC LIMIT $${values.length + 1}`;
    const rows = await this.#readers.query<JobRow>({ text }, [...values, limit]);
    return this.#local(rows);
  }

  async rejections({ endpoint, before, limit }: RejectionQuery): Promise<readonly Rejection[]> {
    const values = [endpoint ?? null, before ?? null, limit];
    const rows = await this.#readers.query<RejectionRow>(REJECTIONS, values);
    return rows.map(toRejection);
  }

  async pendingRoutes(): Promise<PendingRoute[]> {
    type Row = PendingRoute & { elsewhere: boolean };
    const rows = await this.#readers.query<Row>(PENDING_ROUTES, [this.#instance()]);
    return rows.map(({ elsewhere, ...route }) => (elsewhere ? { ...route, elsewhere } : route));
  }

  async waiting(at: WaitingPlace): Promise<Waiting> {
    const [statement, value] =
      'endpoint' in at ? [WAITING_EVENTS, at.endpoint] : [WAITING_JOBS, at.nodeId];
    type Row = { n: number; oldest: number | null; due: number | null };
    const [row] = await this.#readers.query<Row>(statement, [value]);
    const due = row?.due ?? null;
    return {
      count: row?.n ?? 0,
      oldestAtMs: row?.oldest ?? null,
      nextDueAtMs: due === null ? null : this.#clock.toLocal(due),
    };
  }

  async stats(): Promise<StoreStats> {
    const byStatus = Object.fromEntries(EVENT_STATUSES.map((status) => [status, 0])) as Record<
      EventStatus,
      number
    >;
    type Counted = { status: EventStatus; n: number };
    for (const { status, n } of await this.#readers.query<Counted>(COUNT_EVENTS, [])) {
      byStatus[status] = n;
    }
    type Others = { open_jobs: number; rejections: number; bytes: number };
    const [others] = await this.#readers.query<Others>(COUNT_OTHERS, []);
    return {
      byStatus,
      openJobs: others?.open_jobs ?? 0,
      rejections: others?.rejections ?? 0,
      bytes: others?.bytes ?? 0,
    };
  }

  async measures(): Promise<Omit<StoreMeasures, 'totals'>> {
    type Row = Record<MeasuredStatus, number> & { open_jobs: number; bytes: number | null };
    const [row] = await this.#readers.query<Row>(MEASURES, []);
    const { pending = 0, processing = 0, retrying = 0, failed = 0, open_jobs, bytes } = row ?? {};
    const events = { pending, processing, retrying, failed };
    return { events, openJobs: open_jobs ?? 0, bytes: bytes ?? 0 };
  }

  async recallSync(key: string, digests: readonly string[]): Promise<SyncRecall> {
    const [row] = await this.#readers.query<SyncRecall>(RECALL, [key, digests]);
    return row ?? { memory: null, delivered: [] };
  }

  #local(rows: readonly JobRow[]): RetryJob[] {
    return rows
      .map(toRetryJob)
      .map((job) => ({ ...job, dueAtMs: this.#clock.toLocal(job.dueAtMs) }));
  }
}
