import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EventStore } from '../../../src/events/event-store';
import { WebhookError } from '../../../src/shared/errors';
import { HAND_OVER, LATER, refusedAs } from '../../contract/event-store.context';
import { anAttempt, anEvent } from '../../contract/event-store.fixtures';
import { problemKind } from '../../../src/events/store-problem';
import type { StoreProblemKind } from '../../../src/events/store-problem';
import type { PostgresServer } from '../../support/postgres-server';
import { TcpProxy } from '../../support/tcp-proxy';
import { waitUntil } from '../../support/wait-until';
import { onPostgres, type Cluster } from './postgres-harness';

const PASSWORD = 'geheim';
let server: PostgresServer;
let cluster: Cluster;
let problems: (StoreProblemKind | null)[];
let told: number;
onPostgres((on) => {
  ({ server, cluster } = on);
  problems = [];
  told = 0;
});

const opened = (settings = {}) => {
  const logger = { debug: log, info: log, warn: log, error: log };
  return cluster.open(
    { onProblem: (problem) => problems.push(problem?.kind ?? null), onWork: () => told++, logger },
    settings,
  );
};
const logged: string[] = [];
const log = (text: string): void => void logged.push(text);

async function handedOver(store: EventStore): Promise<string> {
  const event = anEvent();
  await store.accept(event, HAND_OVER);
  return event.id;
}
const accepted = (store: EventStore) =>
  store.accept(anEvent(), LATER).then(
    () => true,
    (error: unknown) => {
      assert.ok(refusedAs('store-unavailable')(error), String(error));
      return false;
    },
  );
const isRefused = async (store: EventStore): Promise<boolean> => !(await accepted(store));

describe('a server that goes away', () => {
  for (const [what, signal] of [
    ['is restarted', 'SIGINT'],
    ['dies', 'SIGQUIT'],
  ] as const) {
    test(`and ${what}: refused in words, then all goes on, with what was in hand`, async () => {
      const store = await opened();
      const id = await handedOver(store);
      await server.stop(signal);
      await waitUntil('it is noticed', () => problems.length > 0);
      assert.equal(await accepted(store), false);
      await assert.rejects(store.list({ limit: 1 }), refusedAs('store-unavailable'));
      await waitUntil('it is tried again', () => problems.includes('unreachable'));
      const before = told;
      await server.run();
      await waitUntil('it takes events again', () => accepted(store));
      assert.equal(problems.at(-1), null);
      await waitUntil('what waits is looked for', () => told > before);
      const end = { eventId: id, attempt: anAttempt(), outcome: 'success', reason: null } as const;
      assert.equal(await store.endAttempt(end), 'success', 'it kept its lease');
    });
  }

  test('whatever was acknowledged is there, whatever was refused may be sent again', async () => {
    const store = await opened();
    const acknowledged: string[] = [];
    const sending = Array.from({ length: 8 }, async () => {
      for (let n = 0; n < 40; n++) {
        const event = anEvent();
        await store.accept(event, LATER).then(
          () => acknowledged.push(event.id),
          () => undefined,
        );
      }
    });
    await waitUntil('some are stored', () => acknowledged.length > 20);
    await server.stop('SIGQUIT');
    await server.run();
    await Promise.all(sending);
    await waitUntil('it takes events again', () => accepted(store));
    const stored = new Set((await store.list({ limit: 500 })).events.map(({ id }) => id));
    assert.deepEqual(
      acknowledged.filter((id) => !stored.has(id)),
      [],
    );
  });

  test('with the answer to a hand-over: the event waits again, not counted', async () => {
    const proxy = await TcpProxy.to(server.port);
    const connectionString = `postgres://owner:${PASSWORD}@127.0.0.1:${proxy.port}/postgres`;
    const store = await opened({ connectionString, silenceMs: 1000 });
    const event = anEvent();
    await store.accept(event, LATER);
    // The commit arrives, its answer does not.
    await cluster.sql(`UPDATE events SET status = 'processing', attempt = 1, unfinished = 1,
      owner = (SELECT max(id) FROM instances)`);
    proxy.swallow();
    assert.equal(await accepted(store), false);
    proxy.heal();
    await waitUntil('it takes events again', () => accepted(store));
    const claim = { endpoint: '/hooks/a', methods: ['POST'], limit: 1, maxBytes: 1e6 };
    const { events } = await store.claim({ ...claim, ordered: false });
    assert.deepEqual([events[0]?.id, events[0]?.attempt], [event.id, 2]);
    const [row] = await cluster.sql<{ unfinished: number }>(
      `SELECT unfinished FROM events WHERE id = $1`,
      [event.id],
    );
    assert.equal(row?.unfinished, 1);
    await store.close();
    await proxy.end();
  });
});

test('a network that swallows everything is noticed, and left when it works again', async () => {
  const proxy = await TcpProxy.to(server.port);
  const connectionString = `postgres://owner:${PASSWORD}@127.0.0.1:${proxy.port}/postgres`;
  const store = await opened({ connectionString, silenceMs: 1000 });
  proxy.swallow();
  assert.equal(await accepted(store), false);
  assert.deepEqual(problems, ['noAnswer']);
  proxy.heal();
  await waitUntil('it takes events again', () => accepted(store));
  assert.equal(problems.at(-1), null);
  await store.close();
  await proxy.end();
});

