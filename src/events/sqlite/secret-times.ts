import type { DatabaseSync } from 'node:sqlite';
import type { SecretMatches } from '../event-store';
import { Statement } from './statement';

/** A time is written when the one on disk is older by this: not with each request. */
const WRITTEN_EVERY_MS = 60_000;

interface Row {
  readonly id: number;
  readonly key: string;
  readonly current_matched_at: number | null;
  readonly previous_matched_at: number | null;
}

interface Times {
  readonly key: string;
  current: number | null;
  previous: number | null;
  /** As it is on disk. */
  written: Record<'current' | 'previous', number | null>;
}

/** When the secrets of endpoints last verified a request: exact in memory, on disk to the minute. */
export class SecretTimes {
  readonly #times = new Map<number, Times>();
  readonly #select: Statement<Row>;
  readonly #update: Statement;

  constructor(db: DatabaseSync) {
    this.#select = new Statement(
      db,
      'SELECT id, key, current_matched_at, previous_matched_at FROM endpoints',
    );
    this.#update = new Statement(
      db,
      'UPDATE endpoints SET current_matched_at = ?, previous_matched_at = ? WHERE id = ?',
    );
    this.reload();
  }

  /** After a rollback: what is on disk. */
  reload(): void {
    this.#times.clear();
    for (const row of this.#select.all()) {
      const current = row.current_matched_at;
      const previous = row.previous_matched_at;
      this.#times.set(row.id, { key: row.key, current, previous, written: { current, previous } });
    }
  }

  /** Inside a transaction. */
  note(id: number, key: string, secret: 'current' | 'previous', atMs: number): void {
    const times = this.#of(id, key);
    times[secret] = Math.max(times[secret] ?? atMs, atMs);
    const written = times.written[secret];
    if (written === null || atMs - written >= WRITTEN_EVERY_MS) this.#write(id, times);
  }

  /** Inside a transaction: the secrets are others now. */
  forget(id: number, key: string): void {
    const times = this.#of(id, key);
    times.current = times.previous = null;
    this.#write(id, times);
  }

  /** Whether `flush` has something to write. */
  get isBehind(): boolean {
    return [...this.#times.values()].some(isBehind);
  }

  /** Inside a transaction, in a pause or before the end. */
  flush(): void {
    for (const [id, times] of this.#times) if (isBehind(times)) this.#write(id, times);
  }

  all(): SecretMatches[] {
    return [...this.#times.values()]
      .filter(({ current, previous }) => current !== null || previous !== null)
      .map(({ key, current, previous }) => ({
        endpoint: key,
        currentAtMs: current,
        previousAtMs: previous,
      }));
  }

  #of(id: number, key: string): Times {
    const known = this.#times.get(id);
    if (known !== undefined) return known;
    const fresh: Times = {
      ...{ key, current: null, previous: null },
      written: { current: null, previous: null },
    };
    this.#times.set(id, fresh);
    return fresh;
  }

  #write(id: number, times: Times): void {
    const { current, previous } = times;
    this.#update.run(current, previous, id);
    times.written = { current, previous };
  }
}

function isBehind({ current, previous, written }: Times): boolean {
  return current !== written.current || previous !== written.previous;
}
