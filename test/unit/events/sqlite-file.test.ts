import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { LATEST_VERSION, migrate, MIGRATIONS } from '../../../src/events/sqlite/schema/migrations';
import { silentLogger } from '../../../src/shared/logger';
import { anEvent } from '../../contract/event-store.fixtures';
import { waitUntil } from '../../support/wait-until';
import { Histories } from './sqlite-harness';

const LATER = { handOver: false, dedup: null } as const;
let histories: Histories;
beforeEach(() => {
  histories = new Histories();
});
afterEach(() => histories.end());

const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);

test('the connection that writes syncs each commit, with a WAL and no checkpoints of its own', async () => {
  const store = await histories.open();
  assert.deepEqual(await store.pragmas(), {
    journal_mode: 'wal',
    synchronous: 2,
    page_size: 8_192,
    wal_autocheckpoint: 0,
    auto_vacuum: 2,
  });
});

test('makes its folder; folder and files are for the owner only', async () => {
  const file = histories.path('deep/er/history.sqlite');
  const store = await histories.open({ file });
  await store.accept(anEvent(), LATER);
  for (const suffix of ['', '-wal', '-shm', '.lock'])
    assert.equal(mode(file + suffix), '600', suffix);
  assert.equal(mode(histories.path('deep/er')), '700');
});

test('a file that was open to others is closed to them', async () => {
  await (await histories.open()).close();
  chmodSync(histories.path(), 0o644);
  await histories.open();
  assert.equal(mode(histories.path()), '600');
});

test('keeps everything over a close', async () => {
  const event = anEvent({ body: Buffer.from('webhook '.repeat(1_000)) });
  const first = await histories.open();
  await first.accept(event, LATER);
  await first.close();
  assert.ok(!existsSync(`${histories.path()}-wal`), 'the WAL was written back');
  const second = await histories.open();
  assert.deepEqual(Buffer.from((await second.get(event.id))!.event.body), event.body);
  assert.equal((await second.stats()).byStatus.pending, 1);
});

for (const [what, content] of [
  ['text', Buffer.from('this is not a database '.repeat(100))],
  ['a database with damaged pages', null],
] as const) {
  test(`a damaged file (${what}) is set aside and a new one started`, async () => {
    const file = histories.path();
    if (content !== null) writeFileSync(file, content);
    else await damage(file);
    const damaged = readFileSync(file);
    const said: string[] = [];
    const store = await histories.open({
      logger: { ...silentLogger, error: (text) => said.push(text) },
    });
    const aside = store.recoveredFrom!;
    assert.match(basename(aside), /^history\.sqlite\.corrupt-\d{8}T\d+Z$/);
    assert.deepEqual(readFileSync(aside), damaged);
    assert.equal(said.length, 1);
    await store.accept(anEvent(), LATER);
    assert.equal((await store.stats()).byStatus.pending, 1);
  });
}

test('a file that is found damaged while it is open is set aside, too, and all goes on', async () => {
  const file = histories.path();
  const body = randomBytes(7000);
  let keptAs: string | null = null;
  const troubles: (string | null)[] = [];
  const store = await histories.open({
    onDamage: (path) => (keptAs = path),
    onTrouble: (problem) => troubles.push(problem?.kind ?? null),
  });
  const events = Array.from({ length: 2000 }, () => anEvent({ body }));
  await Promise.all(events.map((event) => store.accept(event, LATER)));
  await waitUntil('the WAL is written back', () => statSync(file).size > 10_000_000);
  const bytes = readFileSync(file);
  bytes.fill(0x5a, 8_192 * 2);
  writeFileSync(file, bytes);
  await waitUntil('the damage is noticed', async () => {
    for (const { id } of events) await store.get(id).catch(() => undefined);
    return keptAs !== null;
  });
  assert.match(basename(keptAs!), /^history\.sqlite\.corrupt-\d{8}T\d+Z$/);
  assert.ok(statSync(keptAs!).size > 10_000_000);
  assert.deepEqual(troubles, [null, 'restarting', null]);
  await store.accept(anEvent(), LATER);
  assert.equal((await store.stats()).byStatus.pending, 1);
});

async function damage(file: string): Promise<void> {
  const store = await histories.open({ file });
  for (let n = 0; n < 50; n++) await store.accept(anEvent(), LATER);
  await store.close();
  const bytes = readFileSync(file);
  bytes.fill(0x5a, 8_192 * 2, 8_192 * 16);
  writeFileSync(file, bytes);
}

