import type { Claim, ClaimRequest, EventStore, JobClaim } from '../../src/events/event-store';
import type { NewEvent, StoredEvent } from '../../src/events/event';
import { WebhookError } from '../../src/shared/errors';
import { aFailure, aJob, anEvent } from './event-store.fixtures';
import type { ParkedJob } from './event-store.fixtures';

export interface StoreHarness {
  readonly store: EventStore;
  /** What a killed process and its successor do: the same data, another store, `recover` not yet called. */
  crash(): Promise<EventStore>;
  end(): Promise<void>;
}

export const DAY = 86_400_000;
export const HAND_OVER = { handOver: true, dedup: null } as const;
export const LATER = { handOver: false, dedup: null } as const;
export const withKey = (key: string, handOver = false) => ({
  handOver,
  dedup: { key, windowMs: DAY },
});

export function refusedAs(code: string): (error: unknown) => boolean {
  return (error) => error instanceof WebhookError && error.code === code;
}

/** The store of the running test, and the steps that many tests take with it. */
export class StoreContext {
  #harness: StoreHarness | null = null;
  #store: EventStore | null = null;

  async begin(makeHarness: () => Promise<StoreHarness>): Promise<void> {
    this.#harness = await makeHarness();
    this.#store = this.#harness.store;
  }

  async end(): Promise<void> {
    await this.#harness?.end();
  }

  get store(): EventStore {
    return this.#store!;
  }

  async crash(): Promise<void> {
    this.#store = await this.#harness!.crash();
  }

  async accepted(change: Partial<NewEvent> = {}): Promise<string> {
    const event = anEvent(change);
    await this.store.accept(event, HAND_OVER);
    return event.id;
  }

  async parked(eventId: string | null, change: Partial<ParkedJob> = {}): Promise<string> {
    const job = aJob({ eventId, ...change });
    await this.store.park({ job, attempt: aFailure({ kind: 'retry' }) });
    return job.id;
  }

  async statusOf(id: string): Promise<string | undefined> {
    return (await this.store.get(id))?.event.status;
  }

  async claim(limit = 10, endpoint = '/hooks/a'): Promise<readonly StoredEvent[]> {
    return (await this.claimOf({ limit, endpoint })).events;
  }

  /** The next event, whatever the suspicion under which it stands. */
  async claimSuspect(): Promise<StoredEvent | undefined> {
    const { events, next } = await this.claimOf({ limit: 1 });
    if (next !== 'alone') return events[0];
    return (await this.claimOf({ limit: 1, alone: true })).events[0];
  }

  claimOf(change: Partial<ClaimRequest>): Promise<Claim> {
    const all = { limit: 10, maxBytes: 1_000_000, ordered: false } as const;
    return this.store.claim({ endpoint: '/hooks/a', methods: ['POST'], ...all, ...change });
  }

  claimJobs(nowMs = 5_000, limit = 10, alone = false): Promise<JobClaim> {
    return this.store.claimJobs({ nodeId: 'retry1', nowMs, limit, alone });
  }
}
