import { StoreUnavailable } from '../../store-problem';
import type { Session } from '../session';
import { VERSION_1 } from './version-1';
import { VERSION_2 } from './version-2';
import { VERSION_3 } from './version-3';
import { VERSION_4 } from './version-4';
import { VERSION_5 } from './version-5';

/** Append only: a schema that any released version made is brought up step by step. */
export const MIGRATIONS: readonly { readonly version: number; readonly sql: string }[] = [
  { version: 1, sql: VERSION_1 },
  { version: 2, sql: VERSION_2 },
  { version: 3, sql: VERSION_3 },
  { version: 4, sql: VERSION_4 },
  { version: 5, sql: VERSION_5 },
];

export const LATEST_VERSION = MIGRATIONS.at(-1)?.version ?? 0;

/** Instances that start together migrate one after the other; the number is ours ('webhooks' in ASCII). */
const MIGRATION_LOCK = 0x77656268;
const LONGEST_MS = 60_000;

/**
 * Brings the schema up to date, and makes it where there is none. All steps are one transaction: PostgreSQL
 * takes back DDL as well. Where the schema is up to date, no privilege to change it is needed. Resolves to the
 * version that was there before, 0 for none.
 * Throws `store-unavailable` for a schema that a newer version made, or that is somebody else's.
 */
export async function migrate(
  session: Session,
  schema: string,
  target: number = LATEST_VERSION,
): Promise<number> {
  const found = await readableVersion(session, schema);
  if (found >= target) return found;
  return session.patiently(LONGEST_MS, () => bringUp(session, schema, target));
}

async function bringUp(session: Session, schema: string, target: number): Promise<number> {
  await session.script(`BEGIN; SET LOCAL lock_timeout TO ${LONGEST_MS};`);
  try {
    await session.script(`SET LOCAL statement_timeout TO ${LONGEST_MS};`);
    await lock(session, schema);
    // Another instance may have been here while this one waited.
    const current = await readableVersion(session, schema);
    if (current === 0) await make(session, schema);
    for (const { version, sql } of MIGRATIONS) {
      if (version <= current || version > target) continue;
      await session.script(sql);
      await session.query(
        {
          text: `INSERT INTO meta VALUES ('schema_version', $1)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
        },
        [String(version)],
      );
    }
    await session.script('COMMIT');
    return current;
  } catch (error) {
    await session.script('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Waits in slices, each shorter than any time-out of a statement. */
async function lock(session: Session, schema: string): Promise<void> {
  const text = 'SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS got';
  const deadline = Date.now() + LONGEST_MS;
  for (;;) {
    const [row] = await session.query<{ got: boolean }>({ text }, [MIGRATION_LOCK, schema]);
    if (row?.got === true) return;
    if (Date.now() > deadline) {
      throw new StoreUnavailable('migrating', 'Another instance is changing the schema.');
    }
    await session.script('SELECT pg_sleep(0.1)');
  }
}

/**
 * The schema version, 0 where there is none yet. Changes nothing.
 * Throws `store-unavailable` as `migrate` does.
 */
export async function readableVersion(session: Session, schema: string): Promise<number> {
  const current = await schemaVersion(session, schema);
  if (current <= LATEST_VERSION) return current;
  throw new StoreUnavailable(
    'newerSchema',
    `The schema "${schema}" has version ${current}, this version of the nodes knows ${LATEST_VERSION}: ` +
      'update the nodes of all instances, or name another schema. Nothing was changed.',
  );
}

async function schemaVersion(session: Session, schema: string): Promise<number> {
  const [found] = await session.query<{ tables: number; meta: number }>(
    {
      text: `SELECT count(*)::int AS tables, count(*) FILTER (WHERE relname = 'meta')::int AS meta
        FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname = $1 AND relkind IN ('r', 'p')`,
    },
    [schema],
  );
  if (found === undefined || found.tables === 0) return 0;
  if (found.meta === 0) {
    throw new StoreUnavailable(
      'foreignSchema',
      `The schema "${schema}" holds tables of something else: name another one. Nothing was changed.`,
    );
  }
  const [row] = await session.query<{ value: string }>(
    { text: "SELECT value FROM meta WHERE key = 'schema_version'" },
    [],
  );
  return Number(row?.value ?? 0);
}

async function make(session: Session, schema: string): Promise<void> {
  const [known] = await session.query({ text: 'SELECT 1 FROM pg_namespace WHERE nspname = $1' }, [
    schema,
  ]);
  // Not IF NOT EXISTS alone: it asks for the privilege even where there is nothing to do.
  if (known === undefined) await session.script(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
  await session.script('CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL)');
}
