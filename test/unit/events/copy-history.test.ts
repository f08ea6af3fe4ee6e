import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { EventStore } from '../../../src/events/event-store';
import { HAND_OVER, LATER, withKey } from '../../contract/event-store.context';
import { aFailure, aJob, anAttempt, anEvent } from '../../contract/event-store.fixtures';
import { PostgresServer } from '../../support/postgres-server';
import { Cluster } from './postgres-harness';
import { Histories, SetClock } from './sqlite-harness';

let server: PostgresServer;
before(async () => {
  server = await PostgresServer.start();
});
after(() => server.end());

const COMMAND = join(__dirname, '../../../src/events/copy-history-command.js');
const copy = (file: string, schema: string) => {
  const env = { ...process.env, WEBHOOKS_DB: server.url() };
  return spawnSync(process.execPath, [COMMAND, file, '--schema', schema], {
    env,
    encoding: 'utf8',
  });
};

/** What a user sees of a history, but for what lies between the engines. */
async function contents(store: EventStore): Promise<unknown> {
  const { events } = await store.list({ limit: 100 });
  return {
    events: await Promise.all(events.map(({ id }) => store.get(id))),
    jobs: await store.jobs({ limit: 100 }),
    rejections: await store.rejections({ limit: 100 }),
    sync: await store.recallSync('sync', ['aa', 'bb']),
    secrets: await store.secretMatches(),
  };
}
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, part: unknown) =>
      part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part,
    ).replaceAll(/\{"type":"Buffer","data":\[([\d,]*)\]\}/g, (_, bytes: string) =>
      JSON.stringify(Buffer.from(bytes === '' ? [] : bytes.split(',').map(Number)).toString('hex')),
    ),
  );

test('a history is copied from SQLite with its open work; a second time nothing is', async () => {
  const histories = new Histories();
  const cluster = new Cluster(server);
  const file = histories.path();
  const from = await histories.open({ file, clock: new SetClock() });
  const large = anEvent({ body: Buffer.from('webhook '.repeat(5_000)), deliveryId: 'd' });
  await from.accept(large, withKey('k', true));
  const end = { attempt: anAttempt(), outcome: 'success', reason: null } as const;
  await from.endAttempt({ ...end, eventId: large.id });
  await from.accept(anEvent({ body: large.body, receivedAtMs: 3_000 }), withKey('k'));
  const retried = anEvent();
  await from.accept(retried, HAND_OVER);
  const job = aJob({ eventId: retried.id });
  await from.park({ job, attempt: aFailure({ kind: 'retry' }) });
  await from.endAttempt({ ...end, eventId: retried.id });
  const waiting = anEvent({ endpoint: '/hooks/b' });
  await from.accept(waiting, LATER);
  await from.reject({
    ...{ id: 'r', atMs: 5, endpoint: '/hooks/a', status: 401, cause: 'no-secret', detail: 'x' },
    ...{ method: 'POST', path: '/hooks/a', ip: '::1', headers: { a: 'b' }, bodyBytes: 3 },
  });
  await from.saveSync({ key: 'sync', memory: '{}', delivered: ['aa'], maxItems: 5 });
  const expected = plain(await contents(from));
  assert.equal((await from.get(large.id))!.event.repeats, 1);
  assert.match(copy(file, cluster.schema).stderr, /is in use: stop its Node-RED first/);
  const inHand = anEvent();
  await from.accept(inHand, HAND_OVER);
  await from.close();

  const copied = copy(file, cluster.schema);
  assert.equal(copied.stderr, '');
  assert.match(copied.stdout, /events: 4\n[^]*dedup_keys: 1\n/);
  const to = await cluster.open();
  const report = await to.recover(9_000);
  assert.deepEqual([report.redelivered, report.pendingEndpoints], [1, ['/hooks/a', '/hooks/b']]);
  const claimed = await to.claim({
    ...{ endpoint: '/hooks/a', methods: ['POST'], limit: 9, maxBytes: 1e6, ordered: false },
  });
  assert.deepEqual(
    claimed.events.map(({ id, attempt, redelivered }) => [id, attempt, redelivered]),
    [[inHand.id, 2, true]],
  );
  await to.endAttempt({ ...end, eventId: inHand.id, attempt: anAttempt({ number: 2 }) });
  await to.remove([inHand.id]);
  assert.deepEqual(plain(await contents(to)), expected);
  const again = await to.accept(anEvent({ body: large.body }), withKey('k'));
  assert.deepEqual(again, { kind: 'duplicate', eventId: large.id });
  const fresh = anEvent();
  assert.equal((await to.accept(fresh, LATER)).kind, 'stored');
  const { jobs } = await to.claimJobs({ nodeId: 'retry1', nowMs: 5_000, limit: 5 });
  const attempt = anAttempt({ kind: 'retry', number: jobs[0]!.attempts });
  assert.equal(await to.settleJob({ jobId: job.id, attempt, state: 'done' }), 'success');

  const second = copy(file, cluster.schema);
  assert.equal(second.status, 1);
  assert.match(second.stderr, /holds a history already.*Nothing was copied/);
  await cluster.end();
  await histories.end();
});

test('without a file, or without a server, it says how it is used', () => {
  const { status, stderr } = spawnSync(process.execPath, [COMMAND], { encoding: 'utf8' });
  assert.equal(status, 2);
  assert.match(stderr, /WEBHOOKS_DB=postgres/);
  assert.match(copy('/nowhere/history.sqlite', 'x').stderr, /There is no file/);
});
