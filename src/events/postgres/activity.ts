import { COUNTED, COUNTED_MINUTES } from '../minute-counts';
import type { Counted, EndpointActivity } from '../minute-counts';
import type { Readers } from './readers';
import { clean, columns } from './transaction';
import type { Count, Transaction } from './transaction';

const MINUTE_MS = 60_000;

/** In an order that is the same for all instances, so that no two wait for each other. */
const FLUSH = {
  name: 'flush-counts',
  text: `INSERT INTO minute_counts AS c (endpoint, minute, received, failed, rejected)
    SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::int[])
      AS u (endpoint, minute, received, failed, rejected) ORDER BY endpoint, minute
    ON CONFLICT (endpoint, minute) DO UPDATE SET received = c.received + excluded.received,
      failed = c.failed + excluded.failed, rejected = c.rejected + excluded.rejected`,
};
const FORGET = { name: 'forget-counts', text: 'DELETE FROM minute_counts WHERE minute < $1' };
const READ = {
  text: `SELECT endpoint, minute, received, failed, rejected FROM minute_counts
    WHERE minute > $1 ORDER BY endpoint`,
};

interface MinuteRow extends Readonly<Record<Counted, number>> {
  readonly endpoint: string;
  readonly minute: number;
}

/**
 * Counters of the last hour, of all instances: each adds what it counted with its heartbeats, so that no
 * transaction waits for a row that all of them write.
 */
export class Activity {
  /** By endpoint and minute; of the server's clock. */
  #pending = new Map<string, MinuteRow>();

  get isBehind(): boolean {
    return this.#pending.size > 0;
  }

  add({ endpoint, kind, atMs }: Count): void {
    const minute = minuteOf(atMs);
    const key = `${minute} ${endpoint}`;
    const row = this.#pending.get(key) ?? emptyRow(clean(endpoint), minute);
    this.#pending.set(key, { ...row, [kind]: row[kind] + 1 });
  }

  /** Returns what to call where the transaction was taken back. */
  async flush(tx: Transaction): Promise<() => void> {
    const flushed = this.#pending;
    this.#pending = new Map();
    const rows = [...flushed.values()].map(({ endpoint, minute, ...counts }) => [
      ...[endpoint, minute],
      ...COUNTED.map((kind) => counts[kind]),
    ]);
    const undo = (): void => {
      for (const [key, row] of flushed) {
        const since = this.#pending.get(key);
        this.#pending.set(key, since === undefined ? row : sum(row, since));
      }
    };
    try {
      await tx.query(FLUSH, columns(rows, 5));
      await tx.query(FORGET, [minuteOf(tx.nowMs) - COUNTED_MINUTES]);
    } catch (error) {
      undo();
      throw error;
    }
    return undo;
  }

  /** Of endpoints at which something was counted within the minutes that are kept. */
  async read(readers: Readers, nowMs: number): Promise<EndpointActivity[]> {
    const current = minuteOf(nowMs);
    const first = current - COUNTED_MINUTES;
    const stored = await readers.query<MinuteRow>(READ, [first]);
    const own = [...this.#pending.values()].filter(({ minute }) => minute > first);
    const byEndpoint = new Map<string, Record<Counted, number[]>>();
    for (const row of [...stored, ...own]) {
      const counts = byEndpoint.get(row.endpoint) ?? zeros();
      byEndpoint.set(row.endpoint, counts);
      // Clocks differ a little: what is of the next minute is of this one.
      const place = Math.min(row.minute, current) - first - 1;
      for (const kind of COUNTED) counts[kind][place] = (counts[kind][place] ?? 0) + row[kind];
    }
    return [...byEndpoint]
      .filter(([, counts]) => COUNTED.some((kind) => counts[kind].some((n) => n > 0)))
      .map(([endpoint, counts]) => ({ endpoint, ...counts }))
      .sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
  }
}

function sum(a: MinuteRow, b: MinuteRow): MinuteRow {
  const added = COUNTED.map((kind) => [kind, a[kind] + b[kind]] as const);
  return { ...a, ...(Object.fromEntries(added) as Record<Counted, number>) };
}

function emptyRow(endpoint: string, minute: number): MinuteRow {
  return { endpoint, minute, received: 0, failed: 0, rejected: 0 };
}

function zeros(): Record<Counted, number[]> {
  const none = (): number[] => new Array<number>(COUNTED_MINUTES).fill(0);
  return { received: none(), failed: none(), rejected: none() };
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS);
}
