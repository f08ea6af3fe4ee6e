import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LATER } from './event-store.context';
import type { StoreContext } from './event-store.context';
import { aFailure, anAttempt, anEvent } from './event-store.fixtures';

/** How much a claim takes, and what it says of the rest. */
export function describeClaims(on: StoreContext): void {
  async function waiting(bytes: readonly number[]): Promise<string[]> {
    const events = bytes.map((length) => anEvent({ body: Buffer.alloc(length, 'x') }));
    for (const event of events) await on.store.accept(event, LATER);
    return events.map(({ id }) => id);
  }

  async function claimed(
    change: Parameters<StoreContext['claimOf']>[0],
  ): Promise<{ ids: string[]; more: boolean }> {
    const { events, more } = await on.claimOf(change);
    return { ids: events.map(({ id }) => id), more };
  }

  describe('the bounds of a claim', () => {
    test('it says whether more is left', async () => {
      const [a, b, c] = await waiting([1, 1, 1]);
      assert.deepEqual(await claimed({ limit: 2 }), { ids: [a, b], more: true });
      assert.deepEqual(await claimed({ limit: 1 }), { ids: [c], more: false });
      assert.deepEqual(await claimed({ limit: 1 }), { ids: [], more: false });
    });

    test('it stops before its bytes are exceeded, and says so', async () => {
      const [a, b, c, d] = await waiting([400, 600, 1, 1_000]);
      assert.deepEqual(await claimed({ maxBytes: 1_000 }), { ids: [a, b], more: true });
      assert.deepEqual(await claimed({ maxBytes: 1_000 }), { ids: [c], more: true });
      assert.deepEqual(await claimed({ maxBytes: 1_000 }), { ids: [d], more: false });
    });

    test('it takes at least one, whatever its size', async () => {
      const [a, b] = await waiting([5_000, 5_000]);
      assert.deepEqual(await claimed({ maxBytes: 10 }), { ids: [a], more: true });
      assert.deepEqual(await claimed({ maxBytes: 0 }), { ids: [b], more: false });
    });
  });

  describe('an ordered claim', () => {
    const ordered = { ordered: true, limit: 1 } as const;

    test('takes nothing while an earlier event is in the flow', async () => {
      const [a, b] = await waiting([1, 1]);
      assert.deepEqual(await claimed(ordered), { ids: [a], more: true });
      assert.deepEqual(await claimed(ordered), { ids: [], more: true });
      const end = { eventId: a!, attempt: aFailure(), reason: 'no' } as const;
      await on.store.endAttempt({ ...end, outcome: 'failed' });
      assert.deepEqual(await claimed(ordered), { ids: [b], more: false });
    });

    test('takes nothing while a message of an earlier event waits for its retry', async () => {
      const [a, b] = await waiting([1, 1]);
      await claimed(ordered);
      const jobId = await on.parked(a!);
      const end = { eventId: a!, attempt: anAttempt(), reason: null } as const;
      assert.equal(await on.store.endAttempt({ ...end, outcome: 'success' }), 'retrying');
      assert.deepEqual(await claimed(ordered), { ids: [], more: true });
      await on.claimJobs();
      assert.deepEqual(await claimed(ordered), { ids: [], more: true });
      const attempt = anAttempt({ kind: 'retry', number: 2 });
      await on.store.settleJob({ jobId, attempt, state: 'done' });
      assert.deepEqual(await claimed(ordered), { ids: [b], more: false });
    });

    test('takes an interrupted event again before the next one', async () => {
      const [a] = await waiting([1, 1]);
      await claimed(ordered);
      await on.store.interrupt(a!, anAttempt({ outcome: 'interrupted' }));
      assert.deepEqual(await claimed(ordered), { ids: [a], more: true });
    });

    test('does not wait for events of another method or endpoint', async () => {
      await on.accepted({ endpoint: '/hooks/b' });
      const { request } = anEvent();
      await on.accepted({ request: { ...request, method: 'PUT' } });
      const [a] = await waiting([1]);
      assert.deepEqual(await claimed(ordered), { ids: [a], more: false });
    });
  });
}
