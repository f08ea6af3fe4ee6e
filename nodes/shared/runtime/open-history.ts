import type { EventStore, RetentionLimits } from '../../../src/events/event-store';
import type { StoreChanges } from '../../../src/events/peers';
import { openPostgresStore } from '../../../src/events/postgres/open';
import { openSqliteStore } from '../../../src/events/sqlite/open';
import type { Clock } from '../../../src/shared/clock';
import type { Logger } from '../../../src/shared/logger';
import type { HistoryPlace } from './history-place';
import type { OpenedStore, StoreWatch } from './opening-store';

export interface OpenHistory {
  readonly place: HistoryPlace;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retention: RetentionLimits;
  /** There may be something to do in the store. */
  readonly onWork: () => void;
  /** Another process has changed something in it. */
  readonly onChanges: (changes: StoreChanges) => void;
  readonly watch: StoreWatch;
}

/** Opens a history with the engine that its place is for. Rejects as that engine does. */
export async function openHistory(options: OpenHistory): Promise<OpenedStore> {
  const { place, clock, logger, retention, onWork, onChanges, watch } = options;
  if (place.kind === 'postgres') {
    const store = await openPostgresStore({
      ...{ settings: place.settings, clock, logger, retention, onWork, onChanges },
      onProblem: watch.onTrouble,
    });
    return { store, damagedFile: null };
  }
  const { onDamage, onTrouble } = watch;
  const { file } = place;
  const store = await openSqliteStore({
    ...{ file, clock, logger, retention, onDamage, onTrouble },
    onRestart: onWork,
  });
  return { store, damagedFile: store.recoveredFrom };
}

/** Takes up what nobody has in hand any more. */
export async function takeUp(store: EventStore, clock: Clock, logger: Logger): Promise<void> {
  const found = await store.recover(clock.now());
  if (found.redelivered > 0 || found.jobs > 0 || found.poisoned > 0) {
    logger.info(
      `Taking up what the process before left: ${found.redelivered} events are delivered again, ` +
        `${found.jobs} retries continue, ${found.poisoned} given up.`,
    );
  }
}
