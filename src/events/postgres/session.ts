import { Socket } from 'node:net';
import { Client } from 'pg';
import type { ClientConfig, QueryResult } from 'pg';
import { columnTypes } from './column-types';
import { CONNECTION_LOST, ConnectionLost, isLoss, NO_ANSWER, NOT_CONFIRMED } from './problem';
import type { PostgresSettings } from './settings';

/** A server that takes longer to accept a connection is not there. */
const CONNECT_MS = 5_000;
/** The server ends a statement of the writer after this time; a lock is waited for less long. */
const STATEMENT_MS = 5_000;
const LOCK_MS = 2_500;
/** A network that swallows packets says nothing: a silence longer than that is the end of the connection. */
const SILENCE_MS = 7_000;
/** A process that is stopped in the middle of a transaction must not hold its locks beyond its lease. */
const IDLE_TRANSACTION_MS = 5_000;

/** SQLSTATE of a warning; what a statement is told that has the right to be done all the same. */
const WARNING = '01000';

export interface Statement {
  /** The server keeps the plan under this name; absent: it makes one each time. */
  readonly name?: string;
  readonly text: string;
}

/** How each connection is made; `purpose` is shown in pg_stat_activity. */
export function clientConfig(settings: PostgresSettings, purpose: string): ClientConfig {
  const { connectionString, tls } = settings;
  return {
    ...(tls === undefined
      ? { connectionString }
      : { connectionString: withoutTls(connectionString), ssl: tls }),
    types: columnTypes,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: `node-red-webhooks ${purpose}`,
  };
}

/** The driver lets what the connection string says of TLS win over everything else. */
function withoutTls(connectionString: string): string {
  const [address = '', query = ''] = connectionString.split('?', 2);
  const kept = query
    .split('&')
    .filter((part) => part !== '' && !/^(ssl|uselibpqcompat)/i.test(part));
  return kept.length === 0 ? address : `${address}?${kept.join('&')}`;
}

/** What holds on each connection, whatever the database or the role is set to. */
export function sessionSettings(
  { schema, leaseMs }: PostgresSettings,
  statementMs = STATEMENT_MS,
): string {
  const idleMs = Math.round(Math.min(leaseMs / 2, IDLE_TRANSACTION_MS));
  return `SET search_path TO "${schema}";
    SET statement_timeout TO ${statementMs};
    SET lock_timeout TO ${LOCK_MS};
    SET idle_in_transaction_session_timeout TO ${idleMs};
    SET client_min_messages TO warning;
    SET plan_cache_mode TO force_generic_plan;
    SET enable_seqscan TO off;
    SET jit TO off;
    SELECT set_config('synchronous_commit', 'on', false)
      WHERE current_setting('synchronous_commit') IN ('off', 'local');`;
}

/** One connection, used by one task at a time. A query that is not answered in time ends it. */
export class Session {
  readonly #client: Client;
  readonly #socket: Socket;
  #silenceMs: number;
  readonly #onLost = new Set<(error: unknown) => void>();
  #lost: unknown = null;
  #unanswered = 0;
  #warnings = 0;
  #silence: NodeJS.Timeout | null = null;

  private constructor(client: Client, socket: Socket, silenceMs: number) {
    this.#silenceMs = silenceMs;
    this.#client = client;
    this.#socket = socket;
    client.on('error', (error) => this.#lose(error));
    client.on('notice', ({ code }) => {
      if (code === WARNING) this.#warnings++;
    });
    client.on('end', () => this.#lose(new ConnectionLost(CONNECTION_LOST)));
  }

  /** Rejects with the driver's error: see `problemOf`. */
  static async open(settings: PostgresSettings, purpose: string): Promise<Session> {
    const socket = new Socket();
    const config = { ...clientConfig(settings, purpose), stream: () => socket };
    // Statements that don't need each other's answers share one way to the server and back.
    const client = new Client({ ...config, pipeline: true });
    const session = new Session(client, socket, settings.silenceMs ?? SILENCE_MS);
    try {
      await session.#timed(client.connect());
      await session.script(sessionSettings(settings));
      return session;
    } catch (error) {
      session.destroy();
      throw error;
    }
  }

  /** Called once, when the connection is lost or closed. */
  onLost(listener: (error: unknown) => void): void {
    if (this.#lost === null) this.#onLost.add(listener);
    else listener(this.#lost);
  }

  onNotification(listener: (payload: string) => void): void {
    this.#client.on('notification', ({ payload }) => listener(payload ?? ''));
  }

  async query<Row extends object>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<Row[]> {
    this.#together();
    const config = { ...statement, values: values as unknown[] };
    const { rows } = await this.#timed<QueryResult>(this.#client.query(config));
    return rows as Row[];
  }

  /** Several statements without values; the results of each. */
  async script(text: string): Promise<readonly QueryResult[]> {
    this.#together();
    const results: unknown = await this.#timed(this.#client.query(text));
    return (Array.isArray(results) ? results : [results]) as QueryResult[];
  }

  /**
   * Resolves to what was done. Where the waiting for a standby was ended (by a time-out, or somebody), the server
   * warns that the transaction may not be there, and says that it is committed: nobody may rely on it.
   */
  async commit(): Promise<string | undefined> {
    const before = this.#warnings;
    const done = (await this.script('COMMIT')).at(-1);
    if (this.#warnings === before) return done?.command;
    const error = new ConnectionLost(NOT_CONFIRMED);
    this.#socket.destroy();
    this.#lose(error);
    throw error;
  }

  /** While this goes on, a statement may take so long: a change of the schema, say. */
  async patiently<T>(silenceMs: number, work: () => Promise<T>): Promise<T> {
    const usualMs = this.#silenceMs;
    this.#silenceMs = Math.max(usualMs, silenceMs);
    try {
      return await work();
    } finally {
      this.#silenceMs = usualMs;
    }
  }

  async end(): Promise<void> {
    try {
      await this.#timed(this.#client.end());
    } catch {
      this.destroy();
    }
  }

  destroy(): void {
    this.#socket.destroy();
    this.#lose(new ConnectionLost(CONNECTION_LOST));
  }

  /** What is sent before the event loop goes on is one write to the network. */
  #together(): void {
    if (this.#socket.writableCorked > 0) return;
    this.#socket.cork();
    process.nextTick(() => this.#socket.uncork());
  }

  #lose(error: unknown): void {
    if (this.#lost !== null) return;
    this.#lost = error;
    for (const listener of this.#onLost) listener(error);
    this.#onLost.clear();
  }

  /** The silence is that of the connection: what was sent later waits for the answers before its own. */
  async #timed<T>(work: Promise<T>): Promise<T> {
    this.#unanswered++;
    this.#silence ??= setTimeout(() => {
      this.#lose(new ConnectionLost(NO_ANSWER));
      this.#socket.destroy();
    }, this.#silenceMs);
    try {
      return await work;
    } catch (error) {
      const first = this.#lost;
      if (isLoss(error)) {
        this.#socket.destroy();
        this.#lose(error);
      }
      throw first instanceof ConnectionLost && first.code === NO_ANSWER ? first : error;
    } finally {
      this.#answered();
    }
  }

  #answered(): void {
    this.#unanswered--;
    if (this.#unanswered > 0) {
      this.#silence?.refresh();
      return;
    }
    clearTimeout(this.#silence ?? undefined);
    this.#silence = null;
  }
}
