import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '../../../src/shared/ids';
import { aFailure, anEvent } from '../../contract/event-store.fixtures';
import { Histories } from './sqlite-harness';

test('a restart does not empty the counts of the last hour', async (t) => {
  const histories = new Histories();
  t.after(() => histories.end());
  const store = await histories.open();
  const nowMs = Date.now();
  const [old, failing] = [anEvent({ receivedAtMs: 1_000 }), anEvent({ receivedAtMs: nowMs })];
  await store.accept(old, { handOver: true, dedup: null });
  await store.accept(failing, { handOver: true, dedup: null });
  await store.endAttempt({
    ...{ eventId: failing.id, outcome: 'failed', reason: 'HTTP 500', attempt: aFailure() },
  });
  await store.reject({
    ...{ id: newId(), atMs: nowMs, endpoint: '/hooks/b', status: 401, cause: 'invalid-signature' },
    ...{ detail: 'Invalid signature', method: 'POST', path: '/hooks/b', ip: '127.0.0.1' },
    ...{ headers: {}, bodyBytes: 0 },
  });
  await store.close();

  const activity = await (await histories.open()).activity(Date.now());
  const sum = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0);
  assert.deepEqual(
    activity.map(({ endpoint, received, failed, rejected }) => [
      endpoint,
      ...[received, failed, rejected].map(sum),
    ]),
    [
      ['/hooks/a', 1, 1, 0],
      ['/hooks/b', 0, 0, 1],
    ],
  );
});
