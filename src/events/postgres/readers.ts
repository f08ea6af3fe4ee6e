import { Socket } from 'node:net';
import { Pool } from 'pg';
import { ConnectionLost, isLoss, unavailable } from './problem';
import { clientConfig, sessionSettings } from './session';
import type { Statement } from './session';
import type { PostgresSettings } from './settings';

/** A question may take longer than a write: nobody waits behind it. */
const STATEMENT_MS = 15_000;
const SILENCE_MS = 20_000;
/** Idle connections go after a while: the server has only so many. */
const IDLE_MS = 30_000;
/** Of its connections a process needs one to write and one to listen. */
const OTHERS = 2;

/** The connections for questions. */
export class Readers {
  readonly #pool: Pool;
  readonly #sockets = new Set<Socket>();

  constructor(settings: PostgresSettings) {
    const pool = new Pool({
      ...clientConfig(settings, 'reader'),
      stream: () => this.#socket(),
      max: settings.poolSize - OTHERS,
      idleTimeoutMillis: IDLE_MS,
      query_timeout: settings.silenceMs ?? SILENCE_MS,
      allowExitOnIdle: true,
    });
    // Of an idle connection: the next question makes another one.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => {
      // Of one that is asked: its question is rejected, and an error that nobody listens to ends the process.
      client.on('error', () => undefined);
      // Queued before the first question; where it fails, that one does as well.
      client.query(sessionSettings(settings, STATEMENT_MS)).catch(() => undefined);
    });
    this.#pool = pool;
  }

  /** Rejects with `store-unavailable`. */
  async query<Row extends object>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<Row[]> {
    try {
      const client = await this.#pool.connect();
      let failed: unknown = null;
      try {
        const { rows } = await client.query({ ...statement, values: values as unknown[] });
        return rows as Row[];
      } catch (error) {
        failed = error;
        throw error;
      } finally {
        client.release(failed !== null && isLoss(failed));
      }
    } catch (error) {
      throw unavailable(error instanceof Error ? error : new ConnectionLost('PG_CONNECTION_LOST'));
    }
  }

  /**
   * The server is not what these connections lead to any more: questions on them are refused now, not when
   * nobody has answered for long, and the next one makes a connection of its own.
   */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async end(): Promise<void> {
    await this.#pool.end();
  }
  #socket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
