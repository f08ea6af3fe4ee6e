import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { HISTORY_DEFAULTS } from '../../nodes/shared/history-settings';
import { StoreRegistry } from '../../nodes/shared/runtime/store-registry';
import { interruptedRecord } from '../../src/delivery/attempt-record';
import { openSqliteStore } from '../../src/events/sqlite/open';
import { silentLogger } from '../../src/shared/logger';
import { createFakeClock } from '../support/fake-clock';
import { waitUntil } from '../support/wait-until';
import { newEvent } from '../unit/delivery/delivery-bench';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'registry-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a store that opened but could not be taken up leaves its file free for the next try', async (t) => {
  const userDir = folderOf(t);
  const history = { ...HISTORY_DEFAULTS, path: 'history.sqlite' };
  // What a process before left in the flow: taking it up is told to the log, which fails once.
  const file = join(userDir, history.path);
  const retention = { maxEvents: 10, maxAgeMs: null };
  const before = await openSqliteStore({ file, logger: silentLogger, retention });
  await before.accept(newEvent(), { handOver: true, dedup: null });
  await before.close();
  let failures = 1;
  const info = (): void => {
    if (failures-- > 0) throw new Error('once');
  };
  const clock = createFakeClock(Date.now());
  const registry = new StoreRegistry(
    userDir,
    clock,
    { ...silentLogger, info },
    () => undefined,
    () => false,
  );
  const user = {};
  const problems: (string | null)[] = [];
  const onProblem = (problem: string | null): void => void problems.push(problem);
  const store = registry.acquire(user, history, onProblem);
  t.after(() => store.close());
  await waitUntil('the first try failed', () => problems.length === 1);
  clock.advance(5000);
  await waitUntil('the second worked', () => problems.at(-1) === null, 3000);
  assert.deepEqual(problems, ['once', null]);
});

test('a store stays open while something of it is in the flow, though no node uses it any more', async (t) => {
  const userDir = folderOf(t);
  const clock = createFakeClock(Date.now());
  let inFlow = 1;
  const registry = new StoreRegistry(
    userDir,
    clock,
    silentLogger,
    () => undefined,
    () => inFlow > 0,
  );
  const user = {};
  const onProblem = (): void => undefined;
  const store = registry.acquire(user, { ...HISTORY_DEFAULTS, path: 'h.sqlite' }, onProblem);
  t.after(() => store.close());
  const event = newEvent();
  await store.accept(event, { handOver: true, dedup: null });
  registry.release(user, onProblem);
  clock.advance(10_000);
  const attempt = { ...interruptedRecord('delivery', 1, clock.now()), outcome: 'success' } as const;
  const end = { eventId: event.id, attempt, outcome: 'success', reason: null } as const;
  assert.equal(await store.endAttempt(end), 'success');
  inFlow = 0;
  clock.advance(10_000);
  await assert.rejects(store.stats(), { code: 'store-unavailable' });
});
