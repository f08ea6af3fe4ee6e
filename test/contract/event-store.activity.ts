import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EndpointActivity } from '../../src/events/minute-counts';
import { newId } from '../../src/shared/ids';
import type { StoreContext } from './event-store.context';
import { aFailure, anAttempt } from './event-store.fixtures';

const MINUTE = 60_000;

export function describeActivity(on: StoreContext): void {
  describe('activity', () => {
    const sums = ({ endpoint, received, failed, rejected }: EndpointActivity) => {
      const sum = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0);
      return [endpoint, sum(received), sum(failed), sum(rejected)];
    };
    const reject = (atMs: number): Promise<void> =>
      on.store.reject({
        ...{ id: newId(), atMs, endpoint: '/hooks/b', status: 401, cause: 'invalid-signature' },
        ...{ detail: 'Invalid signature', method: 'POST', path: '/hooks/b', ip: '127.0.0.1' },
        ...{ headers: {}, bodyBytes: 0 },
      });

    test('what came, failed and was refused, by endpoint and minute', async () => {
      // When something fails, it is counted by the clock of the store, which stands at 1,000.
      const nowMs = 1_000;
      const failing = await on.accepted({ receivedAtMs: nowMs - 2 * MINUTE });
      const fine = await on.accepted({ receivedAtMs: nowMs });
      const end = { attempt: anAttempt(), reason: null } as const;
      await on.store.endAttempt({ ...end, eventId: fine, outcome: 'success' });
      await on.store.endAttempt({
        ...{ eventId: failing, outcome: 'failed', reason: 'HTTP 500', attempt: aFailure() },
      });
      await reject(nowMs);
      await reject(nowMs);
      const found = await on.store.activity(nowMs);
      assert.deepEqual(found.map(sums), [
        ['/hooks/a', 2, 1, 0],
        ['/hooks/b', 0, 0, 2],
      ]);
      assert.deepEqual(
        found.map(({ received }) => received.length),
        [60, 60],
      );
      assert.deepEqual(await on.store.activity(nowMs + 61 * MINUTE), [], 'it is an hour at most');
    });

    test('summaries of events by their ids', async () => {
      const [first, second] = [await on.accepted(), await on.accepted({ eventType: 'ping' })];
      const found = await on.store.summaries([second, newId(), first]);
      assert.deepEqual(
        found.map(({ id, eventType, status }) => [id, eventType, status]),
        [
          [second, 'ping', 'processing'],
          [first, 'push', 'processing'],
        ],
      );
      assert.ok(!('body' in found[0]!) && !('request' in found[0]!));
    });
  });
}
