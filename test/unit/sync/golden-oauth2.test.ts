import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { systemClock, type Clock } from '../../../src/shared/clock';
import { silentLogger } from '../../../src/shared/logger';
import { importConnection } from '../../../src/sync/import/import-connection';
import { openConnection } from '../../../src/sync/open-connection';
import { fetchData } from '../../../src/sync/pages';
import { MockApi, type MockRoute } from '../../support/mock-api';
import { connectionSettings } from './connection-settings';
import { runGolden } from '../../support/run-golden';

interface Golden {
  id: string;
  group: string;
  flow: string;
  auth: Record<string, unknown>;
  server?: { routes: MockRoute[] };
  result?: { token: string | null; refresh_token?: string };
  error?: object;
  requests: { form?: [string, string][] }[];
}

/** These need a person who logs in: the import says so, and takes a refresh token instead. */
const INTERACTIVE = new Set([
  ...['get_pkce_authorization_url', 'complete_pkce_flow', 'start_device_flow', 'poll_device_flow'],
]);

const { cases } = JSON.parse(readFileSync('test/fixtures/sync/oauth2.json', 'utf8')) as {
  cases: Golden[];
};

test('gets tokens as the helpers of the reference do', async (t) => {
  assert.equal(cases.length, 13);
  const [interactive, ours] = [true, false].map((wanted) =>
    cases.filter(({ flow }) => INTERACTIVE.has(flow) === wanted),
  ) as [Golden[], Golden[]];
  assert.deepEqual([interactive.length, ours.length], [7, 6]);
  await runGolden(t, ours, (golden) => check(golden));
});

async function check(golden: Golden): Promise<void> {
  const api = await MockApi.start();
  const { auth, server } = JSON.parse(
    JSON.stringify(golden).replaceAll('__URL__', api.url),
  ) as Golden;
  api.routes = [
    ...(server?.routes ?? []),
    { path: '/x', method: 'GET', responses: [{ json: { ok: 1 } }] },
  ];
  const { properties, credentials } = importConnection(
    { base_url: api.url, endpoints: { x: { path: '/x' } }, auth },
    'source',
    [],
  );
  const clock: Clock = { now: () => 1_700_000_000_000, after: systemClock.after };
  const renewed: string[] = [];
  const { connection, close } = openConnection(connectionSettings(properties), credentials, {
    clock,
    environment: () => undefined,
    tls: {},
    onRefreshToken: (token) => renewed.push(token),
  });
  try {
    const fetched = fetchData(
      connection,
      'x',
      {},
      { clock, logger: silentLogger, signal: undefined },
    );
    // The reference goes on without a token where the server gives none.
    const token = golden.error === undefined ? (golden.result?.token ?? null) : null;
    if (token === null) await assert.rejects(fetched, { category: 'AUTH' });
    else assert.deepEqual(await fetched, { ok: 1 });
    const [asked, then] = api.requests;
    assert.deepEqual([asked?.method, asked?.path], ['POST', '/token']);
    const form = [...new URLSearchParams(String(asked?.body))];
    assert.deepEqual(sorted(form), sorted(golden.requests[0]?.form ?? []));
    assert.equal(then?.headers['authorization'], token === null ? undefined : `Bearer ${token}`);
    const before = auth['refresh_token'];
    const next = golden.result?.refresh_token;
    assert.deepEqual(renewed, next === undefined || next === before ? [] : [next]);
  } finally {
    await close();
    await api.stop();
  }
}

function sorted(form: [string, string][]): [string, string][] {
  return form.sort(([a], [b]) => (a < b ? -1 : 1));
}