test('a server that became read-only takes nothing, until it is writable again', async () => {
  const store = await opened();
  await server.stop();
  await server.run('default_transaction_read_only=on');
  await waitUntil('it says so', () => problems.at(-1) === 'serverReadOnly');
  assert.equal(await accepted(store), false);
  await server.stop();
  await server.run();
  await waitUntil('it takes events again', () => accepted(store));
});

test('one that becomes read-only while it is used', async () => {
  const store = await opened();
  await server.sql('ALTER SYSTEM SET default_transaction_read_only = on');
  await server.sql('SELECT pg_reload_conf()');
  await waitUntil('it is refused', () => isRefused(store));
  await waitUntil('it says so', () => problems.at(-1) === 'serverReadOnly');
  await server.stop();
  await server.run('default_transaction_read_only=off');
  await server.sql('ALTER SYSTEM RESET default_transaction_read_only');
  await waitUntil('it takes events again', () => accepted(store));
});

const rollbacks = async (): Promise<number> => {
  const [row] = await server.sql<{ n: number }>(
    `SELECT xact_rollback::int AS n FROM pg_stat_database WHERE datname = 'postgres'`,
  );
  return row!.n;
};

test('a lock that somebody holds is not waited for without end', async () => {
  const store = await opened();
  const id = await handedOver(store);
  const { Client } = await import('pg');
  const other = new Client({ connectionString: server.url() });
  await other.connect();
  await other.query('BEGIN');
  await other.query(`SELECT 1 FROM ${cluster.schema}.events WHERE id = $1 FOR UPDATE`, [id]);
  await other.query(`SET LOCAL idle_in_transaction_session_timeout = 0`);
  const end = { eventId: id, attempt: anAttempt(), outcome: 'success', reason: null } as const;
  const before = await rollbacks();
  const waiting = store.endAttempt(end);
  await waitUntil('a statement waits', async () => {
    const rows = await server.sql(
      `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE '%writer'`,
    );
    return rows.length > 0;
  });
  await waitUntil('it is given up once', async () => (await rollbacks()) > before);
  await other.query('ROLLBACK');
  await other.end();
  assert.equal(await waiting, 'success', 'and tried again');
});

describe('no secret in words', () => {
  const refused = async (settings: object): Promise<WebhookError> => {
    try {
      await opened(settings);
    } catch (error) {
      assert.ok(error instanceof WebhookError);
      return error;
    }
    throw new Error('it was opened');
  };
  for (const [what, url, kind, expected] of [
    ['a user that does not exist', () => server.url('nobody'), 'loginRefused', /refuses this user/],
    [
      'a database that does not exist',
      () => server.url('owner', 'none'),
      'noDatabase',
      /database does not exist/,
    ],
    [
      'a port at which nobody is',
      () => `postgres://u:${PASSWORD}@127.0.0.1:1/db`,
      'unreachable',
      /nobody answers/,
    ],
    [
      'an address that is none',
      () => `postgres://u:${PASSWORD}@[::1/db`,
      'badConnection',
      /not valid/,
    ],
    [
      'a name that is none',
      () => `postgres://u:${PASSWORD}@nowhere.invalid/db`,
      'unknownHost',
      /name of its host/,
    ],
    ['another scheme', () => `mysql://u:${PASSWORD}@host/db`, 'other', /must begin with/],
    [
      'a server without TLS',
      () => `postgres://u:${PASSWORD}@127.0.0.1:${server.port}/db?sslmode=verify-full`,
      'noTls',
      /no encrypted connections/,
    ],
  ] as const) {
    test(what, async () => {
      const error = await refused({ connectionString: url() });
      assert.match(error.message, expected);
      assert.equal(problemKind(error), kind);
      for (const each of [error.message, ...logged]) assert.ok(!each.includes(PASSWORD), each);
    });
  }

  test('a password that is wrong or missing, a server that lets nobody in', async () => {
    await server.sql(`CREATE ROLE guarded LOGIN PASSWORD 'right'`);
    const url = (password: string): string => server.url('guarded').replace(':none', password);
    const back = await server.logInBy('scram-sha-256');
    for (const password of [`:${PASSWORD}`, '']) {
      const error = await refused({ connectionString: url(password) });
      assert.equal(problemKind(error), 'loginRefused', error.message);
      assert.ok(!error.message.includes(PASSWORD));
    }
    await back();
    const open = await server.logInBy('reject');
    assert.equal(problemKind(await refused({ connectionString: url('') })), 'loginRefused');
    await open();
  });

  test('more instances than the server has connections for', async () => {
    await server.stop();
    await server.run(
      'max_connections=6',
      'superuser_reserved_connections=3',
      'reserved_connections=0',
    );
    await server.sql('CREATE ROLE limited LOGIN; GRANT CREATE ON DATABASE postgres TO limited');
    const connectionString = server.url('limited');
    await opened({ connectionString });
    assert.equal(problemKind(await refused({ connectionString })), 'tooManyConnections');
    await cluster.end();
    await server.stop();
    await server.run();
  });
});
