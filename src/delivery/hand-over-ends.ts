import type { AttemptRecord } from '../events/event';
import type { EventStore } from '../events/event-store';
import type { EventStatus } from '../events/states';
import { errorText } from '../shared/errors';
import type { AttemptResult } from './attempt';
import { attemptRecord, interruptedRecord } from './attempt-record';
import type { DispatcherTools } from './dispatcher-settings';
import type { Ready } from './ready-queue';

/** What a dispatcher does when an end is on disk. */
export interface HandOverListener {
  readonly onStatus: (eventId: string, status: EventStatus) => void;
  /** The event waits in the store again. */
  readonly onGivenBack: () => void;
}

/** Writes how hand-overs of events to a flow ended, for as long as it takes until that is on disk. */
export class HandOverEnds {
  readonly #tools: DispatcherTools;
  readonly #listener: HandOverListener;

  constructor(tools: DispatcherTools, listener: HandOverListener) {
    this.#tools = tools;
    this.#listener = listener;
  }

  /** An attempt has ended. Resolves when it is written. */
  concluded(
    eventId: string,
    attempt: number,
    result: AttemptResult,
    store: EventStore,
  ): Promise<void> {
    const record = attemptRecord('delivery', attempt, result);
    if (result.outcome === 'interrupted') return this.#interrupt(eventId, record, store);
    const { outcome, reason } = result;
    return this.#write(`the outcome of event ${eventId}`, async () => {
      const status = await store.endAttempt({ eventId, attempt: record, outcome, reason });
      this.#listener.onStatus(eventId, status);
    });
  }

  /** The flow was closed before it got the event: it waits again, and the hand-over does not count. */
  giveBack({ event, attempt, store }: Ready): void {
    const record = interruptedRecord('delivery', attempt, this.#tools.clock.now());
    void this.#interrupt(event.id, record, store);
  }

  #interrupt(eventId: string, record: AttemptRecord, store: EventStore): Promise<void> {
    return this.#write(`the interruption of event ${eventId}`, async () => {
      await store.interrupt(eventId, record);
      this.#listener.onGivenBack();
    });
  }

  async #write(what: string, write: () => Promise<unknown>): Promise<void> {
    try {
      await this.#tools.writer.write(what, write);
    } catch (thrown) {
      this.#tools.logger.error(`Cannot write ${what}: ${errorText(thrown)}`);
    } finally {
      this.#tools.quarantine.left();
    }
  }
}
