import type { DatabaseSync } from 'node:sqlite';
import { statusesOf } from '../event-query';
import type { EventFilter, EventQuery } from '../event-query';
import { EVENT_STATUSES } from '../states';
import type { EventStatus } from '../states';
import type { BodyTable } from './bodies';
import { conditionOf } from './event-condition';
import { EventTimes } from './event-times';
import { Statement } from './statement';
import { TextSearch } from './text-search';

/** Rows that are looked at before the time is: 2,000 take about 1 ms. */
const STEP_ROWS = 2_000;
/** A question holds up the writes on the same thread: none takes longer than this and a step. */
const BUDGET_MS = 8;

type SeqRow = { readonly seq: number };
/** Of the index by endpoint and status; null: all rows. */
type Range = { readonly endpointId: number; readonly status: EventStatus } | null;
/** Row numbers from `from` on, below `below`. */
export interface Span {
  readonly from: number;
  readonly below: number;
}

export interface Found {
  readonly seqs: readonly number[];
  readonly next: string | null;
}

/**
 * Finds events, newest stored first. By endpoint and status through their index, one range each, merged:
 * `status IN (...)` with an order takes 18 ms over a million rows, this 0.1 ms. What else is asked for
 * is looked up row by row along those ranges, in steps, within a budget of time; a time bounds the rows.
 */
export class EventSearch {
  readonly #db: DatabaseSync;
  readonly #texts: TextSearch;
  readonly #times: EventTimes;
  readonly #statements = new Map<string, Statement<SeqRow>>();
  readonly #seqOf: Statement<SeqRow>;
  readonly #seqBelow: Statement<SeqRow>;
  readonly #idOf: Statement<{ id: string }>;
  readonly #endpointIds: Statement<{ id: number }>;
  readonly #endpointId: Statement<{ id: number }>;

  constructor(db: DatabaseSync, bodies: BodyTable) {
    this.#db = db;
    this.#texts = new TextSearch(db, bodies);
    this.#times = new EventTimes(db);
    this.#seqOf = new Statement(db, 'SELECT seq FROM events WHERE id = ?');
    this.#seqBelow = new Statement(
      db,
      'SELECT seq + 1 AS seq FROM events WHERE id < ? ORDER BY id DESC LIMIT 1',
    );
    this.#idOf = new Statement(db, 'SELECT id FROM events WHERE seq = ?');
    this.#endpointIds = new Statement(db, 'SELECT id FROM endpoints');
    this.#endpointId = new Statement(db, 'SELECT id FROM endpoints WHERE key = ?');
  }

  /** Looks at one row at least, so that following `next` comes to an end. */
  find(query: EventQuery): Found {
    const { from, below } = this.#span(query);
    const deadline = performance.now() + BUDGET_MS;
    const seqs: number[] = [];
    let left = below;
    while (left > from) {
      const { found, upTo } = this.#step(query, { from, below: left }, seqs.length, deadline);
      seqs.push(...found);
      left = upTo;
      if (seqs.length === query.limit) return { seqs, next: this.#id(seqs.at(-1)) };
      if (left > from && performance.now() > deadline) return { seqs, next: this.#id(left) };
    }
    return { seqs, next: null };
  }

  /** Some of the rows of a span, from its upper end down to `upTo`. */
  #step(
    query: EventQuery,
    span: Span,
    known: number,
    deadline: number,
  ): { found: readonly number[]; upTo: number } {
    const ranges = this.#ranges(query);
    const wanted = query.limit - known;
    const condition = conditionOf(query);
    const { text } = query;
    if (condition.sql === '' && text === undefined) {
      return { found: this.#rows(ranges, condition, span, wanted), upTo: span.from };
    }
    const from = this.#stepFrom(ranges, span);
    const atMost = text === undefined ? wanted : STEP_ROWS;
    const rows = this.#rows(ranges, condition, { from, below: span.below }, atMost);
    if (text === undefined) return { found: rows, upTo: from };
    const { found, upTo } = this.#texts.filter(rows, text, wanted, deadline);
    return { found, upTo: upTo ?? from };
  }

  #rows(
    ranges: readonly Range[],
    condition: ReturnType<typeof conditionOf>,
    { from, below }: Span,
    limit: number,
  ): number[] {
    const select = (range: Range): SeqRow[] =>
      this.#statement(
        `SELECT seq FROM events WHERE ${range === null ? '' : OF_RANGE} seq < ? AND seq >= ?
         ${condition.sql} ORDER BY seq DESC LIMIT ?`,
      ).all(...rangeValues(range), below, from, ...condition.values, limit);
    const rows = ranges.flatMap(select).map(({ seq }) => seq);
    return ranges.length === 1 ? rows : rows.sort((a, b) => b - a).slice(0, limit);
  }

  /** Where a step ends: no range has more than its share of rows above. */
  #stepFrom(ranges: readonly Range[], { from, below }: Span): number {
    const share = Math.ceil(STEP_ROWS / Math.max(1, ranges.length));
    const ends = ranges.map(
      (range) =>
        this.#statement(
          `SELECT seq FROM events WHERE ${range === null ? '' : OF_RANGE} seq < ? AND seq >= ?
           ORDER BY seq DESC LIMIT 1 OFFSET ?`,
        ).get(...rangeValues(range), below, from, share - 1)?.seq ?? from,
    );
    return Math.max(from, ...ends);
  }

  #ranges(query: EventFilter): readonly Range[] {
    const named = statusesOf(query);
    const { endpoint } = query;
    if (endpoint === undefined && named.length === 0) return [null];
    const endpoints =
      endpoint === undefined ? this.#endpointIds.all() : this.#endpointId.all(endpoint);
    const statuses = named.length === 0 ? EVENT_STATUSES : new Set(named);
    return endpoints.flatMap(({ id: endpointId }) =>
      [...statuses].map((status) => ({ endpointId, status })),
    );
  }

  #span({ before, fromMs, toMs, replayOf }: EventQuery): Span {
    const below = before === undefined ? Number.MAX_SAFE_INTEGER : this.#below(before);
    // A replay is stored after its original.
    const original = replayOf === undefined ? undefined : this.#seqOf.get(replayOf)?.seq;
    return {
      from: Math.max(original ?? 0, fromMs === undefined ? 0 : this.#times.firstSince(fromMs)),
      below: toMs === undefined ? below : Math.min(below, this.#times.endAt(toMs)),
    };
  }

  /** The row of `before`; where retention has taken it, the place where it was. */
  #below(before: string): number {
    return (this.#seqOf.get(before) ?? this.#seqBelow.get(before))?.seq ?? 0;
  }

  #id(seq: number | undefined): string | null {
    return seq === undefined ? null : (this.#idOf.get(seq)?.id ?? null);
  }

  /** There are as many as combinations of fields. */
  #statement(sql: string): Statement<SeqRow> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = new Statement<SeqRow>(this.#db, sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

const OF_RANGE = 'endpoint_id = ? AND status = ? AND';

function rangeValues(range: Range): (number | string)[] {
  return range === null ? [] : [range.endpointId, range.status];
}
