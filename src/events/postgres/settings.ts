import type { ConnectionOptions } from 'node:tls';
import { WebhookError } from '../../shared/errors';

/** Which server, and how it is used. */
export interface PostgresSettings {
  /** `postgres://user:password@host:port/database`; a secret. */
  readonly connectionString: string;
  /** Absent: as the connection string says (`sslmode`). False: never encrypted. */
  readonly tls?: ConnectionOptions | false;
  /** Where the tables are: a name of lower-case letters, digits and underscores. */
  readonly schema: string;
  /** Connections of this process: one writes, one keeps the lease and listens, the others read. At least 3. */
  readonly poolSize: number;
  /** What this process has in hand is taken over by others when it was not heard of for so long. */
  readonly leaseMs: number;
  /**
   * A statement that is not answered for so long is given up, with its connection; absent: 7 seconds, for
   * questions 20.
   */
  readonly silenceMs?: number;
}

export const POSTGRES_DEFAULTS = { schema: 'webhooks', poolSize: 4, leaseMs: 20_000 } as const;

const NAME = /^[a-z_][a-z0-9_]{0,47}$/;

export function isSchemaName(name: string): boolean {
  return NAME.test(name) && !name.startsWith('pg_');
}

/** Throws `bad-config`; says nothing of the connection string. */
export function checkSettings({ connectionString, schema, poolSize }: PostgresSettings): void {
  if (!/^postgres(ql)?:\/\//.test(connectionString)) {
    throw new WebhookError(
      'bad-config',
      'The connection string must begin with postgres:// or postgresql://.',
    );
  }
  if (!isSchemaName(schema)) {
    throw new WebhookError(
      'bad-config',
      'The schema must be a name of lower-case letters, digits and underscores.',
    );
  }
  if (!Number.isInteger(poolSize) || poolSize < 3) {
    throw new WebhookError('bad-config', 'At least 3 connections are needed.');
  }
}
