import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { HISTORY_DEFAULTS } from '../../nodes/shared/history-settings';
import { StoreRegistry, type RegistryTools } from '../../nodes/shared/runtime/store-registry';
import type { OpeningStore } from '../../nodes/shared/runtime/opening-store';
import type { StoreProblem } from '../../src/events/store-problem';
import { interruptedRecord } from '../../src/delivery/attempt-record';
import type { EventStore } from '../../src/events/event-store';
import { openSqliteStore } from '../../src/events/sqlite/open';
import { silentLogger } from '../../src/shared/logger';
import { createFakeClock, type FakeClock } from '../support/fake-clock';
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
  const registry = new StoreRegistry({
    ...{ userDir, clock, logger: { ...silentLogger, info } },
    ...{ onWork: () => undefined, isInFlow: () => false },
  });
  const user = {};
  const problems: (string | null)[] = [];
  const onProblem = (problem: StoreProblem | null): void =>
    void problems.push(problem?.text ?? null);
  const store = registry.acquire(user, history, onProblem);
  t.after(() => store.close());
  await waitUntil('the first try failed', () => problems.length === 1);
  clock.advance(5000);
  await waitUntil('the second worked', () => problems.at(-1) === null, 3000);
  assert.deepEqual(problems, ['once', null]);
});

test('a store stays open while something of it is in the flow, though no node uses it any more', async (t) => {
  let inFlow = 1;
  const { clock, registry, use, userDir } = registryIn(folderOf(t), () => inFlow > 0);
  const { store, release } = use('h.sqlite');
  t.after(() => store.close());
  const event = newEvent();
  await store.accept(event, { handOver: true, dedup: null });
  release();
  registry.settle();
  clock.advance(10_000);
  await end(store, event.id);
  inFlow = 0;
  await closed(clock, store);
  await waitUntil('it is forgotten', () => remembered(userDir).length === 0);
});

test('it stays open while flows are stopped, whatever the time', async (t) => {
  const { clock, use } = registryIn(folderOf(t));
  const { store, release } = use('h.sqlite');
  t.after(() => store.close());
  await store.stats();
  release();
  clock.advance(3_600_000);
  assert.equal((await store.stats()).openJobs, 0);
});

test('a store that is not used any more is drained, then closed', async (t) => {
  const { clock, registry, use, userDir } = registryIn(folderOf(t));
  const { store, release } = use('old.sqlite');
  t.after(() => store.close());
  const event = newEvent();
  await store.accept(event, { handOver: false, dedup: null });
  release();
  const { store: used } = use('new.sqlite');
  t.after(() => used.close());
  await used.stats();
  registry.settle();
  for (let looks = 0; looks < 3; looks++) {
    clock.advance(10_000);
    assert.equal((await store.stats()).byStatus.pending, 1);
  }
  assert.ok(registry.opened().includes(store), 'workers look for their work there');
  assert.deepEqual(remembered(userDir), ['old.sqlite', 'new.sqlite']);
  const request = { endpoint: event.endpoint, methods: ['POST'], limit: 1 };
  await store.claim({ ...request, maxBytes: Infinity, ordered: false });
  await end(store, event.id);
  await closed(clock, store);
  await waitUntil('it is forgotten', () => remembered(userDir).join() === 'new.sqlite');
  assert.deepEqual(registry.opened(), [used]);
});

test('what was left in another file is drained after a restart', async (t) => {
  const userDir = folderOf(t);
  const before = registryIn(userDir);
  const { store } = before.use('old.sqlite');
  await store.accept(newEvent(), { handOver: true, dedup: null });
  await store.close();
  let works = 0;
  const { registry, use } = registryIn(userDir, undefined, () => {
    works++;
  });
  const { store: used } = use('new.sqlite');
  t.after(() => used.close());
  await used.stats();
  assert.deepEqual(registry.opened(), [used]);
  registry.settle();
  await waitUntil('it was opened', () => registry.opened().length === 2);
  const left = registry.opened().find((one) => one !== used);
  t.after(() => left?.close());
  assert.equal((await left?.stats())?.byStatus.pending, 1, 'and taken up');
  assert.equal(works, 2, 'workers are told to look');
});

test('a file that is gone is forgotten, not made again', async (t) => {
  const userDir = folderOf(t);
  const before = registryIn(userDir);
  const { store } = before.use('old.sqlite');
  await store.stats();
  await store.close();
  rmSync(join(userDir, 'old.sqlite'));
  const { registry } = registryIn(userDir);
  registry.settle();
  await waitUntil('it was forgotten', () => remembered(userDir).length === 0);
  assert.ok(!existsSync(join(userDir, 'old.sqlite')));
});

test('changed bounds hold from the deploy on', async (t) => {
  const { clock, registry, use } = registryIn(folderOf(t));
  const { store, release } = use('h.sqlite', 100);
  t.after(() => store.close());
  for (let n = 0; n < 10; n++) await finished(store);
  registry.settle();
  release();
  use('h.sqlite', 3);
  registry.settle();
  await waitUntil('the oldest went', async () => {
    await finished(store);
    return (await store.stats()).byStatus.success <= 3;
  });
  assert.ok(clock.now() > 0);
});

test('two histories of one file keep what either of them keeps', async (t) => {
  const { registry, use } = registryIn(folderOf(t));
  const { store } = use('h.sqlite', 3);
  t.after(() => store.close());
  use('h.sqlite', 8);
  registry.settle();
  for (let n = 0; n < 20; n++) await finished(store);
  assert.equal((await store.stats()).byStatus.success, 8);
});

