import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import type { EventStore } from '../../../src/events/event-store';
import { silentLogger } from '../../../src/shared/logger';
import { waitUntil } from '../../support/wait-until';
import { aFailure, anAttempt, anEvent } from '../../contract/event-store.fixtures';
import { Histories, KEEP_ALL, SetClock } from './sqlite-harness';

const HAND_OVER = { handOver: true, dedup: null } as const;
const LATER = { handOver: false, dedup: null } as const;
const KB = 1024;

let histories: Histories;
beforeEach(() => {
  histories = new Histories();
});
afterEach(() => histories.end());

/** An event with an incompressible body, ended. */
async function finished(
  store: EventStore,
  outcome: 'success' | 'failed' = 'success',
  bytes = 10,
): Promise<string> {
  const event = anEvent({ body: randomBytes(bytes) });
  await store.accept(event, HAND_OVER);
  const attempt = outcome === 'failed' ? aFailure() : anAttempt();
  await store.endAttempt({ eventId: event.id, attempt, outcome, reason: null });
  return event.id;
}

/** Writes that make the retention work, as traffic does. */
async function traffic(store: EventStore, writes: number): Promise<void> {
  for (let n = 0; n < writes; n++) await finished(store);
}

test('a lower number of events takes effect while the store is open', async () => {
  const store = await histories.open({ retention: KEEP_ALL });
  for (let n = 0; n < 30; n++) await finished(store);
  assert.equal((await store.stats()).byStatus.success, 30);
  await store.setRetention({ maxEvents: 5, maxAgeMs: null, maxBytes: null });
  await traffic(store, 2);
  assert.equal((await store.stats()).byStatus.success, 5);
});

test('so does an age, and the end of it', async () => {
  const clock = new SetClock();
  const store = await histories.open({ clock, retention: KEEP_ALL });
  const old = await finished(store);
  clock.nowMs += 10_001;
  await store.setRetention({ ...KEEP_ALL, maxAgeMs: 10_000, maxBytes: null });
  await traffic(store, 1);
  assert.equal(await store.get(old), undefined);
  await store.setRetention({ ...KEEP_ALL, maxBytes: null });
  const kept = await finished(store);
  clock.nowMs += 1_000_000;
  await traffic(store, 2);
  assert.ok(await store.get(kept));
});

test('so does a size: a bound that is lifted makes room for what was refused', async () => {
  const store = await histories.open({ retention: { ...KEEP_ALL, maxBytes: 300 * KB } });
  const refused = async (): Promise<boolean> => {
    for (let n = 0; n < 20; n++) {
      try {
        await store.accept(anEvent({ body: randomBytes(50 * KB) }), LATER);
      } catch {
        return true;
      }
    }
    return false;
  };
  assert.equal(await refused(), true);
  await store.setRetention({ ...KEEP_ALL, maxBytes: null });
  assert.equal(await refused(), false);
  await store.setRetention({ ...KEEP_ALL, maxBytes: 300 * KB });
  assert.equal(await refused(), true, 'a file that is larger already grows no more');
});

test('a new thread of the store keeps the limits that were set last', async () => {
  let restarted = false;
  const store = await histories.open({
    retention: KEEP_ALL,
    onRestart: () => (restarted = true),
  });
  await store.setRetention({ maxEvents: 2, maxAgeMs: null, maxBytes: null });
  void histories.workers[0]!.terminate();
  await waitUntil('a new thread', () => restarted);
  await traffic(store, 6);
  assert.ok((await store.stats()).byStatus.success <= 3);
});

test('a history of a bounded size drops its oldest events and goes on, whatever arrives', async () => {
  const maxBytes = 1_000 * KB;
  const store = await histories.open({ retention: { ...KEEP_ALL, maxBytes } });
  const waiting = anEvent();
  await store.accept(waiting, LATER);
  const ids: string[] = [];
  for (let n = 0; n < 60; n++) ids.push(await finished(store, 'success', 40 * KB));
  assert.equal(await store.get(ids[0]!), undefined, 'the oldest is gone');
  assert.ok(await store.get(ids.at(-1)!), 'the newest is kept');
  assert.ok(await store.get(waiting.id), 'an unfinished one is never evicted');
  assert.ok(statSync(histories.path()).size <= maxBytes * 1.1 + 8 * KB);
});

