import type { NewEvent, Rejection, StoredEvent } from '../events/event';
import type {
  EventDetail,
  EventQuery,
  EventStore,
  JobQuery,
  StoreStats,
} from '../events/event-store';
import { EVENT_STATUSES } from '../events/states';
import type { Clock } from '../shared/clock';
import { WebhookError } from '../shared/errors';
import { newId } from '../shared/ids';
import { attemptDto, bodyDto, eventDto, jobDto } from './dto';
import type { EventDetailDto, EventDto, JobDto } from './dto';

/** Hands an event to the endpoint that serves it; false: there is none. Resolves once it is stored. */
export type Redeliver = (event: NewEvent) => Promise<boolean>;

export interface HistoryOptions {
  /** The stores in use. */
  readonly stores: () => readonly EventStore[];
  readonly redeliver: Redeliver;
  readonly clock: Clock;
}

/** Looks into the histories, and replays. What it returns is meant for a browser. */
export class HistoryService {
  readonly #options: HistoryOptions;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Newest first, of all stores. */
  async list(query: EventQuery): Promise<EventDto[]> {
    const pages = await Promise.all(this.#stores().map((store) => store.list(query)));
    return pages
      .flat()
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, query.limit)
      .map(eventDto);
  }

  /** One event with its request, body, attempts and jobs. Rejects with `not-found`. */
  async get(eventId: string): Promise<EventDetailDto> {
    const { event, attempts, jobs } = await this.#find(eventId);
    const { method, path } = event.request;
    return {
      ...eventDto({ ...event, method, path, bodyBytes: event.body.byteLength }),
      request: event.request,
      ...bodyDto(event.body),
      attempts: attempts.map(attemptDto),
      jobs: jobs.map(jobDto),
    };
  }

  /**
   * Delivers a stored event again, as it was stored: a new event that is linked to the first. Its
   * signature is not checked again. Rejects with `not-found`, or `endpoint-gone`.
   */
  async replay(eventId: string): Promise<{ readonly eventId: string }> {
    const { event } = await this.#find(eventId);
    const again = replayOf(event, this.#options.clock.now());
    if (!(await this.#options.redeliver(again))) {
      throw new WebhookError(
        'endpoint-gone',
        `No running webhook-in node serves ${event.request.method} ${event.endpoint}: ` +
          'add or enable one with this path, deploy, and replay again.',
      );
    }
    return { eventId: again.id };
  }

  async jobs(query: JobQuery): Promise<JobDto[]> {
    const found = await Promise.all(this.#stores().map((store) => store.jobs(query)));
    return found.flat().slice(0, query.limit).map(jobDto);
  }

  async rejections(query: { endpoint?: string; limit: number }): Promise<Rejection[]> {
    const found = await Promise.all(this.#stores().map((store) => store.rejections(query)));
    return found
      .flat()
      .sort((a, b) => b.atMs - a.atMs)
      .slice(0, query.limit);
  }

  async stats(): Promise<StoreStats> {
    const each = await Promise.all(this.#stores().map((store) => store.stats()));
    const sum = (of: (stats: StoreStats) => number): number =>
      each.reduce((total, stats) => total + of(stats), 0);
    const counts = EVENT_STATUSES.map(
      (status) => [status, sum((s) => s.byStatus[status])] as const,
    );
    return {
      byStatus: Object.fromEntries(counts) as StoreStats['byStatus'],
      openJobs: sum((stats) => stats.openJobs),
      rejections: sum((stats) => stats.rejections),
      bytes: sum((stats) => stats.bytes),
    };
  }

  async #find(eventId: string): Promise<EventDetail> {
    for (const store of this.#stores()) {
      const found = await store.get(eventId);
      if (found !== undefined) return found;
    }
    throw new WebhookError('not-found', `There is no event with the id ${eventId.slice(0, 40)}.`);
  }

  #stores(): readonly EventStore[] {
    return this.#options.stores();
  }
}

function replayOf(event: StoredEvent, nowMs: number): NewEvent {
  const { endpoint, name, provider, eventType, deliveryId, verification, request, body } = event;
  return {
    id: newId(nowMs),
    ...{ endpoint, name, provider, eventType, deliveryId, verification, request, body },
    receivedAtMs: nowMs,
    replayOf: event.id,
    edited: false,
    test: event.test,
  };
}
