import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, afterEach, test } from 'node:test';
import type { SqliteEventStore } from '../../../src/events/sqlite/open';
import { withKey } from '../../contract/event-store.context';
import { anEvent } from '../../contract/event-store.fixtures';
import { waitUntil } from '../../support/wait-until';
import { Histories, SetClock } from './sqlite-harness';

let histories: Histories;
let clock: SetClock;
let store: SqliteEventStore;
beforeEach(async () => {
  histories = new Histories();
  clock = new SetClock();
  store = await histories.open({ clock });
});
afterEach(() => histories.end());

function beside<T>(work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(histories.path());
  try {
    return work(db);
  } finally {
    db.close();
  }
}

const onDisk = (id: string): unknown =>
  beside((db) => db.prepare('SELECT repeats FROM events WHERE id = ?').get(id)?.['repeats']);

const send = async (key: string): Promise<string> => {
  const event = anEvent();
  const answer = await store.accept(event, withKey(key));
  return answer.kind === 'stored' ? event.id : answer.eventId;
};

test('a flood of one event is a change of its row a second, not one for each', async () => {
  const id = await send('k');
  beside((db) =>
    db.exec(`CREATE TABLE changes (id TEXT);
      CREATE TRIGGER changed AFTER UPDATE OF repeats ON events
        BEGIN INSERT INTO changes VALUES (new.id); END`),
  );
  const changes = (): unknown =>
    beside((db) => db.prepare('SELECT count(*) AS n FROM changes').get()!['n']);
  for (let n = 0; n < 200; n++) {
    await send('k');
    if (n % 50 === 49) clock.nowMs += 1_000;
  }
  // A slow machine pauses in between: each pause writes as well.
  assert.ok(Number(changes()) < 20, String(changes()));
  assert.ok(Number(onDisk(id)) >= 150, 'what is a second old is on disk');
  assert.equal((await store.get(id))!.event.repeats, 200);
});

test('in a pause they are written', async () => {
  const id = await send('k');
  await send('k');
  await waitUntil('they are', () => onDisk(id) === 1);
});

test('what can not be written is counted, and written when it can', async () => {
  const ids = [await send('a'), await send('b')];
  beside((db) =>
    db.exec(`CREATE TRIGGER refusal BEFORE UPDATE OF repeats ON events WHEN old.id = '${ids[1]}'
      BEGIN SELECT RAISE(ABORT, 'refused'); END`),
  );
  for (const key of ['a', 'b', 'a']) await send(key);
  const read = async (): Promise<unknown[]> =>
    Promise.all(ids.map(async (id) => (await store.get(id))!.event.repeats));
  assert.deepEqual(await read(), [0, 0], 'all or none of them');
  await send('b');
  beside((db) => db.exec('DROP TRIGGER refusal'));
  assert.deepEqual(await read(), [2, 2]);
});

test('a round that is taken back and done again counts each once', async () => {
  const id = await send('k');
  beside((db) =>
    db.exec(`CREATE TRIGGER refusal BEFORE INSERT ON events WHEN new.name = 'refused'
      BEGIN SELECT RAISE(ABORT, 'refused'); END`),
  );
  const repeats = [send('k'), send('k')];
  const refused = store.accept(anEvent({ name: 'refused' }), withKey('other'));
  await assert.rejects(refused, /refused/);
  assert.deepEqual(await Promise.all(repeats), [id, id]);
  assert.equal((await store.get(id))!.event.repeats, 2);
});
