import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, NodeStatus } from 'node-red';
import { WaitingStatus, type ShownWaiting } from '../../nodes/shared/runtime/waiting-status';
import type { EventStore, Waiting } from '../../src/events/event-store';
import { createFakeClock } from '../support/fake-clock';

const NOTHING: Waiting = { count: 0, oldestAtMs: null, nextDueAtMs: null };

function setUp() {
  const clock = createFakeClock(1_000_000);
  const updates: { atMs: number; text: string | undefined }[] = [];
  const fills: (string | undefined)[] = [];
  let missing: string | null = null;
  const node = {
    status: (status: NodeStatus) => {
      updates.push({ atMs: clock.now() - 1_000_000, text: status.text });
      fills.push(status.fill);
    },
  } as unknown as Node;
  const stores = [{ ...NOTHING }, { ...NOTHING }];
  let asked = 0;
  const storeOf = (i: number) =>
    ({
      waiting: () => {
        asked++;
        return stores[i] === undefined
          ? Promise.reject(new Error('closed'))
          : Promise.resolve(stores[i]);
      },
    }) as unknown as EventStore;
  const [own, other] = [storeOf(0), storeOf(1)];
  const status = new WaitingStatus(
    node,
    { nodeId: 'n' },
    {
      own,
      pool: { all: () => [own, other] },
      clock,
      text: ({ count, oldest, next, missing: node }: ShownWaiting) =>
        node === null ? `${count}, ${oldest}, ${next ?? '-'}` : `${count} wait for ${node}`,
      missing: () => Promise.resolve(missing),
    },
  );
  /** Time passes in steps, with all that was promised in between. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(50);
      await new Promise((done) => setImmediate(done));
    }
  };
  const miss = (id: string | null): void => void (missing = id);
  return { clock, updates, fills, miss, stores, status, pass, asked: () => asked };
}

test('shows what waits, the oldest and the next, of all stores; and nothing when nothing does', async () => {
  const { updates, stores, status, pass } = setUp();
  stores[0] = { count: 2, oldestAtMs: 700_000, nextDueAtMs: 1_010_250 };
  stores[1] = { count: 1, oldestAtMs: 880_000, nextDueAtMs: 1_004_250 };
  await pass(250);
  assert.deepEqual(updates, [{ atMs: 250, text: '3, 5 min, 4 s' }]);
  stores[0] = stores[1] = NOTHING;
  status.refresh();
  await pass(1000);
  assert.deepEqual(updates.at(-1), { atMs: 1250, text: undefined });
  await pass(10_000);
  assert.equal(updates.length, 2);
});

test('is updated once a second at most, however much changes', async () => {
  const { updates, stores, status, pass } = setUp();
  for (let n = 1; n <= 100; n++) {
    stores[0] = n % 7 === 0 ? NOTHING : { count: n, oldestAtMs: null, nextDueAtMs: null };
    status.refresh();
    await pass(100);
  }
  assert.ok(updates.length > 5);
  for (const [i, { atMs }] of updates.entries()) {
    if (i > 0) assert.ok(atMs - updates[i - 1]!.atMs >= 1000, JSON.stringify(updates));
  }
});

test('the times move on with the clock, without asking the store', async () => {
  const { updates, stores, pass, asked } = setUp();
  stores[0] = { count: 1, oldestAtMs: 999_000, nextDueAtMs: 1_003_000 };
  await pass(3_300);
  assert.deepEqual(
    updates.map(({ text }) => text),
    ['1, 1 s, 3 s', '1, 2 s, 2 s', '1, 3 s, 1 s', '1, 4 s, 0 s'],
  );
  assert.equal(asked(), 2);
});

test('says a thousand and more where they are not counted any further, and hours and days', async () => {
  const { updates, stores, pass } = setUp();
  const hours = 3_600_000;
  stores[0] = {
    count: 1000,
    oldestAtMs: 1_000_000 - 50 * hours,
    nextDueAtMs: 1_000_250 + 3 * hours,
  };
  await pass(250);
  assert.deepEqual(updates[0]?.text, '1000+, 2 d, 3 h');
});

test('asks again while a store cannot answer, and no more once it is stopped', async () => {
  const { updates, stores, status, pass, asked, clock } = setUp();
  stores.pop();
  await pass(250);
  assert.deepEqual(updates, []);
  stores[1] = { count: 1, oldestAtMs: null, nextDueAtMs: null };
  await pass(1000);
  assert.equal(updates.length, 1);
  status.stop();
  const before = asked();
  status.refresh();
  await pass(5000);
  assert.deepEqual([asked(), clock.waiting, updates.length], [before, 0, 1]);
});

test('red while a retry node that was deleted holds everything up', async () => {
  const { updates, fills, miss, stores, status, pass } = setUp();
  stores[0] = { count: 2, oldestAtMs: 999_000, nextDueAtMs: null };
  miss('gone');
  await pass(250);
  miss(null);
  status.refresh();
  await pass(1000);
  assert.deepEqual(
    updates.map(({ text }) => text),
    ['2 wait for gone', '2, 2 s, -'],
  );
  assert.deepEqual(fills, ['red', 'yellow']);
});