test('a write that fails is of its history; no other one is down because of it', async (t) => {
  let fails = true;
  const more = {
    watch: (store: EventStore, history: string): EventStore =>
      history === 'bad.sqlite' ? failing(store, () => fails) : store,
  };
  const { registry, use } = registryIn(folderOf(t), undefined, undefined, more);
  const [bad, good] = [use('bad.sqlite').store, use('good.sqlite').store];
  for (const store of [bad, good]) t.after(() => store.close());
  const sound = (): Record<string, boolean> =>
    Object.fromEntries(registry.described().map(({ name, isSound }) => [name, isSound]));
  assert.deepEqual(sound(), { 'bad.sqlite': false, 'good.sqlite': false }, 'not open yet');
  await finished(good);
  await assert.rejects(finished(bad));
  await finished(good);
  assert.deepEqual(sound(), { 'bad.sqlite': false, 'good.sqlite': true });
  assert.deepEqual([bad.canStore, good.canStore], [false, true]);
  fails = false;
  await finished(bad);
  assert.deepEqual(sound(), { 'bad.sqlite': true, 'good.sqlite': true });
});

test('the name of a history: its own, the same for as long as the process lives, without its secret', (t) => {
  const { clock, registry } = registryIn(folderOf(t));
  const nobody = (): void => undefined;
  t.after(async () => {
    const stores = registry.all();
    let closed = 0;
    for (const { store } of stores) void store.close().finally(() => closed++);
    await waitUntil('they are closed', () => (clock.advance(5000), closed === stores.length));
  });
  const acquire = (user: object, host: string, password = 'a'): void => {
    const connectionString = `postgres://u:${password}@${host}:1/db`;
    const postgres = { connectionString, schema: 'hooks', poolSize: 3, leaseMs: 20_000 };
    registry.acquire(user, { ...HISTORY_DEFAULTS, postgres }, nobody);
  };
  const names = (): unknown[] => registry.described().map((each) => [each.name, each.isSpare]);
  const [one, two] = [{}, {}];
  acquire(one, '127.0.0.1');
  acquire(two, '127.0.0.2');
  assert.deepEqual(names(), [
    ['postgres:hooks', false],
    ['postgres:hooks (2)', false],
  ]);
  registry.release(one, nobody);
  acquire(one, '127.0.0.1', 'b');
  assert.deepEqual(names(), [
    ['postgres:hooks', true],
    ['postgres:hooks (2)', false],
    ['postgres:hooks', false],
  ]);
  registry.release(one, nobody);
  acquire(one, '127.0.0.1');
  assert.deepEqual(
    registry.described().map(({ isSpare }) => isSpare),
    [false, false, true],
    'it is the one that is used',
  );
  const ids = registry.described().map(({ id }) => id);
  assert.equal(new Set(ids).size, 3);
});

test('before a store is closed it may be asked once more', async (t) => {
  const asked: number[] = [];
  const more = { beforeClose: async () => void asked.push((await store.stats()).byStatus.success) };
  const { clock, registry, use } = registryIn(folderOf(t), undefined, undefined, more);
  const { store, release } = use('h.sqlite');
  await finished(store);
  release();
  registry.settle();
  await closed(clock, store);
  assert.deepEqual([...new Set(asked)], [1]);
});

/** A store that stores nothing, for as long as `fails` says so. */
function failing(store: EventStore, fails: () => boolean): EventStore {
  return new Proxy(store, {
    get(target, property) {
      if (property === 'accept' && fails()) return () => Promise.reject(new Error('no space'));
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** A registry, and how a node of a history with that file takes and releases its store. */
function registryIn(
  userDir: string,
  isInFlow = () => false,
  onWork = (): void => undefined,
  more: Partial<RegistryTools> = {},
) {
  const clock = createFakeClock(Date.now());
  const tools = { userDir, clock, logger: silentLogger, onWork, isInFlow, ...more };
  const registry = new StoreRegistry(tools);
  const use = (path: string, maxEvents = 1000): { store: OpeningStore; release: () => void } => {
    const user = {};
    const onProblem = (): void => undefined;
    const store = registry.acquire(user, { ...HISTORY_DEFAULTS, path, maxEvents }, onProblem);
    return { store, release: () => registry.release(user, onProblem) };
  };
  return { clock, registry, use, userDir };
}

function remembered(userDir: string): string[] {
  const text = readFileSync(join(userDir, 'webhooks', 'histories.json'), 'utf8');
  return (JSON.parse(text) as { files: string[] }).files;
}

/** Stores an event and has it delivered. */
async function finished(store: EventStore): Promise<void> {
  const event = newEvent();
  await store.accept(event, { handOver: true, dedup: null });
  await end(store, event.id);
}

async function end(store: EventStore, eventId: string): Promise<void> {
  const attempt = { ...interruptedRecord('delivery', 1, Date.now()), outcome: 'success' } as const;
  assert.equal(
    await store.endAttempt({ eventId, attempt, outcome: 'success', reason: null }),
    'success',
  );
}

async function closed(clock: FakeClock, store: EventStore): Promise<void> {
  await waitUntil('the store is closed', async () => {
    clock.advance(10_000);
    return store.stats().then(
      () => false,
      () => true,
    );
  });
}
