import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { LATEST_VERSION, migrate } from '../../../src/events/postgres/schema/migrations';
import { Session } from '../../../src/events/postgres/session';
import type { PostgresSettings } from '../../../src/events/postgres/settings';
import { HAND_OVER, LATER, refusedAs, withKey } from '../../contract/event-store.context';
import { aJob, anAttempt, anEvent } from '../../contract/event-store.fixtures';
import type { PostgresServer } from '../../support/postgres-server';
import { waitUntil } from '../../support/wait-until';
import { onPostgres, type Cluster } from './postgres-harness';

let server: PostgresServer;
let cluster: Cluster;
onPostgres((on) => ({ server, cluster } = on));

const versions = Array.from({ length: LATEST_VERSION }, (_, n) => n + 1);

async function atVersion(version: number, connectionString = server.url()): Promise<void> {
  const { schema } = cluster;
  const settings: PostgresSettings = { connectionString, schema, poolSize: 3, leaseMs: 60_000 };
  const session = await Session.open(settings, 'test');
  await migrate(session, schema, version);
  await session.end();
}

describe('a schema of an older version', () => {
  for (const version of versions) {
    test(`version ${version} is brought up by one of several that start, with what is in it`, async () => {
      await atVersion(version);
      await cluster.sql(`INSERT INTO endpoints (key) VALUES ('/hooks/a')`);
      await cluster.sql(`INSERT INTO events (id, endpoint_id, status, attempt, unfinished, received_at, updated_at,
          method, path, name, provider, flags, body_bytes)
        VALUES ('e', 1, 'success', 1, 0, 5, 5, 'POST', '/hooks/a', 'a', 'none', 0, 2)`);
      const request = { method: 'POST', url: '/', path: '/', headers: {}, params: {}, query: {} };
      await cluster.sql(`INSERT INTO bodies VALUES (1, $1, '{}')`, [JSON.stringify(request)]);
      await cluster.sql(`INSERT INTO attempts (event_seq, kind, number, started_at, ended_at, outcome, trail)
        VALUES (1, 'delivery', 1, 5, 6, 'success', '[]')`);
      const stores = await Promise.all(Array.from({ length: 4 }, () => cluster.open()));
      for (const store of stores) {
        const { attempts } = (await store.get('e'))!;
        assert.deepEqual(
          attempts.map(({ outcome }) => outcome),
          ['success'],
        );
      }
      const rows = await cluster.sql('SELECT value FROM meta');
      assert.deepEqual(rows, [{ value: String(LATEST_VERSION) }]);
      const event = anEvent();
      await stores[0]!.accept(event, LATER);
      const step = anAttempt().trail[0]!;
      await stores[1]!.addToTrail({ eventId: 'e', jobId: null, number: 1, step });
      assert.deepEqual((await stores[1]!.get('e'))!.attempts[0]!.trail, [step]);
    });
  }
});

describe('the schema', () => {
  test('of a newer version is refused with words, and left alone', async () => {
    await (await cluster.open()).close();
    await cluster.sql(`UPDATE meta SET value = '99'`);
    await assert.rejects(cluster.open(), (error: Error) => {
      assert.ok(refusedAs('store-unavailable')(error));
      assert.match(error.message, /version 99.*update the nodes of all instances/);
      return true;
    });
    assert.deepEqual(await cluster.sql('SELECT value FROM meta'), [{ value: '99' }]);
  });

  test('with tables of something else is refused', async () => {
    await server.sql(`CREATE SCHEMA ${cluster.schema}`);
    await server.sql(`CREATE TABLE ${cluster.schema}.other (n int)`);
    await assert.rejects(cluster.open(), /holds tables of something else/);
  });

  test('is used by a role that may not change it', async () => {
    await (await cluster.open()).close();
    await server.sql(`CREATE ROLE app_${cluster.schema} LOGIN`);
    await server.sql(`GRANT USAGE ON SCHEMA ${cluster.schema} TO app_${cluster.schema}`);
    await server.sql(
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${cluster.schema} TO app_${cluster.schema}`,
    );
    const connectionString = server.url(`app_${cluster.schema}`);
    const store = await cluster.open({}, { connectionString });
    const event = anEvent();
    await store.accept(event, HAND_OVER);
    const end = { attempt: anAttempt(), outcome: 'success', reason: null } as const;
    assert.equal(await store.endAttempt({ ...end, eventId: event.id }), 'success');
  });
});

/** The statements of a section of docs/CLUSTER.md, for the schema of the test. */
function documented(section: string): string[] {
  const text = readFileSync('docs/CLUSTER.md', 'utf8');
  const [, rest = ''] = text.split(`## ${section}\n`);
  const [body = ''] = rest.split('\n## ');
  return [...body.matchAll(/```sql\n([^`]+)```/g)].map(([, sql = '']) =>
    sql.replaceAll(/\bSCHEMA webhooks\b/g, `SCHEMA ${cluster.schema}`),
  );
}

describe('the roles of docs/CLUSTER.md', () => {
  test('the owner makes the tables, the other one does all that an instance does', async () => {
    const [owner = '', app = ''] = documented('Roles with the least privilege');
    await server.sql(owner);
    await atVersion(1, server.url('webhooks_owner'));
    await server.sql(app);
    const connectionString = server.url('webhooks_app');
    await assert.rejects(
      cluster.open({}, { connectionString }),
      { problem: 'noPrivilege', message: /lacks a privilege: see docs\/CLUSTER\.md/ },
      'it may not change the tables',
    );
    await (await cluster.open({}, { connectionString: server.url('webhooks_owner') })).close();
    const settings = { connectionString, leaseMs: 250 };
    let told = 0;
    const retention = { maxEvents: 1, maxAgeMs: null };
    const a = await cluster.open({ retention }, settings);
    const b = await cluster.open({ retention, onWork: () => told++ }, settings);
    const end = { attempt: anAttempt(), outcome: 'success', reason: null } as const;
    for (let n = 0; n < 3; n++) {
      const done = anEvent();
      await a.accept(done, withKey(`k${n}`, true));
      await a.endAttempt({ ...end, eventId: done.id });
    }
    const retried = anEvent();
    await a.accept(retried, HAND_OVER);
    const job = aJob({ eventId: retried.id });
    await a.park({ job, attempt: anAttempt({ kind: 'retry', outcome: 'failed' }) });
    await a.endAttempt({ ...end, eventId: retried.id });
    await waitUntil('it is told', () => told > 0);
    const { jobs } = await b.claimJobs({ nodeId: 'retry1', nowMs: 5e12, limit: 5 });
    const attempt = anAttempt({ kind: 'retry', number: jobs[0]!.attempts });
    assert.equal(await b.settleJob({ jobId: job.id, attempt, state: 'done' }), 'success');
    await a.saveSync({ key: 's', memory: '{}', delivered: ['aa'], maxItems: 5 });
    assert.deepEqual((await b.recallSync('s', ['aa'])).delivered, ['aa']);
    await a.accept(anEvent(), HAND_OVER);
    assert.equal(await a.remove(['none']), 0);
    await assert.rejects(a.discard('none'), refusedAs('not-found'));
    await a.close();
    await waitUntil('one takes over from the other', async () => {
      const { byStatus } = await b.stats();
      return byStatus.pending === 1 && byStatus.success === 1;
    });
    const { events } = await b.list({ limit: 10, text: 'hooks' });
    assert.equal(events.length, 2);
    await b.activity(Date.now());
  });
});
