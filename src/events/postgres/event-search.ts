import { statusesOf } from '../event-query';
import type { EventFilter, EventPage, EventQuery } from '../event-query';
import { toSummary } from '../rows';
import type { SummaryRow } from '../rows';
import type { Readers } from './readers';
import { matchesText, mayMatch, probeOf } from './text-match';

export const SUMMARY = `e.seq, e.id, p.key AS endpoint, status, reason, attempt, received_at, updated_at, method,
  path, name, provider, event_type, delivery_id, scheme, secret, replay_of, flags, body_bytes, repeats, repeated_at`;

/** Rows that one question looks at where no index serves it. */
const STEP_ROWS = 50_000;
/** With a text their bodies come here, and are read. */
const TEXT_ROWS = 200;
/** Where the server looks for it first: 25 us for an event, where sending it here and reading it takes 450. */
const PROBED_ROWS = 2_000;
/** A search for a text goes on for so long before it answers with what it has. */
const BUDGET_MS = 250;
/** Of larger bodies only the request is searched. */
const SEARCHED_BYTES = 1024 * 1024;

type FoundRow = SummaryRow & { readonly seq: number };
type TextRow = FoundRow & { readonly request: string; readonly body: Uint8Array | null };

const SEQ_OF = { text: 'SELECT seq FROM events WHERE id = $1' };
const SEQ_BELOW = {
  text: 'SELECT seq + 1 AS seq FROM events WHERE id < $1 ORDER BY id DESC LIMIT 1',
};
const STEP_FROM = {
  text: 'SELECT seq FROM events WHERE seq < $1 ORDER BY seq DESC OFFSET $2 LIMIT 1',
};
const ID_AT = { text: 'SELECT id FROM events WHERE seq >= $1 ORDER BY seq LIMIT 1' };

const TESTS = {
  method: 'method =',
  provider: 'provider =',
  eventType: 'event_type =',
  replayOf: 'replay_of =',
  repeats: 'repeats >=',
  fromMs: 'received_at >=',
  toMs: 'received_at <',
} as const satisfies Partial<Record<keyof EventFilter, string>>;

/** Finds events, newest stored first, in bounded steps: see `EventPage`. */
export class EventSearch {
  readonly #readers: Readers;

  constructor(readers: Readers) {
    this.#readers = readers;
  }

  /** Looks at one row at least, so that following `next` comes to an end. */
  async find(query: EventQuery): Promise<EventPage> {
    const below = await this.#below(query.before);
    return query.text === undefined
      ? this.#page(query, below)
      : this.#searched(query, query.text, below);
  }

  async #page(query: EventQuery, below: number): Promise<EventPage> {
    const from = isIndexed(query) ? 0 : await this.#stepFrom(below, STEP_ROWS);
    const rows = await this.#rows<FoundRow>(query, { from, below }, query.limit, '');
    const events = rows.map(toSummary);
    if (rows.length === query.limit) return { events, next: events.at(-1)?.id ?? null };
    return { events, next: from === 0 ? null : await this.#idAt(from) };
  }

  /** Event by event: an index of triples over all texts would take as much room as they do, and longer to write. */
  async #searched(query: EventQuery, text: string, below: number): Promise<EventPage> {
    const deadline = performance.now() + BUDGET_MS;
    const found: TextRow[] = [];
    const probe = probeOf(text);
    for (let left = below; ;) {
      const from = await this.#stepFrom(left, probe === null ? TEXT_ROWS : PROBED_ROWS);
      const span = { from, below: left };
      const rows = await this.#rows<TextRow>(query, span, TEXT_ROWS, WITH_BODY, probe);
      for (const row of rows) {
        if (matchesText(row, text)) found.push(row);
        if (found.length < query.limit) continue;
        return { events: found.map(toSummary), next: row.id };
      }
      // There may be more of them in that step.
      left = rows.length === TEXT_ROWS ? (rows.at(-1)?.seq ?? from) : from;
      if (left === 0) return { events: found.map(toSummary), next: null };
      if (performance.now() > deadline) {
        return { events: found.map(toSummary), next: await this.#idAt(left) };
      }
    }
  }

  #rows<Row extends object>(
    query: EventQuery,
    { from, below }: { readonly from: number; readonly below: number },
    limit: number,
    more: string,
    probe: string | null = null,
  ): Promise<Row[]> {
    const values: unknown[] = [below, from, limit];
    const ask = (condition: string, value: unknown): string => {
      values.push(value);
      return ` AND ${condition} $${values.length}`;
    };
    let where = 'e.seq < $1 AND e.seq >= $2';
    for (const field of Object.keys(TESTS) as (keyof typeof TESTS)[]) {
      if (query[field] !== undefined) where += ask(TESTS[field], query[field]);
    }
    const statuses = statusesOf(query);
    if (statuses.length > 0) where += `${ask('status = ANY(', [...statuses])}::text[])`;
    if (query.endpoint !== undefined) {
      where += `${ask('endpoint_id = (SELECT id FROM endpoints WHERE key =', query.endpoint)})`;
    }
    if (probe !== null) {
      values.push(probe);
      where += ` AND ${mayMatch(`$${values.length}`, SEARCHED_BYTES)}`;
    }
    const joined = more === '' ? '' : 'JOIN bodies b ON b.seq = e.seq';
    const text = `SELECT ${SUMMARY} ${more} FROM events e JOIN endpoints p ON p.id = e.endpoint_id ${joined}
      WHERE ${where} ORDER BY e.seq DESC LIMIT $3`;
    return this.#readers.query<Row>({ text }, values);
  }

  /** The row of `before`; where retention has taken it, the place where it was. */
  async #below(before: string | undefined): Promise<number> {
    if (before === undefined) return Number.MAX_SAFE_INTEGER;
    const [exact] = await this.#readers.query<{ seq: number }>(SEQ_OF, [before]);
    if (exact !== undefined) return exact.seq;
    const [near] = await this.#readers.query<{ seq: number }>(SEQ_BELOW, [before]);
    return near?.seq ?? 0;
  }

  /** 0: there are fewer rows than that. */
  async #stepFrom(below: number, rows: number): Promise<number> {
    const [row] = await this.#readers.query<{ seq: number }>(STEP_FROM, [below, rows - 1]);
    return row?.seq ?? 0;
  }

  async #idAt(seq: number): Promise<string | null> {
    const [row] = await this.#readers.query<{ id: string }>(ID_AT, [seq]);
    return row?.id ?? null;
  }
}

const WITH_BODY = `, request, CASE WHEN body_bytes <= ${SEARCHED_BYTES} THEN body END AS body`;

/** The order of storing serves all of them, and one index those of an endpoint with a status. */
function isIndexed(query: EventQuery): boolean {
  const fields = Object.keys(TESTS) as (keyof typeof TESTS)[];
  if (fields.some((field) => query[field] !== undefined)) return false;
  const statuses = statusesOf(query).length;
  return query.endpoint === undefined ? statuses === 0 : statuses === 1;
}
