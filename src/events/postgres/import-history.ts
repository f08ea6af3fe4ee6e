import { WebhookError } from '../../shared/errors';
import { keyHash } from './dedup';
import { unavailable } from './problem';
import { migrate } from './schema/migrations';
import { Session } from './session';
import { checkSettings } from './settings';
import type { PostgresSettings } from './settings';
import { clean } from './transaction';
import { asBuffer } from './work-writer';

export interface ImportedRows {
  readonly table: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Tables whose numbers the database gives. */
const NUMBERED: Readonly<Record<string, string>> = {
  endpoints: 'id',
  events: 'seq',
  retry_jobs: 'seq',
  rejections: 'seq',
  sync_state: 'id',
};
const TABLES = [
  ...['endpoints', 'events', 'bodies', 'attempts', 'retry_jobs', 'job_messages', 'dedup_keys'],
  ...['rejections', 'sync_state', 'sync_items', 'secret_matches'],
];
/** Sorting out at the end may take as long as there is much. */
const SILENCE_MS = 600_000;

/** What was in hand is what a dead process left: the first instance that looks takes it over. */
const IN_HAND = `
  WITH dead AS (
    INSERT INTO instances (name, lease_until) VALUES ('copied', '-infinity') RETURNING id),
  e AS (UPDATE events SET owner = (SELECT id FROM dead)
    WHERE status = 'processing' OR (status = 'retrying' AND outcome IS NULL))
  UPDATE retry_jobs SET owner = (SELECT id FROM dead)
    WHERE state = 'running' OR (state = 'exhausting' AND held = 1)`;
const COUNT_PARKED = `
  UPDATE events e SET parked = j.n FROM (
    SELECT event_seq, event_attempt, count(*)::int AS n FROM retry_jobs
    WHERE event_seq IS NOT NULL GROUP BY 1, 2) j
  WHERE j.event_seq = e.seq AND j.event_attempt = e.attempt`;

/**
 * Puts rows of another engine into a schema that holds nothing yet, all of them or none; how many of each
 * table. Throws `conflict` where it holds something, `store-unavailable` and `bad-config` as opening does.
 */
export async function importHistory(
  settings: PostgresSettings,
  parts: Iterable<ImportedRows>,
): Promise<ReadonlyMap<string, number>> {
  checkSettings(settings);
  let session: Session | null = null;
  try {
    session = await Session.open({ ...settings, silenceMs: SILENCE_MS }, 'copy');
    await migrate(session, settings.schema);
    await session.script('BEGIN; SET LOCAL statement_timeout TO 0');
    await session.script('LOCK TABLE events, retry_jobs, dedup_keys IN SHARE ROW EXCLUSIVE MODE');
    await refuseFilled(session, settings.schema);
    const counts = new Map<string, number>();
    for (const { table, rows } of parts) {
      await insert(session, table, rows);
      counts.set(table, (counts.get(table) ?? 0) + rows.length);
    }
    await session.script(`${IN_HAND}; ${COUNT_PARKED};`);
    for (const [table, column] of Object.entries(NUMBERED)) {
      await session.script(`SELECT setval(pg_get_serial_sequence('${table}', '${column}'),
        (SELECT coalesce(max(${column}), 0) + 1 FROM ${table}), false)`);
    }
    await session.script('COMMIT; ANALYZE');
    return counts;
  } catch (error) {
    throw unavailable(error);
  } finally {
    // What is not committed is taken back with the connection.
    await session?.end();
  }
}

async function refuseFilled(session: Session, schema: string): Promise<void> {
  const text = `SELECT EXISTS (SELECT 1 FROM events) OR EXISTS (SELECT 1 FROM retry_jobs)
    OR EXISTS (SELECT 1 FROM dedup_keys) OR EXISTS (SELECT 1 FROM sync_state) AS filled`;
  const [row] = await session.query<{ filled: boolean }>({ text }, []);
  if (row?.filled === false) {
    // Endpoints and the like of an instance that was started and received nothing.
    for (const table of TABLES) await session.script(`DELETE FROM ${table}`);
    return;
  }
  throw new WebhookError(
    'conflict',
    `The schema "${schema}" holds a history already: name another one. Nothing was copied.`,
  );
}

async function insert(session: Session, table: string, rows: ImportedRows['rows']): Promise<void> {
  const [first] = rows;
  if (first === undefined || !TABLES.includes(table)) return;
  const names = Object.keys(first);
  const places = rows.map(
    (_, row) => `(${names.map((__, at) => `$${row * names.length + at + 1}`).join(', ')})`,
  );
  const values = rows.flatMap((row) => names.map((name) => valueOf(table, name, row[name])));
  // The same key may have been there twice, once expired: the later one came first.
  const text = `INSERT INTO ${table} (${names.join(', ')}) OVERRIDING SYSTEM VALUE
    VALUES ${places.join(', ')} ON CONFLICT DO NOTHING`;
  await session.query({ text }, values);
}

function valueOf(table: string, column: string, value: unknown): unknown {
  if (table === 'dedup_keys' && column === 'key') return Buffer.from(keyHash(String(value)), 'hex');
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return clean(value);
  return value instanceof Uint8Array ? asBuffer(value) : value;
}
