import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { KEPT_MS, RemovedEndpoints } from '../../../src/delivery/removed-endpoints';
import type { RemovedSince } from '../../../src/delivery/removed-endpoints';
import { storeMessage } from '../../../src/events/message-bytes';
import type { EventStore } from '../../../src/events/event-store';
import type { EventStatus } from '../../../src/events/states';
import { HAND_OVER } from '../../contract/event-store.context';
import { aFailure, aJob, anAttempt, anEvent } from '../../contract/event-store.fixtures';
import { silentLogger } from '../../../src/shared/logger';
import { createFakeClock } from '../../support/fake-clock';
import { waitUntil } from '../../support/wait-until';
import { onPostgres, type Cluster } from '../events/postgres-harness';
import { openInstance, type Instance, type InstanceOptions } from './instance-bench';

let cluster: Cluster;
let instances: Instance[];
afterEach(() => {
  for (const { dispatcher, runner } of instances) {
    dispatcher.close();
    runner.close();
  }
});
onPostgres((on) => {
  ({ cluster } = on);
  instances = [];
});

const OPTIONS = { dedup: null, parsed: null } as const;
/** Its heartbeats come each 200 ms. */
const SHORT_LEASE = { leaseMs: 1000 };

async function open(count: number, options: InstanceOptions): Promise<Instance[]> {
  for (let n = 0; n < count; n++) instances.push(await openInstance(cluster, options));
  return instances;
}

/** Events in the order in which they are stored, each at the next instance. */
async function accepted(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const event = anEvent();
    await instances[n % instances.length]!.dispatcher.accept(event, OPTIONS);
    ids.push(event.id);
  }
  return ids;
}

/** Ends what works in the flows until so many have arrived there; how many worked at once. */
async function most(flow: 'flow' | 'retried', count: number): Promise<number> {
  const flows = instances.map((each) => each[flow]);
  const sum = (of: 'working' | 'arrived') => flows.reduce((n, each) => n + each[of].length, 0);
  let highest = 0;
  for (let ended = 0; ended < count;) {
    await waitUntil('something works', () => sum('working') > 0);
    highest = Math.max(highest, sum('working'));
    for (const each of flows.filter(({ working }) => working.length > 0)) {
      each.finish();
      ended++;
    }
  }
  assert.equal(sum('arrived'), count);
  return highest;
}

const working = (): number => instances.reduce((sum, { flow }) => sum + flow.working.length, 0);
const delivered = (): string[] => instances.flatMap((each) => each.delivered());
const idOf = (msg: unknown): string => (msg as { webhook: { id: string } }).webhook.id;

async function allEnded(count: number, status: EventStatus = 'success'): Promise<void> {
  const { store } = instances.at(-1)!;
  await waitUntil('all are final', async () => (await store.stats()).byStatus[status] === count);
}

describe('a bound of the whole cluster', () => {
  test('holds while three instances receive and deliver; all of it is delivered once', async () => {
    await open(3, { concurrency: 3, clusterWide: true });
    const ids = await accepted(30);
    assert.equal(await most('flow', ids.length), 3);
    assert.deepEqual(delivered().sort(), [...ids].sort());
    await allEnded(ids.length);
  });

  test('the places of an instance that died are free when its lease ends', async () => {
    const places = { concurrency: 2, clusterWide: true };
    const [dead] = await open(1, { ...places, silent: true });
    const ids = await accepted(3);
    await waitUntil('two are in its flow', () => dead!.flow.working.length === 2);
    instances.push(await openInstance(cluster, { ...places, ...SHORT_LEASE }));
    const other = instances[1]!;
    dead!.dispatcher.close();
    assert.deepEqual(other.delivered(), []);
    await cluster.endOldestLease();
    await waitUntil('they are taken over', () => other.flow.working.length === 2);
    assert.deepEqual(other.delivered(), ids.slice(0, 2));
    dead!.flow.finish();
    for (let n = 0; n < 3; n++) {
      await waitUntil('it is in the flow', () => other.flow.working.length > 0);
      other.flow.finish();
    }
    await allEnded(3);
    assert.deepEqual(other.delivered(), ids);
  });

  test('a place that is free is taken again at once, by whoever made it free', async () => {
    const [own] = await open(1, { concurrency: 2, clusterWide: true });
    const other = await cluster.open();
    own!.dispatcher.close();
    const ids = await accepted(3);
    const request = { endpoint: '/hooks/a', methods: ['POST'], maxBytes: 1e6, ordered: false };
    await other.claim({ ...request, limit: 1 });
    own!.dispatcher.open();
    await waitUntil('the other place is taken', () => own!.flow.working.length === 1);
    // It has asked for the third one in vain.
    await own!.store.stats();
    own!.flow.finish();
    await waitUntil('the third one', () => own!.delivered().length === 2, 3000);
    assert.deepEqual(own!.delivered(), ids.slice(1));
  });

  test('bounds the retries of a node, too', async () => {
    await open(2, { concurrency: 2, clusterWide: true });
    for (let n = 0; n < 10; n++) {
      const job = aJob({ dueAtMs: Date.now(), message: storeMessage({ payload: n }) });
      await instances[n % 2]!.store.park({ job, attempt: aFailure({ kind: 'retry' }) });
    }
    for (const { runner } of instances) runner.wake();
    assert.equal(await most('retried', 10), 2);
  });
});

