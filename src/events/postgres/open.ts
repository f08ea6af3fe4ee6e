import { systemClock } from '../../shared/clock';
import type { Clock } from '../../shared/clock';
import type { Logger } from '../../shared/logger';
import type { RetentionLimits } from '../event-store';
import type { StoreChanges } from '../peers';
import type { StoreProblem } from '../store-problem';
import type { QueueLimits } from './call-queue';
import { unavailable } from './problem';
import { checkSettings } from './settings';
import type { PostgresSettings } from './settings';
import { PostgresEventStore } from './store';

export type { PostgresSettings } from './settings';
export type { PostgresEventStore } from './store';

const DEFAULT_LIMITS: QueueLimits = { maxQueued: 10_000, maxQueuedBytes: 64 * 1024 * 1024 };

export interface PostgresStoreOptions {
  readonly settings: PostgresSettings;
  readonly logger: Logger;
  readonly retention: RetentionLimits;
  readonly limits?: Partial<QueueLimits>;
  readonly clock?: Clock;
  /** There may be something to do that nobody here has asked for: another instance said so, or died. */
  readonly onWork?: () => void;
  /** Something changed at another instance. */
  readonly onChanges?: (changes: StoreChanges) => void;
  /** What is wrong with the server; null: it is well again. */
  readonly onProblem?: (problem: StoreProblem | null) => void;
}

/**
 * Opens the history in a schema of a PostgreSQL server (12 or newer), and makes the schema where there is
 * none. Once it is open, the store looks after its connections itself: calls reject with `store-unavailable`
 * while the server is away. Rejects with `bad-config`, or with `store-unavailable` where the server can't be
 * used, or the schema is of a newer version or of something else. No text has anything of the connection string.
 */
export async function openPostgresStore(
  options: PostgresStoreOptions,
): Promise<PostgresEventStore> {
  const { settings, logger, retention, clock = systemClock } = options;
  checkSettings(settings);
  const store = new PostgresEventStore({
    settings,
    logger,
    retention,
    clock,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    onWork: options.onWork ?? (() => undefined),
    onChanges: options.onChanges ?? (() => undefined),
    onProblem: options.onProblem ?? (() => undefined),
  });
  try {
    await store.open();
    return store;
  } catch (error) {
    await store.abandon();
    throw unavailable(error);
  }
}
