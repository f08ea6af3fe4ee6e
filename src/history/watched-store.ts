import type { EventStore } from '../events/event-store';
import type { ChangeFeed } from './change-feed';

/** Measures how long events take until they are on disk. */
export interface WriteTimer {
  /** A clock that nobody sets. Milliseconds. */
  readonly elapsedMs: () => number;
  readonly written: (ms: number) => void;
}

/** A store of which a feed is told whatever changes in it, once it is written. */
export function watchedStore(store: EventStore, feed: ChangeFeed, timer: WriteTimer): EventStore {
  return {
    ...ofEvents(store, feed, timer),
    ...ofJobs(store, feed),
    ...ofRejections(store, feed),
    peers: store.peers,
    recover: (nowMs) => store.recover(nowMs),
    list: (query) => store.list(query),
    get: (id) => store.get(id),
    summaries: (ids) => store.summaries(ids),
    activity: (nowMs) => store.activity(nowMs),
    jobs: (query) => store.jobs(query),
    pendingRoutes: () => store.pendingRoutes(),
    stats: () => store.stats(),
    measures: () => store.measures(),
    waiting: (at) => store.waiting(at),
    secretMatches: () => store.secretMatches(),
    forgetSecretMatches: (endpoint) => store.forgetSecretMatches(endpoint),
    saveSync: (saving) => store.saveSync(saving),
    recallSync: (key, digests) => store.recallSync(key, digests),
    setRetention: (limits) => store.setRetention(limits),
    close: () => store.close(),
  };
}

type EventCall =
  | ('accept' | 'claim' | 'endAttempt' | 'interrupt' | 'addToTrail')
  | ('requeue' | 'remove' | 'discard');

function ofEvents(
  store: EventStore,
  feed: ChangeFeed,
  timer: WriteTimer,
): Pick<EventStore, EventCall> {
  const changed = async <T>(eventId: string, call: Promise<T>): Promise<T> => {
    const result = await call;
    feed.event(eventId);
    return result;
  };
  return {
    async accept(event, options) {
      const startedAtMs = timer.elapsedMs();
      const accepted = await store.accept(event, options);
      timer.written(timer.elapsedMs() - startedAtMs);
      feed.event(accepted.kind === 'stored' ? event.id : accepted.eventId);
      return accepted;
    },
    async claim(request) {
      const claim = await store.claim(request);
      for (const { id } of claim.events) feed.event(id);
      return claim;
    },
    endAttempt: (end) => changed(end.eventId, store.endAttempt(end)),
    interrupt: (id, attempt) => changed(id, store.interrupt(id, attempt)),
    addToTrail: (addition) => changed(addition.eventId, store.addToTrail(addition)),
    requeue: (id) => changed(id, store.requeue(id)),
    discard: (id, reason) => changed(id, store.discard(id, reason)),
    async remove(ids) {
      const removed = await store.remove(ids);
      for (const id of ids) feed.event(id);
      return removed;
    },
  };
}

type JobCall = 'park' | 'claimJobs' | 'settleJob' | 'cancelJob' | 'hastenJob';

function ofJobs(store: EventStore, feed: ChangeFeed): Pick<EventStore, JobCall> {
  /** The events of jobs that run here: the end of a job does not name its event. */
  const eventOf = new Map<string, string>();
  return {
    async park(parked) {
      await store.park(parked);
      feed.jobs();
      if (parked.job.eventId !== null) feed.event(parked.job.eventId);
    },
    async claimJobs(request) {
      const claim = await store.claimJobs(request);
      if (claim.jobs.length > 0) feed.jobs();
      for (const { id, eventId } of claim.jobs) if (eventId !== null) eventOf.set(id, eventId);
      return claim;
    },
    async settleJob(settlement) {
      const status = await store.settleJob(settlement);
      const eventId = eventOf.get(settlement.jobId);
      eventOf.delete(settlement.jobId);
      feed.jobs();
      if (eventId !== undefined) feed.event(eventId);
      return status;
    },
    async cancelJob(id) {
      const status = await store.cancelJob(id);
      feed.jobs();
      return status;
    },
    async hastenJob(id, nodeId) {
      await store.hastenJob(id, nodeId);
      feed.jobs();
    },
  };
}

function ofRejections(
  store: EventStore,
  feed: ChangeFeed,
): Pick<EventStore, 'reject' | 'rejections'> {
  return {
    async reject(rejection) {
      await store.reject(rejection);
      feed.rejections();
    },
    rejections: (query) => store.rejections(query),
  };
}