describe('where the order counts', () => {
  test('instances go on with what others received, one event after the other', async () => {
    await open(3, { ordered: true });
    const ids = await accepted(12);
    const order: string[] = [];
    while (order.length < ids.length) {
      await waitUntil('the next one is in a flow', () => working() > 0);
      assert.equal(working(), 1);
      const holder = instances.find((each) => each.flow.working.length > 0)!;
      order.push(idOf(holder.flow.working[0]));
      for (const { dispatcher } of instances) dispatcher.open();
      // Another one has the next.
      holder.dispatcher.close();
      holder.flow.finish();
    }
    assert.deepEqual(order, ids);
    await allEnded(ids.length);
  });

  test('one that dies midway: its event comes again before the next one', async () => {
    const [dead] = await open(1, { ordered: true, silent: true });
    const ids = await accepted(3);
    await waitUntil('the first is in its flow', () => dead!.flow.working.length === 1);
    instances.push(await openInstance(cluster, { ordered: true, ...SHORT_LEASE }));
    const other = instances[1]!;
    dead!.dispatcher.close();
    await cluster.endOldestLease();
    for (let n = 0; n < 3; n++) {
      await waitUntil('the next one is in the flow', () => other.flow.working.length > 0);
      // It wakes up, and what it says comes too late.
      if (n === 0) dead!.flow.finish(new Error('late'));
      other.flow.finish();
    }
    assert.deepEqual(other.delivered(), ids);
    await allEnded(3);
    const { event, attempts } = (await other.store.get(ids[0]!))!;
    assert.deepEqual([event.attempt, event.redelivered], [2, true]);
    assert.ok(attempts.some(({ outcome }) => outcome === 'crashed'));
  });

  test('an event that is retried holds up the others, wherever its retry runs', async () => {
    const [a, b] = await open(2, { ordered: true });
    const [first, second] = await accepted(2);
    await waitUntil('the first is in a flow', () => working() === 1);
    const holder = instances.find(({ flow }) => flow.working.length > 0)!;
    holder.runner.receive(holder.flow.working[0]!, (error) => holder.flow.finish(error));
    await waitUntil('its first try runs', () => holder.retried.working.length === 1);
    holder.retried.finish(new Error('down'));
    await waitUntil('its second try runs', () =>
      [a, b].some((each) => each!.retried.working.length === 1),
    );
    assert.deepEqual(delivered(), [first]);
    for (const each of [a, b]) if (each!.retried.working.length > 0) each!.retried.finish();
    await waitUntil('the second starts', () => delivered().length === 2);
    assert.deepEqual(delivered().sort(), [first, second].sort());
    instances.find(({ flow }) => flow.working.length > 0)!.flow.finish();
    await allEnded(2);
  });
});

describe('a sender that waits', () => {
  for (const options of [{ clusterWide: true, concurrency: 1 }, { ordered: true }]) {
    test(`is told by its own instance, with ${JSON.stringify(options)}`, async () => {
      const [a, b] = (await open(2, options)) as [Instance, Instance];
      const told: string[] = [];
      for (let n = 0; n < 4; n++) {
        await b.dispatcher.accept(anEvent(), OPTIONS);
        await waitUntil('one is in a flow', () => working() === 1);
        const event = anEvent();
        const onOutcome = (status: EventStatus): void => void told.push(`${event.id} ${status}`);
        const sender = { onOutcome, handle: undefined };
        await a.dispatcher.accept(event, { ...OPTIONS, sender });
        for (const { flow } of [a, b]) if (flow.working.length > 0) flow.finish();
        await waitUntil('its turn', () => a.flow.working.some((msg) => idOf(msg) === event.id));
        a.flow.finish();
        await waitUntil('told', () => told.at(-1) === `${event.id} success`);
        a.dispatcher.release(event.id);
      }
      assert.equal(told.length, 4);
    });
  }

  test('that gave up leaves its event to whoever has room', async () => {
    const [a, b] = (await open(2, { concurrency: 1 })) as [Instance, Instance];
    await a.dispatcher.accept(anEvent(), OPTIONS);
    await waitUntil('the place is taken', () => working() === 1);
    const busy = instances.find(({ flow }) => flow.working.length > 0)!;
    const idle = busy === a ? b : a;
    const event = anEvent();
    const sender = { onOutcome: () => undefined, handle: undefined };
    await busy.dispatcher.accept(event, { ...OPTIONS, sender });
    busy.dispatcher.release(event.id);
    await waitUntil('it is in the other flow', () => idle.delivered().includes(event.id));
  });
});

