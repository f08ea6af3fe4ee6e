import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';

export type RawRow = Readonly<Record<string, SQLOutputValue>>;

/** Reads that fail in one table, before it is given up: each takes some 50 us. */
const MOST_FAILURES = 10_000;
/** Where the largest key can't be read: more than there are. */
const BEYOND = 1n << 40n;

/**
 * Reads what can be read of a damaged file. A page that can't be read hides the rows behind it from a scan;
 * looking at ever smaller stretches of keys finds those that stand on other pages.
 */
export class DamagedRows {
  readonly #db: DatabaseSync;
  #failures = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Rows, or stretches of them, that could not be read so far. */
  get failures(): number {
    return this.#failures;
  }

  /** The rows of a table that meet a condition, in the order of its integer key. Integers are bigints. */
  *byKey(table: string, key: string, condition = '1'): Generator<RawRow> {
    const [first] = this.all(end(table, key, 'ASC'));
    const [last] = this.all(end(table, key, 'DESC'));
    if (first === undefined && last === undefined) return;
    const sql = `SELECT * FROM ${table} NOT INDEXED
       WHERE ${key} BETWEEN ? AND ? AND (${condition}) ORDER BY ${key}`;
    const from = first === undefined ? 0n : (first['key'] as bigint);
    const to = last === undefined ? BEYOND : (last['key'] as bigint);
    const allowed = this.#failures + MOST_FAILURES;
    yield* this.#between({ sql, key, allowed }, from, to);
  }

  /** The rows that a statement finds, up to the first that can't be read. Integers are bigints. */
  all(sql: string, ...values: SQLInputValue[]): RawRow[] {
    const rows: RawRow[] = [];
    const statement = this.#prepare(sql);
    if (statement === null) return rows;
    try {
      for (const row of statement.iterate(...values)) rows.push(row);
    } catch {
      this.#failures += 1;
    }
    return rows;
  }

  #prepare(sql: string): StatementSync | null {
    try {
      const statement = this.#db.prepare(sql);
      statement.setReadBigInts(true);
      return statement;
    } catch {
      this.#failures += 1;
      return null;
    }
  }

  *#between(scan: Scan, from: bigint, to: bigint): Generator<RawRow> {
    let next = from;
    // Each time anew: the first use of a statement after it failed fails for that reason, whatever is read.
    const statement = this.#prepare(scan.sql);
    if (statement === null) return;
    try {
      for (const row of statement.iterate(from, to)) {
        next = (row[scan.key] as bigint) + 1n;
        yield row;
      }
      return;
    } catch {
      this.#failures += 1;
    }
    if (next >= to || this.#failures >= scan.allowed) return;
    const middle = next + (to - next) / 2n;
    yield* this.#between(scan, next, middle);
    yield* this.#between(scan, middle + 1n, to);
  }
}

interface Scan {
  readonly sql: string;
  readonly key: string;
  /** With as many failures it is given up. */
  readonly allowed: number;
}

function end(table: string, key: string, order: 'ASC' | 'DESC'): string {
  return `SELECT ${key} AS key FROM ${table} NOT INDEXED ORDER BY ${key} ${order} LIMIT 1`;
}
