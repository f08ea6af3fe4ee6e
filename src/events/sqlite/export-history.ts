import { existsSync } from 'node:fs';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { inflateRawSync } from 'node:zlib';
import { WebhookError } from '../../shared/errors';
import { openDatabase } from './open-database';
import { tryLock } from './file-lock';

/** Some rows of one table. */
export interface ExportedRows {
  readonly table: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

type Row = Record<string, SQLOutputValue>;
type Exported = ExportedRows['rows'][number];

interface Part {
  readonly table: string;
  /** Ordered by `page_key`, above the one that is given, as many as are given. */
  readonly sql: string;
  readonly atOnce: number;
  readonly convert?: (row: Exported) => Exported;
}

const EVENT_COLUMNS = `seq, id, endpoint_id, status, reason, outcome, attempt, unfinished, received_at, updated_at,
  method, path, name, provider, event_type, delivery_id, scheme, secret, replay_of, flags, body_bytes,
  repeats, repeated_at`;
const JOB_COLUMNS = `seq, id, event_seq, event_attempt, node_id, arrival, state, held, attempts, unfinished,
  first_attempt_at, due_at, last_error, reason`;

const MANY = 500;
/** Of these each may be megabytes. */
const FEW = 8;

const PARTS: readonly Part[] = [
  { table: 'endpoints', atOnce: MANY, sql: byKey('id, key', 'endpoints', 'id') },
  { table: 'events', atOnce: MANY, sql: byKey(EVENT_COLUMNS, 'events', 'seq') },
  {
    table: 'bodies',
    atOnce: FEW,
    sql: byKey('seq, request, encoding, body', 'bodies', 'seq'),
    convert: inflated,
  },
  {
    table: 'attempts',
    atOnce: MANY,
    sql: byKey(
      `place / 1048576 AS event_seq, job_id, kind, number, started_at, ended_at, outcome, error, trail`,
      'attempts',
      'place',
    ),
  },
  { table: 'retry_jobs', atOnce: MANY, sql: byKey(JOB_COLUMNS, 'retry_jobs', 'seq') },
  { table: 'job_messages', atOnce: FEW, sql: byKey('seq, message', 'job_messages', 'seq') },
  {
    table: 'rejections',
    atOnce: MANY,
    sql: byKey(
      'seq, id, at, endpoint, status, cause, detail, method, path, ip, headers, body_bytes',
      'rejections',
      'seq',
    ),
  },
  { table: 'sync_state', atOnce: MANY, sql: byKey('id, key, memory, used_at', 'sync_state', 'id') },
];

/** Tables without a number of their own are small, or read in one go. */
const WHOLE: readonly { readonly table: string; readonly sql: string }[] = [
  // The latest one of a key first: there may be an expired one.
  {
    table: 'dedup_keys',
    sql: `SELECT endpoint_id, key, digest, event_id, expires_at FROM dedup_keys ORDER BY expires_at DESC`,
  },
  { table: 'sync_items', sql: 'SELECT sync_id, digest, place FROM sync_items' },
  {
    table: 'secret_matches',
    sql: `SELECT key AS endpoint, current_matched_at AS current_at, previous_matched_at AS previous_at
      FROM endpoints WHERE coalesce(current_matched_at, previous_matched_at) IS NOT NULL`,
  },
];

/**
 * All that is in a history file, table by table, for another engine; the file is brought to the current
 * version and otherwise left as it is. Throws `store-unavailable` where there is none, or a process uses it.
 */
export function* exportHistory(file: string): Generator<ExportedRows> {
  if (!existsSync(file)) throw new WebhookError('store-unavailable', `There is no file ${file}.`);
  const lock = tryLock(file);
  if (lock === null) {
    throw new WebhookError('store-unavailable', `${file} is in use: stop its Node-RED first.`);
  }
  try {
    const { writer, reader } = openDatabase(file, {
      maxBytes: null,
      nowMs: Date.now(),
      check: 'if small',
    });
    reader.close();
    try {
      for (const part of PARTS) yield* pages(writer, part);
      for (const { table, sql } of WHOLE) yield* whole(writer, table, sql);
    } finally {
      writer.close();
    }
  } finally {
    lock.close();
  }
}

function byKey(columns: string, table: string, key: string): string {
  return `SELECT ${key} AS page_key, ${columns} FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ?`;
}

/** Row numbers of attempts have more bits than a double. */
function* pages(db: DatabaseSync, { table, sql, atOnce, convert }: Part): Generator<ExportedRows> {
  const statement = db.prepare(sql);
  statement.setReadBigInts(true);
  let after = 0n;
  for (;;) {
    const found: Row[] = statement.all(after, atOnce);
    const last = found.at(-1);
    if (last === undefined) return;
    after = last['page_key'] as bigint;
    const rows = found.map((row) => {
      const own = Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'page_key'));
      return convert?.(own) ?? own;
    });
    yield { table, rows };
  }
}

function* whole(db: DatabaseSync, table: string, sql: string): Generator<ExportedRows> {
  let rows: Row[] = [];
  for (const row of db.prepare(sql).iterate()) {
    rows.push(row);
    if (rows.length < MANY) continue;
    yield { table, rows };
    rows = [];
  }
  if (rows.length > 0) yield { table, rows };
}

function inflated({ encoding, body, ...row }: Exported): Exported {
  const bytes = body as Uint8Array;
  return { ...row, body: encoding === null ? bytes : inflateRawSync(bytes) };
}
