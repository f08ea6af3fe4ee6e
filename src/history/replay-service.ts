import type { NewEvent } from '../events/event';
import type { EventFilter } from '../events/event-query';
import { statusesOf } from '../events/event-query';
import type { EventStore } from '../events/event-store';
import { FINAL_STATUSES } from '../events/states';
import type { Clock } from '../shared/clock';
import { WebhookError } from '../shared/errors';
import type { EventEdit } from './edit';
import { replayOf } from './edit';
import { ReplayRun } from './replay-run';
import type { ReplayRunOptions } from './replay-run';
import { findEvent, patience, searchStores } from './search';

/** Hands an event to the endpoint that serves it; false: there is none. Resolves once it is stored. */
export type Redeliver = (event: NewEvent) => Promise<boolean>;

export interface ReplayServiceOptions {
  /** The stores in use. */
  readonly stores: () => readonly EventStore[];
  readonly redeliver: Redeliver;
  readonly clock: Clock;
}

/** Events that one run replays: their ids are in memory, and somebody is to look at what happens. */
export const MOST_REPLAYED = 10_000;
const PAGE = 500;
/** Newest failures among which those of a run are looked for. */
const LOOKED_AT = 200;

/** Delivers stored events again: the sender need not be reachable, the signature is not checked again. */
export class ReplayService {
  readonly #options: ReplayServiceOptions;

  constructor(options: ReplayServiceOptions) {
    this.#options = options;
  }

  /**
   * Delivers a stored event again, as it was stored or edited: a new event that is linked to the first.
   * Rejects with `not-found`, or `endpoint-gone`.
   */
  async replay(
    eventId: string,
    edit: EventEdit | null = null,
  ): Promise<{ readonly eventId: string }> {
    const { stores, redeliver, clock } = this.#options;
    const { event } = await findEvent(stores(), eventId);
    const again = replayOf(event, edit, clock.now());
    if (!(await redeliver(again))) {
      throw new WebhookError(
        'endpoint-gone',
        `No running webhook-in node serves ${event.request.method} ${event.endpoint}: ` +
          'add or enable one with this path, deploy, and replay again.',
      );
    }
    return { eventId: again.id };
  }

  /** How many events a run would replay; `more`: beyond those that are counted. */
  async count(filter: EventFilter): Promise<{ readonly count: number; readonly more: boolean }> {
    const { ids, more } = await this.#matching(filter);
    return { count: ids.length, more };
  }

  /**
   * Replays all finished events that match now, the oldest first. Resolves when it has begun. `admit` is asked
   * before, with how many they are; where it rejects, nothing is replayed.
   * Rejects with `bad-config` if more than 10,000 match.
   */
  async replayMatching(
    filter: EventFilter,
    options: ReplayRunOptions,
    admit: (total: number) => Promise<void> = () => Promise.resolve(),
  ): Promise<ReplayRun> {
    const { ids, more } = await this.#matching(filter);
    if (more) {
      throw new WebhookError(
        'bad-config',
        `More than ${MOST_REPLAYED} events match: name a shorter time by \`from\` and \`to\`.`,
      );
    }
    await admit(ids.length);
    return new ReplayRun(ids.reverse(), options, {
      clock: this.#options.clock,
      replay: async (eventId) => (await this.replay(eventId)).eventId,
      failedOf: (eventIds) => this.#failedOf(eventIds),
    });
  }

  /** Newest first. What is not finished is delivered anyway, so it is not replayed. */
  async #matching(filter: EventFilter): Promise<{ ids: string[]; more: boolean }> {
    const { stores, clock } = this.#options;
    const ids: string[] = [];
    const query = { ...filter, status: finishedOf(filter), limit: PAGE };
    let cursor: { before?: string } = {};
    for (;;) {
      const page = { ...query, ...cursor };
      const { events, next } = await searchStores(stores(), page, patience(clock, Infinity));
      ids.push(...events.map(({ id }) => id));
      if (next === null) return { ids, more: false };
      if (ids.length >= MOST_REPLAYED) return { ids: ids.slice(0, MOST_REPLAYED), more: true };
      cursor = { before: next };
    }
  }

  async #failedOf(eventIds: ReadonlySet<string>): Promise<string | null> {
    const query = { status: 'failed', limit: LOOKED_AT } as const;
    const { stores, clock } = this.#options;
    const { events } = await searchStores(stores(), query, patience(clock, Infinity));
    const failed = events.find(({ id }) => eventIds.has(id));
    return failed === undefined ? null : `${failed.id} failed: ${failed.reason ?? 'no reason'}`;
  }
}

/** The finished ones of the statuses that a filter names. Throws `bad-config` where it names none. */
export function finishedOf(filter: EventFilter): readonly (typeof FINAL_STATUSES)[number][] {
  const named = statusesOf(filter);
  const finished = FINAL_STATUSES.filter((status) => named.length === 0 || named.includes(status));
  if (finished.length > 0) return finished;
  throw new WebhookError(
    'bad-config',
    `Only finished events are meant here: \`status\` must name one of ${FINAL_STATUSES.join(', ')}.`,
  );
}
