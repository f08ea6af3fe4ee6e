import type { NewEvent } from '../event';
import type { SecretMatches } from '../event-store';
import type { Readers } from './readers';
import { clean, columns } from './transaction';
import type { Transaction } from './transaction';

const FLUSH = {
  name: 'flush-secret-times',
  text: `INSERT INTO secret_matches AS s (endpoint, current_at, previous_at)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS u (endpoint, current_at, previous_at)
      ORDER BY endpoint
    ON CONFLICT (endpoint) DO UPDATE SET
      current_at = greatest(s.current_at, excluded.current_at),
      previous_at = greatest(s.previous_at, excluded.previous_at)`,
};
const FORGET = {
  name: 'forget-secret-times',
  text: 'DELETE FROM secret_matches WHERE endpoint = $1',
};
const READ = {
  text: `SELECT endpoint, current_at AS "currentAtMs", previous_at AS "previousAtMs"
    FROM secret_matches`,
};

/** When the secrets of endpoints last verified a request, at whichever instance: written with heartbeats. */
export class SecretTimes {
  #pending = new Map<string, SecretMatches>();

  get isBehind(): boolean {
    return this.#pending.size > 0;
  }

  /** Neither a replay nor a test says anything about what the sender signs with. */
  note({ endpoint, verification, replayOf, test, receivedAtMs }: NewEvent): void {
    if (verification === null || replayOf !== null || test) return;
    const isPrevious = verification.secret === 'previous';
    this.#add({
      endpoint: clean(endpoint),
      currentAtMs: isPrevious ? null : receivedAtMs,
      previousAtMs: isPrevious ? receivedAtMs : null,
    });
  }

  async forget(tx: Transaction, endpoint: string): Promise<void> {
    this.#pending.delete(clean(endpoint));
    await tx.query(FORGET, [clean(endpoint)]);
  }

  /** Returns what to call where the transaction was taken back. */
  async flush(tx: Transaction): Promise<() => void> {
    const flushed = [...this.#pending.values()];
    this.#pending = new Map();
    const undo = (): void => flushed.forEach((row) => this.#add(row));
    const rows = flushed.map(({ endpoint, currentAtMs, previousAtMs }) => [
      ...[endpoint, currentAtMs, previousAtMs],
    ]);
    try {
      await tx.query(FLUSH, columns(rows, 3));
    } catch (error) {
      undo();
      throw error;
    }
    return undo;
  }

  async read(readers: Readers): Promise<SecretMatches[]> {
    const all = new Map<string, SecretMatches>();
    const stored = await readers.query<SecretMatches>(READ, []);
    for (const row of [...stored, ...this.#pending.values()]) {
      all.set(row.endpoint, latest(all.get(row.endpoint), row));
    }
    return [...all.values()].sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
  }

  #add(row: SecretMatches): void {
    this.#pending.set(row.endpoint, latest(this.#pending.get(row.endpoint), row));
  }
}

function latest(a: SecretMatches | undefined, b: SecretMatches): SecretMatches {
  if (a === undefined) return b;
  const later = (one: number | null, two: number | null): number | null =>
    one === null || two === null ? (one ?? two) : Math.max(one, two);
  return {
    endpoint: b.endpoint,
    currentAtMs: later(a.currentAtMs, b.currentAtMs),
    previousAtMs: later(a.previousAtMs, b.previousAtMs),
  };
}
