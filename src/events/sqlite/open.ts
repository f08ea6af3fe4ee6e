import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemClock } from '../../shared/clock';
import type { Clock } from '../../shared/clock';
import { errorText, WebhookError } from '../../shared/errors';
import type { Logger } from '../../shared/logger';
import type { RecoveryReport, RetentionLimits } from '../event-store';
import { StoreUnavailable } from '../store-problem';
import type { StoreProblem } from '../store-problem';
import { Channel } from './channel';
import type { QueueLimits } from './channel';
import { SqliteEventStore } from './client';
import type { Damage } from './open-database';
import type { InHandSets } from './client';
import { kindOf } from './problem';
import { startWorker, StoreThread } from './thread';
import type { StartWorker } from './thread';

export type { QueueLimits } from './channel';
export type { RetentionLimits } from '../event-store';
export type { SqliteEventStore } from './client';

const DEFAULT_LIMITS: QueueLimits = { maxQueued: 10_000, maxQueuedBytes: 64 * 1024 * 1024 };

export interface SqliteStoreOptions {
  readonly file: string;
  readonly logger: Logger;
  readonly retention: RetentionLimits;
  readonly limits?: Partial<QueueLimits>;
  /** Times of status changes and of retention. */
  readonly clock?: Clock;
  /** Gives up waiting for the file. */
  readonly signal?: AbortSignal;
  /** The store's thread had died and works again; events that nobody has in hand are pending again. */
  readonly onRestart?: (report: RecoveryReport) => void;
  /** The file turned out to be damaged while it was open: where it is kept; a new one is used, with what was unfinished. */
  readonly onDamage?: (recoveredFrom: string) => void;
  /** What keeps it from storing, also while another process holds the file; null: nothing any more. */
  readonly onTrouble?: (problem: StoreProblem | null) => void;
  /** For tests of what happens when the thread dies. */
  readonly startWorker?: StartWorker;
  /** The version of the running Node; for tests. */
  readonly nodeVersion?: string;
}

/**
 * Opens the history in a SQLite file, and makes it with its folder (0700) where there is none. Resolves
 * once this process holds the file: while another one does, it waits, and says so in the log.
 * Rejects with `store-unavailable`: Node below 22.13, a file that cannot be opened, of a newer version,
 * or of something else; or `signal` was aborted.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteEventStore> {
  const { file, logger, retention, clock = systemClock, signal } = options;
  requireSqlite(options.nodeVersion ?? process.versions.node);
  makeFolder(dirname(file));
  const channel = new Channel({ ...DEFAULT_LIMITS, ...options.limits }, () => clock.now());
  const inHand: InHandSets = { events: new Set(), jobs: new Set() };
  const thread = new StoreThread({
    settings: { file, retention },
    channel,
    logger,
    startWorker: options.startWorker ?? startWorker,
    inHand: () => ({ events: [...inHand.events], jobs: [...inHand.jobs] }),
    onRestart: options.onRestart ?? (() => undefined),
    onTrouble: options.onTrouble ?? (() => undefined),
    onDamage: (damage) => {
      logger.error(damageText(damage));
      options.onDamage?.(damage.keptAs);
    },
  });
  const damage = await openedOrAborted(thread, signal);
  if (damage !== null) logger.error(damageText(damage));
  return new SqliteEventStore(channel, thread, inHand, damage?.keptAs ?? null);
}

function damageText({ keptAs, salvaged: { events, jobs, lost } }: Damage): string {
  const missing = lost === 0 ? '' : ` ${lost} more can't be read.`;
  return (
    `The history file was damaged: it is kept as ${keptAs}, a new one is used. ` +
    `Brought along: ${events} unfinished or failed events, ${jobs} waiting retries.${missing}`
  );
}

async function openedOrAborted(
  thread: StoreThread,
  signal: AbortSignal | undefined,
): Promise<Damage | null> {
  if (signal === undefined) return thread.opened;
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () =>
      reject(new WebhookError('store-unavailable', 'Waiting for the history file was given up.'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([thread.opened, aborted]);
  } catch (error) {
    thread.opened.catch(() => undefined);
    await thread.end('at once');
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** `node:sqlite` needs no flag from 22.13 on. */
function requireSqlite(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 13)) return;
  throw new StoreUnavailable(
    'oldNode',
    `The history needs Node.js 22.13 or newer, this is ${version}: update Node.js.`,
  );
}

/** The entry of a new folder is on disk before anything in it is promised to be. */
function makeFolder(folder: string): void {
  try {
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (made === undefined) return;
    const parent = openSync(dirname(made), 'r');
    fsyncSync(parent);
    closeSync(parent);
  } catch (error) {
    throw new StoreUnavailable(
      kindOf(error),
      `The folder of the history cannot be made: ${errorText(error)}`,
      { cause: error },
    );
  }
}
