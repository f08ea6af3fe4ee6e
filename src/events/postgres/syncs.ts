import type { SyncRecall, SyncSaving } from '../event-store';
import { clean } from './transaction';
import type { Transaction } from './transaction';

/** Items of a sync that nobody ran for so long are forgotten. */
const UNUSED_MS = 90 * 86_400_000;
/** Beside those that came with a write, so that no write has to remove many at once. */
const REMOVED_WITH_A_WRITE = 500;

/** The row stays locked until the end: two instances that save the same sync do it one after the other. */
const TOUCH = {
  name: 'touch-sync',
  text: `INSERT INTO sync_state AS s (key, memory, used_at) VALUES ($1, $2, $3)
    ON CONFLICT (key) DO UPDATE SET used_at = excluded.used_at,
      memory = coalesce(excluded.memory, s.memory) RETURNING id`,
};
const ADD_ITEMS = {
  name: 'add-sync-items',
  text: `WITH last AS (SELECT coalesce(max(place), 0) AS place FROM sync_items WHERE sync_id = $1),
    fresh AS (SELECT decode(digest, 'hex') AS digest, row_number() OVER (ORDER BY n) AS n
      FROM (SELECT digest, min(n) AS n FROM unnest($2::text[]) WITH ORDINALITY AS u (digest, n)
        GROUP BY digest) d
      WHERE NOT EXISTS (SELECT 1 FROM sync_items
        WHERE sync_id = $1 AND sync_items.digest = decode(d.digest, 'hex')))
    INSERT INTO sync_items SELECT $1, digest, last.place + n FROM fresh, last`,
};
const REMOVE_OLDEST = {
  name: 'remove-sync-items',
  text: `DELETE FROM sync_items WHERE sync_id = $1 AND place IN (
    SELECT place FROM sync_items WHERE sync_id = $1
      AND place <= (SELECT max(place) FROM sync_items WHERE sync_id = $1) - $2
    ORDER BY place LIMIT $3)`,
};
const UNUSED = {
  name: 'unused-syncs',
  text: `SELECT id FROM sync_state s WHERE used_at < $1
    AND EXISTS (SELECT 1 FROM sync_items WHERE sync_id = s.id) LIMIT 1`,
};
export const RECALL = {
  text: `SELECT memory, (SELECT coalesce(json_agg(d.digest), '[]') FROM unnest($2::text[]) AS d (digest)
      WHERE EXISTS (SELECT 1 FROM sync_items i WHERE i.sync_id = s.id
        AND i.digest = decode(d.digest, 'hex'))) AS delivered
    FROM sync_state s WHERE key = $1`,
};
export type RecallRow = SyncRecall;

/** Writes a memory and adds digests; the oldest beyond `maxItems` go. */
export async function saveSync(
  tx: Transaction,
  { key, memory, delivered, maxItems }: SyncSaving,
): Promise<void> {
  const text = memory === undefined ? null : clean(memory);
  const [row] = await tx.query<{ id: number }>(TOUCH, [clean(key), text, tx.nowMs]);
  const id = row?.id ?? 0;
  if (delivered.length > 0) await tx.query(ADD_ITEMS, [id, delivered]);
  await tx.query(REMOVE_OLDEST, [id, maxItems, delivered.length + REMOVED_WITH_A_WRITE]);
  const [unused] = await tx.query<{ id: number }>(UNUSED, [tx.nowMs - UNUSED_MS]);
  if (unused !== undefined) await tx.query(REMOVE_OLDEST, [unused.id, 0, REMOVED_WITH_A_WRITE]);
}