test('an endpoint that one instance still has is not removed', async () => {
  const [first] = await open(1, {});
  const other = await openInstance(cluster, {});
  for (const { dispatcher } of [first!, other]) dispatcher.close();
  const [id] = await accepted(1);
  const route = { endpoint: '/hooks/a', method: 'POST' };
  await other.store.peers.serve([route]);
  const saved: RemovedSince[] = [];
  const warnings: string[] = [];
  /** Each of them is another process, without a memory of its own. */
  const looks = ({ store }: Instance): Promise<void> =>
    new RemovedEndpoints({
      ...{ stores: () => [store], routes: () => [], clock: createFakeClock(Date.now()) },
      logger: { ...silentLogger, warn: (text) => void warnings.push(text) },
      memory: { load: () => ({}), save: async (since) => void saved.push(since) },
    }).look();
  const later = (ms: number) => cluster.sql(`UPDATE missed_routes SET since = since - ${ms}`);
  const status = async () => (await first!.store.get(id!))?.event.status;
  await looks(first!);
  assert.deepEqual(await cluster.sql('SELECT 1 FROM missed_routes'), []);
  await other.store.peers.serve([]);
  await looks(first!);
  await looks(other);
  assert.equal(warnings.length, 1, 'that nobody has it is said once');
  assert.match(warnings[0]!, /^1 events wait for POST \/hooks\/a/);
  await later(KEPT_MS - 60_000);
  await looks(other);
  assert.equal(await status(), 'pending');
  await other.store.peers.serve([route]);
  await looks(first!);
  await other.store.peers.serve([]);
  await looks(first!);
  await later(KEPT_MS - 60_000);
  await looks(other);
  assert.equal(await status(), 'pending', 'it was back meanwhile: the time counts anew');
  await later(60_000);
  await looks(other);
  assert.equal(await status(), 'failed', 'by one that had not missed it first');
  assert.deepEqual(saved, [], 'nothing of it is kept beside the store');
});

describe('a retry that kills one instance after the other', () => {
  const noBeats = () => ({ now: () => Date.now(), after: () => ({ cancel: () => undefined }) });
  const claimFrom = async (store: EventStore, alone: boolean) =>
    (await store.claimJobs({ nodeId: 'retry1', nowMs: 5e12, limit: 5, alone })).jobs;

  for (const state of ['waiting', 'exhausting'] as const) {
    test(`is given up after three, whichever they were (${state})`, async () => {
      const event = anEvent();
      let store = await cluster.open({ clock: noBeats() });
      await store.accept(event, HAND_OVER);
      const job = aJob({ eventId: event.id, state });
      await store.park({ job, attempt: aFailure({ kind: 'retry' }) });
      await store.endAttempt({
        eventId: event.id,
        attempt: aFailure(),
        outcome: 'failed',
        reason: null,
      });
      const reports: number[][] = [];
      for (let death = 1; death <= 3; death++) {
        const claimed = await claimFrom(store, death === 3);
        assert.deepEqual(
          claimed.map(({ id }) => id),
          [job.id],
        );
        await cluster.endLeases();
        store = await cluster.open({ clock: noBeats() });
        const { jobs, poisoned } = await store.recover(Date.now());
        reports.push([jobs, poisoned]);
      }
      assert.deepEqual(reports, [
        [1, 0],
        [1, 0],
        [0, 1],
      ]);
      const { event: after, jobs } = (await store.get(event.id))!;
      assert.deepEqual(
        [after.status, after.reason, jobs.map((one) => [one.state, one.reason])],
        ['failed', 'crashed the runtime', [['exhausted', 'crashed']]],
      );
      assert.deepEqual(await claimFrom(store, true), []);
    });
  }

  test('one that ended in between begins to count anew', async () => {
    const job = aJob();
    let store = await cluster.open({ clock: noBeats() });
    await store.park({ job, attempt: aFailure({ kind: 'retry' }) });
    const dies = async (alone: boolean): Promise<void> => {
      assert.equal((await claimFrom(store, alone)).length, 1);
      await cluster.endLeases();
      store = await cluster.open({ clock: noBeats() });
      assert.equal((await store.recover(Date.now())).poisoned, 0);
    };
    await dies(false);
    await dies(false);
    const [running] = await claimFrom(store, true);
    const attempt = anAttempt({ kind: 'retry', number: running!.attempts });
    await store.settleJob({ jobId: job.id, attempt, state: 'waiting', dueAtMs: 5_000 });
    await dies(false);
    await dies(false);
    assert.equal((await store.jobs({ id: job.id, limit: 1 }))[0]!.state, 'waiting');
  });
});
