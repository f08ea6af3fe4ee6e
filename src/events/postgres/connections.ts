import type { Clock } from '../../shared/clock';
import type { Logger } from '../../shared/logger';
import { CONNECTION_LOST, ConnectionLost, readOnly } from './problem';
import { Session } from './session';
import { migrate } from './schema/migrations';
import type { PostgresSettings } from './settings';

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 5_000;
const ANOTHER_SERVER =
  'The PostgreSQL server that answers now held no history: a new one was begun there. What was acknowledged ' +
  'before is on another server, or lost.';

/** The connections that are always there: one writes, the other one keeps the lease and listens. */
export interface Sessions {
  readonly writer: Session;
  readonly keeper: Session;
}

export interface ConnectionHooks {
  /** They are there again; calls may be made when it resolves. Where it rejects, they are of no use. */
  onUp(sessions: Sessions): Promise<void>;
  onDown(error: unknown): void;
}

/** Where one of the two breaks, both are made anew, again and again until that works. */
export class Connections {
  readonly #settings: PostgresSettings;
  readonly #clock: Clock;
  readonly #hooks: ConnectionHooks;
  readonly #logger: Logger;
  #hasWorked = false;
  #sessions: Sessions | null = null;
  #closed = false;

  constructor(settings: PostgresSettings, clock: Clock, logger: Logger, hooks: ConnectionHooks) {
    this.#logger = logger;
    this.#settings = settings;
    this.#clock = clock;
    this.#hooks = hooks;
  }

  /** Rejects with the first error; nothing is tried again before it has worked once. */
  async open(): Promise<void> {
    const sessions = await this.#connect();
    this.#hasWorked = true;
    this.#sessions = sessions;
    for (const session of [sessions.writer, sessions.keeper]) {
      session.onLost((error) => this.#lost(sessions, error));
    }
  }

  get sessions(): Sessions | null {
    return this.#sessions;
  }

  /** They are of no use, although they are there: made anew, they are refused with the words for why. */
  giveUp(): void {
    this.#sessions?.writer.destroy();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const sessions = this.#sessions;
    this.#sessions = null;
    await Promise.all([sessions?.writer.end(), sessions?.keeper.end()]);
  }

  async #connect(): Promise<Sessions> {
    const { schema } = this.#settings;
    const writer = await Session.open(this.#settings, 'writer');
    let keeper: Session | null = null;
    try {
      await refuseReadOnly(writer);
      const before = await migrate(writer, schema);
      if (before === 0 && this.#hasWorked) this.#logger.warn(ANOTHER_SERVER);
      keeper = await Session.open(this.#settings, 'keeper');
      const sessions = { writer, keeper };
      await this.#hooks.onUp(sessions);
      return sessions;
    } catch (error) {
      writer.destroy();
      keeper?.destroy();
      throw error;
    }
  }

  #lost(sessions: Sessions, error: unknown): void {
    if (this.#sessions !== sessions || this.#closed) return;
    this.#sessions = null;
    sessions.writer.destroy();
    sessions.keeper.destroy();
    this.#hooks.onDown(error);
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    for (let waitMs = FIRST_BACKOFF_MS; !this.#closed; waitMs *= 2) {
      const pause = Math.min(waitMs, LONGEST_BACKOFF_MS);
      await new Promise<void>((resolve) => void this.#clock.after(pause, resolve));
      if (this.#isClosed()) return;
      try {
        await this.open();
        // Closed while they were made: nobody else knows of them.
        if (this.#isClosed()) await this.close();
        return;
      } catch (error) {
        this.#hooks.onDown(error);
      }
    }
  }

  #isClosed(): boolean {
    return this.#closed;
  }
}

/** A standby, or a server that is switched to read-only, can't keep anything. */
async function refuseReadOnly(session: Session): Promise<void> {
  const text = `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS yes`;
  const [row] = await session.query<{ yes: boolean }>({ text }, []);
  if (row === undefined) throw new ConnectionLost(CONNECTION_LOST);
  if (row.yes) throw readOnly();
}
