import type { EventQuery } from '../events/event-query';
import type {
  EventStore,
  JobQuery,
  RejectionQuery,
  SecretMatches,
  StoreStats,
} from '../events/event-store';
import { COUNTED, COUNTED_MINUTES, type EndpointActivity } from '../events/minute-counts';
import { EVENT_STATUSES } from '../events/states';
import type { Clock } from '../shared/clock';
import { attemptDto, bodyDto, eventDto, jobDto, rejectionDto } from './dto';
import type {
  ActivityDto,
  EventDetailDto,
  EventDto,
  EventPageDto,
  JobPageDto,
  RejectionPageDto,
} from './dto';
import { newestOf } from './newest';
import { findEvent, patience, searchStores } from './search';

export interface HistoryOptions {
  /** The stores in use. */
  readonly stores: () => readonly EventStore[];
  /** Whether a retry node with this id runs. */
  readonly hasRetryNode: (nodeId: string) => boolean;
  readonly clock: Clock;
}

/** A page is given back as it is after this long: whoever asked goes on by its cursor. */
const LONGEST_SEARCH_MS = 1000;

/** Looks into the histories. What it returns is meant for a browser. */
export class HistoryService {
  readonly #options: HistoryOptions;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Newest first, of all stores. */
  async list(query: EventQuery): Promise<EventPageDto> {
    const mayGoOn = patience(this.#options.clock, LONGEST_SEARCH_MS);
    const { events, next } = await searchStores(this.#stores(), query, mayGoOn);
    return { events: events.map(eventDto), next };
  }

  /** One event with its request, body, attempts and jobs. Rejects with `not-found`. */
  async get(eventId: string): Promise<EventDetailDto> {
    const { event, attempts, jobs } = await findEvent(this.#stores(), eventId);
    const { method, path } = event.request;
    return {
      ...eventDto({ ...event, method, path, bodyBytes: event.body.byteLength }),
      request: event.request,
      ...bodyDto(event.body),
      attempts: attempts.map(attemptDto),
      jobs: jobs.map((job) => jobDto(job, this.#options.hasRetryNode(job.nodeId))),
    };
  }

  /** Those of these events that there are. */
  async summaries(eventIds: readonly string[]): Promise<EventDto[]> {
    const found = await Promise.all(this.#stores().map((store) => store.summaries(eventIds)));
    return found.flat().map(eventDto);
  }

  /** The last hour, minute by minute, of all stores together. */
  async activity(): Promise<ActivityDto> {
    const nowMs = this.#options.clock.now();
    const found = await Promise.all(this.#stores().map((store) => store.activity(nowMs)));
    const byEndpoint = new Map<string, EndpointActivity>();
    for (const one of found.flat()) {
      const known = byEndpoint.get(one.endpoint);
      byEndpoint.set(one.endpoint, known === undefined ? one : together(known, one));
    }
    const until = new Date((Math.floor(nowMs / 60_000) + 1) * 60_000).toISOString();
    return { minutes: COUNTED_MINUTES, until, endpoints: [...byEndpoint.values()] };
  }

  /** Newest first, of all stores. */
  async jobs(query: JobQuery): Promise<JobPageDto> {
    const found = await Promise.all(this.#stores().map((store) => store.jobs(query)));
    const { items, next } = newestOf(found, query.limit);
    const { hasRetryNode } = this.#options;
    return { jobs: items.map((job) => jobDto(job, hasRetryNode(job.nodeId))), next };
  }

  /** Newest first, of all stores. */
  async rejections(query: RejectionQuery): Promise<RejectionPageDto> {
    const found = await Promise.all(this.#stores().map((store) => store.rejections(query)));
    const { items, next } = newestOf(found, query.limit);
    return { rejections: items.map(rejectionDto), next };
  }

  /** When secrets last matched. A history that can't be asked now says nothing. */
  async secretMatches(): Promise<SecretMatches[]> {
    const each = await Promise.allSettled(this.#stores().map((store) => store.secretMatches()));
    return each.flatMap((told) => (told.status === 'fulfilled' ? told.value : []));
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

  #stores(): readonly EventStore[] {
    return this.#options.stores();
  }
}

function together(a: EndpointActivity, b: EndpointActivity): EndpointActivity {
  const sums = COUNTED.map((kind) => [kind, a[kind].map((n, at) => n + (b[kind][at] ?? 0))]);
  return { ...a, ...(Object.fromEntries(sums) as Omit<EndpointActivity, 'endpoint'>) };
}
