import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { problemKind } from '../../../src/events/store-problem';
import { refusedAs } from '../../contract/event-store.context';
import type { PostgresServer } from '../../support/postgres-server';
import { onPostgres, type Cluster } from './postgres-harness';

/** A server with a certificate of an authority of our own, for `localhost` and 127.0.0.1. */
const pem = (name: string): string => readFileSync(join('test/fixtures/listener', name), 'utf8');
const ca = pem('ca.pem');

let server: PostgresServer;
let cluster: Cluster;
onPostgres(
  (on) => ({ server, cluster } = on),
  (started) => started.useCertificate(pem('server.pem'), pem('server.key.pem')),
);

const url = (host: string, query = ''): string =>
  `postgres://owner:geheim@${host}:${server.port}/postgres${query}`;
const encrypted = async (): Promise<boolean[]> => {
  const rows = await server.sql<{ ssl: boolean }>(
    `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
      WHERE application_name IN ('node-red-webhooks writer', 'node-red-webhooks keeper')`,
  );
  return rows.map(({ ssl }) => ssl);
};

describe('a server with TLS', () => {
  for (const [what, settings] of [
    ['by its name', () => ({ connectionString: url('localhost'), tls: { ca } })],
    ['by its address', () => ({ connectionString: url('127.0.0.1'), tls: { ca } })],
    [
      'as the connection string says, with the authority in a file',
      () => {
        const file = encodeURIComponent(join('test/fixtures/listener', 'ca.pem'));
        const query = `?sslmode=verify-full&sslrootcert=${file}`;
        return { connectionString: url('localhost', query) };
      },
    ],
  ] as const) {
    test(`is trusted ${what}`, async () => {
      await cluster.open({}, settings());
      assert.deepEqual(await encrypted(), [true, true]);
    });
  }

  for (const [what, settings, words] of [
    [
      'another authority',
      () => ({ connectionString: url('localhost'), tls: { ca: pem('stranger.pem') } }),
      /its certificate is not trusted/,
    ],
    [
      'none of its own, with verify-full',
      () => ({ connectionString: url('localhost', '?sslmode=verify-full') }),
      /its certificate is not trusted/,
    ],
    [
      'a TLS configuration, whatever the connection string allows',
      () => ({
        connectionString: url('localhost', '?sslmode=no-verify'),
        tls: { ca: pem('stranger.pem') },
      }),
      /its certificate is not trusted/,
    ],
  ] as const) {
    test(`is refused in words with ${what}`, async () => {
      await assert.rejects(cluster.open({}, settings()), (error: Error) => {
        assert.ok(refusedAs('store-unavailable')(error));
        assert.match(error.message, words);
        assert.equal(problemKind(error), 'untrusted');
        assert.ok(!error.message.includes('geheim'));
        return true;
      });
    });
  }

  test('is refused where the certificate is for another host', async () => {
    await assert.rejects(cluster.open({}, { connectionString: url('127.0.0.2'), tls: { ca } }), {
      problem: 'wrongHost',
      message: /its certificate is for another host/,
    });
  });
});
