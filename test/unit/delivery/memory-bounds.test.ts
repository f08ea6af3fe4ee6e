import assert from 'node:assert/strict';
import test from 'node:test';
import type { ClaimRequest } from '../../../src/events/event-store';
import { waitUntil } from '../../support/wait-until';
import { deliveryBench, newEvent } from './delivery-bench';

const noDedup = { dedup: null, parsed: null };
const MB = 1024 * 1024;

test('large events are read a few at a time, and all arrive in order', async (t) => {
  const { dispatcher, flow, store } = await deliveryBench(t, { concurrency: 1000 });
  const body = Buffer.from(JSON.stringify('x'.repeat(3 * MB)));
  const events = Array.from({ length: 12 }, () => newEvent({ body }));
  dispatcher.close();
  for (const event of events) await dispatcher.accept(event, noDedup);
  const claims: { bytes: number; more: boolean }[] = [];
  const counted = Object.assign(Object.create(store) as typeof store, {
    async claim(request: ClaimRequest) {
      const claim = await store.claim(request);
      const bytes = claim.events.reduce((sum, event) => sum + event.body.length, 0);
      claims.push({ bytes, more: claim.more });
      return claim;
    },
    endAttempt: store.endAttempt.bind(store),
  });
  dispatcher.configure({ ...dispatcher.settings, store: counted });
  dispatcher.open();
  await waitUntil('all are in the flow', () => flow.arrived.length === events.length);
  assert.deepEqual(
    flow.arrived.map((msg) => (msg['webhook'] as { id: string }).id),
    events.map(({ id }) => id),
  );
  assert.ok(claims.length >= 3, `${claims.length} claims`);
  for (const { bytes } of claims) assert.ok(bytes <= 16 * MB, `${bytes} bytes at once`);
});

test('a quick flow gets few large events ahead of a free place', async (t) => {
  const { dispatcher, flow, store } = await deliveryBench(t, { concurrency: 1, quietMs: 0 });
  const small = async (): Promise<void> => {
    const before = flow.arrived.length;
    await dispatcher.accept(newEvent(), noDedup);
    await waitUntil('in the flow', () => flow.arrived.length === before + 1);
    flow.finish();
  };
  for (let n = 0; n < 25; n++) await small();
  await waitUntil('nothing is in the flow', async () => {
    return (await store.stats()).byStatus.processing === 0;
  });
  const body = Buffer.from(JSON.stringify('x'.repeat(4 * MB)));
  const events = Array.from({ length: 12 }, () => newEvent({ body }));
  await Promise.all(events.map((event) => dispatcher.accept(event, noDedup)));
  await waitUntil('one is in the flow', () => flow.working.length === 1);
  const { pending, processing } = (await store.stats()).byStatus;
  assert.ok(processing <= 6, `${processing} are in memory`);
  assert.equal(pending + processing, events.length);
  await waitUntil('all went through', () => {
    while (flow.working.length > 0) flow.finish();
    return flow.arrived.length === events.length + 25;
  });
  assert.deepEqual(
    flow.arrived.slice(25).map((msg) => (msg['webhook'] as { id: string }).id),
    events.map(({ id }) => id),
  );
});
