import { hostname } from 'node:os';
import { LATEST_VERSION } from './schema/migrations';
import type { ServerClock } from './server-clock';
import type { Session } from './session';

const JOIN = {
  text: `INSERT INTO instances (name, lease_until, serves, claims)
    VALUES ($1, now() + $2 * interval '1 ms', $3, $4)
    RETURNING id, extract(epoch FROM clock_timestamp()) * 1000 AS now_ms`,
};
const BEAT = {
  name: 'beat',
  text: `UPDATE instances SET lease_until = now() + $2 * interval '1 ms' WHERE id = $1
    RETURNING extract(epoch FROM clock_timestamp()) * 1000 AS now_ms,
      EXISTS (SELECT 1 FROM instances WHERE lease_until < now() AND id <> $1) AS dead,
      EXISTS (SELECT 1 FROM instances WHERE id <> $1) AS others,
      (SELECT value::int FROM meta WHERE key = 'schema_version') AS version`,
};
/** Its lease is over: whoever looks next takes over what it left. */
const LEAVE = { text: `UPDATE instances SET lease_until = '-infinity' WHERE id = $1` };

/** For the log. */
export const REJOINED =
  'This instance was not heard of for longer than its lease: what it had in hand was taken over.';

/**
 * What a heartbeat found: `fenced`, this instance was declared dead; `dead`, another one is; `outdated`, another
 * one brought the schema to a version that this one does not know.
 */
export type Beat = 'fenced' | 'dead' | 'outdated' | 'well';

/**
 * This process as an instance of the cluster: a row with a lease that its heartbeats extend, all by the
 * server's clock. Whoever finds a lease that has ended may take over, in one transaction with the removal
 * of the row.
 */
export class Membership {
  readonly #leaseMs: number;
  readonly #clock: ServerClock;
  readonly #onReplaced: () => void;
  /** Routes, as `METHOD endpoint`, whose events it takes. */
  serves: readonly string[] = [];
  /** Its endpoints, whether or not they hold their paths: see `claimKeys`. */
  claims: readonly string[] = [];
  #id = 0;
  #hasOthers = true;
  /** How often somebody else said something. */
  #met = 0;

  /** `onReplaced`: this process goes on as another instance, since it was declared dead. */
  constructor(leaseMs: number, clock: ServerClock, onReplaced: () => void) {
    this.#onReplaced = onReplaced;
    this.#leaseMs = leaseMs;
    this.#clock = clock;
  }

  /** Never one that was used before. */
  get id(): number {
    return this.#id;
  }

  /** Several of them fit into a lease: one that gets lost is no death. */
  get beatMs(): number {
    return Math.ceil(this.#leaseMs / 5);
  }

  /** Whether there is anybody to tell something, as far as is known: a new one says that it is there. */
  get hasOthers(): boolean {
    return this.#hasOthers;
  }

  /** Another instance said something. */
  hasMet(): void {
    this.#met++;
    this.#hasOthers = true;
  }

  async join(session: Session): Promise<void> {
    const name = `${hostname()}:${process.pid}`;
    const [row] = await session.query<{ id: number; now_ms: string }>(JOIN, [
      ...[name, this.#leaseMs, this.serves, this.claims],
    ]);
    const isAnother = this.#id !== 0;
    this.#id = row?.id ?? 0;
    if (isAnother) this.#onReplaced();
    this.#clock.told(Number(row?.now_ms));
  }

  async beat(session: Session): Promise<Beat> {
    type Row = { now_ms: string; dead: boolean; others: boolean; version: number | null };
    const met = this.#met;
    const [row] = await session.query<Row>(BEAT, [this.#id, this.#leaseMs]);
    if (row === undefined) return 'fenced';
    // Whoever joined after the server had looked may be heard of before its answer.
    this.#hasOthers = row.others || met !== this.#met;
    this.#clock.told(Number(row.now_ms));
    if ((row.version ?? 0) > LATEST_VERSION) return 'outdated';
    return row.dead ? 'dead' : 'well';
  }

  async leave(session: Session): Promise<void> {
    await session.query(LEAVE, [this.#id]);
  }
}
