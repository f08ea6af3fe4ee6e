import type { TrailStep } from '../events/event';
import type { EventStore, TrailAddition } from '../events/event-store';
import { errorText } from '../shared/errors';
import type { Logger } from '../shared/logger';
import type { PersistentWriter } from './persistent-write';

interface Tools {
  readonly writer: PersistentWriter;
  readonly logger: Logger;
}

/** Keeps an error that came after an attempt had succeeded: on its trail, where it changes nothing (rule 4). */
export function keepLateError(
  { writer, logger }: Tools,
  store: EventStore,
  attempt: Omit<TrailAddition, 'step'>,
  step: TrailStep,
): void {
  const what = `a late error of event ${attempt.eventId}`;
  writer
    .write(what, () => store.addToTrail({ ...attempt, step }))
    .catch((thrown: unknown) => logger.warn(`Cannot write ${what}: ${errorText(thrown)}`));
}