test('failed events go when nothing else is left to go: counted, logged, after all others', async () => {
  const warnings: string[] = [];
  const clock = new SetClock();
  clock.nowMs = 1_000_000;
  const store = await histories.open({
    clock,
    retention: { ...KEEP_ALL, maxBytes: 1_000 * KB },
    logger: { ...silentLogger, warn: (text) => void warnings.push(text) },
  });
  const succeeded = await finished(store, 'success', 40 * KB);
  const failed: string[] = [];
  for (let n = 0; n < 60; n++) {
    failed.push(await finished(store, 'failed', 40 * KB));
    if (n === 20) {
      assert.equal(await store.get(succeeded), undefined, 'first what succeeded');
    }
    if (n === 10) assert.ok(await store.get(failed[0]!), 'within the bound');
  }
  assert.equal(await store.get(failed[0]!), undefined, 'then the oldest failed ones');
  assert.ok(await store.get(failed.at(-1)!));
  const { byStatus } = await store.stats();
  await waitUntil('the evictions are logged', () => warnings.length > 0);
  assert.match(warnings[0]!, /failed events were removed/);
  assert.ok(byStatus.failed < 30);
});

test('the space of evicted events goes back to the file system', async () => {
  const store = await histories.open({ retention: KEEP_ALL });
  for (let n = 0; n < 6; n++) {
    await Promise.all(Array.from({ length: 10 }, () => finished(store, 'success', 100 * KB)));
  }
  const { bytes: full } = await store.stats();
  await store.setRetention({ maxEvents: 1, maxAgeMs: null, maxBytes: null });
  await waitUntil(
    'the file is a third of what it was',
    () => statSync(histories.path()).size < full / 3,
    20_000,
  );
});

test('no flood of refused requests pushes out an event', async () => {
  const store = await histories.open({ retention: { ...KEEP_ALL, maxBytes: 10 * 1024 * KB } });
  const ids: string[] = [];
  for (let n = 0; n < 20; n++) ids.push(await finished(store, 'success', 300 * KB));
  const rejection = {
    atMs: 1,
    endpoint: `/${'e'.repeat(500)}`,
    status: 401,
    cause: 'invalid-signature',
    detail: 'd'.repeat(500),
    method: 'POST',
    path: 'p'.repeat(512),
    ip: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    headers: { 'user-agent': 'u'.repeat(200) },
    bodyBytes: 5_000,
  };
  for (let batch = 0; batch < 10; batch++) {
    await Promise.all(
      Array.from({ length: 500 }, (_, n) => store.reject({ ...rejection, id: `${batch}-${n}` })),
    );
  }
  assert.equal((await store.stats()).rejections, 1000);
  for (const id of ids) assert.ok(await store.get(id), 'all events are still there');
});

test('the keys of duplicates take half of a bounded size at most: then the oldest go, and the log says so', async () => {
  const warnings: string[] = [];
  const clock = new SetClock();
  clock.nowMs = 1_000_000;
  const store = await histories.open({
    clock,
    retention: { maxEvents: 50, maxAgeMs: null, maxBytes: 2_000 * KB },
    logger: { ...silentLogger, warn: (text) => void warnings.push(text) },
  });
  const dedup = (key: string) => ({ key, windowMs: 1_000_000_000 });
  const send = async (key: string): Promise<string> => {
    const event = anEvent({ receivedAtMs: clock.nowMs });
    const { kind } = await store.accept(event, { handOver: true, dedup: dedup(key) });
    if (kind !== 'stored') return kind;
    const end = { eventId: event.id, attempt: anAttempt(), reason: null } as const;
    await store.endAttempt({ ...end, outcome: 'success' });
    return kind;
  };
  for (let from = 0; from < 30_000; from += 500) {
    const keys = Array.from({ length: 500 }, (_, n) => `delivery-${from + n}`);
    const kinds = new Set(await Promise.all(keys.map((key) => send(key))));
    assert.deepEqual([...kinds], ['stored']);
  }
  assert.equal(await send('delivery-29999'), 'duplicate', 'the newest are remembered');
  assert.equal(await send('delivery-0'), 'stored', 'the oldest are not');
  assert.ok(statSync(histories.path()).size <= 2_000 * KB * 1.1 + 8 * KB);
  await waitUntil('the log says so', () => warnings.length > 0);
  assert.match(warnings[0]!, /duplicates/);
});
