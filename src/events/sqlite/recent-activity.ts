import type { DatabaseSync } from 'node:sqlite';
import { COUNTED_MINUTES, type MinuteCounts } from '../minute-counts';
import type { EventStatus } from '../states';
import { Statement } from './statement';

/** Reading as many takes about 5 ms: of a busier hour, a restart loses the older part. */
const READ_EVENTS = 5000;

interface RecentRow {
  readonly endpoint: string;
  readonly status: EventStatus;
  readonly received_at: number;
  readonly updated_at: number;
}

/** Counts what a store that is opened has of the last hour, so that a restart does not empty the chart. */
export function countRecent(db: DatabaseSync, counts: MinuteCounts, nowMs: number): void {
  const sinceMs = nowMs - COUNTED_MINUTES * 60_000;
  const events = new Statement<RecentRow>(
    db,
    `SELECT p.key AS endpoint, status, received_at, updated_at
     FROM (SELECT * FROM events ORDER BY seq DESC LIMIT ${READ_EVENTS}) e
     JOIN endpoints p ON p.id = e.endpoint_id WHERE received_at > ?`,
  ).all(sinceMs);
  // Oldest first: a ring forgets what is older than its newest minute.
  for (const { endpoint, status, received_at, updated_at } of events.reverse()) {
    counts.add(endpoint, 'received', received_at);
    if (status === 'failed') counts.add(endpoint, 'failed', updated_at);
  }
  const rejections = new Statement<{ endpoint: string; at: number }>(
    db,
    'SELECT endpoint, at FROM rejections WHERE at > ? ORDER BY seq',
  ).all(sinceMs);
  for (const { endpoint, at } of rejections) counts.add(endpoint, 'rejected', at);
  counts.mark();
}