test('a file of a newer version is refused and left as it is', async () => {
  await (await histories.open()).close();
  const db = new DatabaseSync(histories.path());
  db.exec(`UPDATE meta SET value = '${LATEST_VERSION + 1}' WHERE key = 'schema_version'`);
  db.close();
  const before = readFileSync(histories.path());
  await assert.rejects(histories.open(), {
    code: 'store-unavailable',
    problem: 'newerSchema',
    message: /update the nodes/,
  });
  assert.deepEqual(readFileSync(histories.path()), before);
});

test("somebody else's database is refused and left as it is", async () => {
  const db = new DatabaseSync(histories.path());
  db.exec('CREATE TABLE customers (name TEXT)');
  db.close();
  const before = readFileSync(histories.path());
  await assert.rejects(histories.open(), { problem: 'foreignSchema', message: /something else/ });
  assert.deepEqual(readFileSync(histories.path()), before);
});

test('a Node.js without node:sqlite is told in words', async () => {
  for (const nodeVersion of ['22.9.0', '20.20.2']) {
    await assert.rejects(histories.open({ nodeVersion }), {
      problem: 'oldNode',
      message: /22\.13/,
    });
  }
});

test('a folder that cannot be made is told in words', async () => {
  writeFileSync(histories.path('taken'), '');
  await assert.rejects(histories.open({ file: histories.path('taken/history.sqlite') }), {
    code: 'store-unavailable',
    problem: 'cannotOpen',
  });
});

test('migrations are numbered from 1 without a gap', () => {
  assert.deepEqual(
    MIGRATIONS.map(({ version }) => version),
    MIGRATIONS.map((_, at) => at + 1),
  );
});

for (let from = 0; from <= LATEST_VERSION; from++) {
  test(`a file of version ${from} gets the schema of a new one`, () => {
    const schema = (version: number): unknown[] => {
      const db = new DatabaseSync(':memory:');
      if (version > 0) migrate(db, version);
      migrate(db);
      return db.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all();
    };
    assert.deepEqual(schema(from), schema(0));
    assert.ok(schema(from).length > 10);
  });
}

test('what an older version kept is read by this one', async () => {
  const old = new DatabaseSync(histories.path());
  migrate(old, 2);
  old.exec(`INSERT INTO rejections (id, at, endpoint, status, cause, detail, method, path, ip)
    VALUES ('r', 5, '/a', 401, 'no-secret', 'None.', 'POST', '/a', '::1')`);
  old.exec("INSERT INTO endpoints (key) VALUES ('/a')");
  old.close();
  const store = await histories.open();
  const [kept] = await store.rejections({ limit: 1 });
  assert.deepEqual([kept!.id, kept!.headers, kept!.bodyBytes], ['r', {}, null]);
  assert.deepEqual(await store.secretMatches(), []);
});

for (const version of [1, 2, 3]) {
  test(`what a process of version ${version} left when it was killed is read by this one`, async () => {
    const json = gunzipSync(readFileSync(`test/fixtures/upgrade/schema-${version}.json.gz`));
    const files = JSON.parse(json.toString()) as Record<string, string>;
    writeFileSync(histories.path(), Buffer.from(files['webhooks/history.sqlite']!, 'base64'));
    const store = await histories.open();
    const { events } = await store.list({ limit: 10 });
    const ofStatus = events.map(({ status }) => status).sort();
    assert.deepEqual(ofStatus, ['failed', 'ignored', 'processing', 'retrying', 'success']);
    for (const { id, repeats, repeatedAtMs } of events) {
      assert.deepEqual([repeats, repeatedAtMs], [0, null]);
      assert.ok((await store.get(id))!.event.body.length > 0);
    }
  });
}

test('when secrets matched survives a restart, to the minute even a crash', async () => {
  const came = (store: Awaited<ReturnType<typeof histories.open>>, receivedAtMs: number) =>
    store.accept(anEvent({ receivedAtMs }), LATER);
  const store = await histories.open();
  await came(store, 1_000);
  await came(store, 60_999);
  // A pause of the store may have written the rest of the minute, too.
  const onDisk = await histories.open({ file: histories.copyOfDisk(histories.path()) });
  assert.ok([1_000, 60_999].includes((await onDisk.secretMatches())[0]!.currentAtMs!));
  await came(store, 121_000);
  const later = await histories.open({ file: histories.copyOfDisk(histories.path()) });
  assert.equal((await later.secretMatches())[0]!.currentAtMs, 121_000);
  await came(store, 121_500);
  await store.close();
  assert.equal((await (await histories.open()).secretMatches())[0]!.currentAtMs, 121_500);
});

test('a migration that fails leaves the version before it', () => {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT');
  db.exec('CREATE TABLE rejections (x)');
  assert.throws(() => migrate(db), /rejections/);
  assert.equal(
    db.prepare("SELECT COUNT(*) AS n FROM sqlite_schema WHERE name = 'events'").get()!['n'],
    0,
  );
});
