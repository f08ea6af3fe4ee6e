import assert from 'node:assert/strict';
import test from 'node:test';
import { OpeningStore, type StoreWatch } from '../../nodes/shared/runtime/opening-store';
import type { EventStore } from '../../src/events/event-store';
import { StoreUnavailable, type StoreProblem } from '../../src/events/store-problem';
import { silentLogger } from '../../src/shared/logger';
import { createFakeClock } from '../support/fake-clock';

const FULL: StoreProblem = { kind: 'diskFull', text: 'full' };
const LOCKED: StoreProblem = { kind: 'locked', text: 'in use' };
const asStore = (part: Partial<EventStore>): EventStore => part as EventStore;

/** A store that is opened when the test says so, and what its nodes are told. */
function opening() {
  const clock = createFakeClock(0);
  const told: (StoreProblem | null)[] = [];
  let settle: {
    watch: StoreWatch;
    resolve: (damagedFile: string | null) => void;
    reject: (why: Error) => void;
  };
  const stats = async (): Promise<never> => ({ openJobs: 7 }) as never;
  const store = new OpeningStore(
    (watch) =>
      new Promise((resolve, reject) => {
        const open = (damagedFile: string | null): void =>
          resolve({ store: asStore({ stats }), damagedFile });
        settle = { watch, resolve: open, reject };
      }),
    clock,
    silentLogger,
    (problem) => told.push(problem),
  );
  return { clock, told, store, now: () => settle };
}

test('that a damaged file was set aside is said as long as nothing else is wrong', async () => {
  const { told, store, now } = opening();
  now().resolve('kept.corrupt');
  await store.opened;
  const damaged = { kind: 'damaged', text: 'kept.corrupt' };
  assert.deepEqual(told, [damaged]);
  assert.equal(store.canStore, true, 'a new file is used');
  now().watch.onTrouble(FULL);
  assert.equal(store.canStore, false);
  now().watch.onTrouble(null);
  assert.deepEqual(told, [damaged, FULL, damaged]);
});

test('calls wait for a process that is ending, but not where the store can not be opened', async () => {
  const { clock, told, store, now } = opening();
  now().watch.onTrouble(LOCKED);
  const waiting = store.stats();
  clock.advance(4999);
  now().resolve(null);
  assert.equal((await waiting).openJobs, 7);
  assert.deepEqual(told, [LOCKED, null]);

  const other = opening();
  other.now().reject(new StoreUnavailable('loginRefused', 'it refuses this user'));
  await new Promise(setImmediate);
  assert.deepEqual(other.told, [{ kind: 'loginRefused', text: 'it refuses this user' }]);
  const refused = other.store.stats();
  other.clock.advance(0);
  await assert.rejects(refused, {
    problem: 'loginRefused',
    message: 'The webhook history is not available: it refuses this user',
  });
});

test('a process that does not end: calls are refused after 5 seconds', async () => {
  const { clock, store, now } = opening();
  now().watch.onTrouble(LOCKED);
  const refused = store.stats();
  clock.advance(5000);
  await assert.rejects(refused, { problem: 'locked', message: /in use/ });
});
