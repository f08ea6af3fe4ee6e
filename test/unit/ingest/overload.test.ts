import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { EventStore } from '../../../src/events/event-store';
import { openSqliteStore, type QueueLimits } from '../../../src/events/sqlite/open';
import { receive } from '../../../src/ingest/receive';
import { silentLogger } from '../../../src/shared/logger';
import { setUp, validRequest, type Setup } from './endpoint-fixture';

/** An endpoint in front of a real store whose queue is short. */
async function shortQueue(
  t: TestContext,
  limits: Partial<QueueLimits>,
): Promise<{ setup: Setup; store: EventStore }> {
  const folder = mkdtempSync(join(tmpdir(), 'overload-'));
  const store = await openSqliteStore({
    file: join(folder, 'history.sqlite'),
    logger: silentLogger,
    retention: { maxEvents: 1000, maxAgeMs: null },
    limits,
  });
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const setup = setUp({}, 1_000_000);
  setup.sink = async (event) => {
    await store.accept(event, { handOver: false, dedup: null });
    return { kind: 'received', eventId: event.id };
  };
  return { setup, store };
}

const body = JSON.stringify({ text: 'x'.repeat(900) });
const queues = [
  ['as many writes', { maxQueued: 20 }],
  ['as many bytes', { maxQueuedBytes: 20 * body.length }],
] as const;

for (const [what, limits] of queues) {
  test(`more at once than the queue takes (${what}): 503 with Retry-After, and only those are not stored`, async (t) => {
    const { setup, store } = await shortQueue(t, limits);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => receive(setup.endpoint, validRequest(body), {})),
    );
    const acknowledged = answers.filter((answer) => answer?.status === 200).length;
    const refused = answers.filter((answer) => answer?.status === 503);
    assert.equal(acknowledged, 20);
    assert.equal(refused.length, 80);
    for (const answer of refused) assert.equal(answer?.headers['retry-after'], '1');
    assert.equal((await store.stats()).byStatus.pending, acknowledged);
    assert.equal(setup.budget.takenBytes, 0);
    assert.equal((await receive(setup.endpoint, validRequest(body), {}))?.status, 200);
  });
}
