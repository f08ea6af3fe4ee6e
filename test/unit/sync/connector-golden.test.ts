import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { systemClock, type Clock } from '../../../src/shared/clock';
import { silentLogger } from '../../../src/shared/logger';
import type { Connection } from '../../../src/sync/connection';
import { fetchData } from '../../../src/sync/pages';
import { importConnection } from '../../../src/sync/import/import-connection';
import type { Note } from '../../../src/sync/import/note';
import { openConnection } from '../../../src/sync/open-connection';
import { sendData, type SendOptions, type SendOutcome } from '../../../src/sync/send-data';
import { SyncError } from '../../../src/sync/sync-error';
import { connectionSettings, type Settings } from './connection-settings';
import { DEVIATIONS, type Golden, type Outcome } from './connector-deviations';
import { MockApi } from '../../support/mock-api';
import { runGolden } from '../../support/run-golden';

/** Not concerned: what they configure does not exist here. */
const NOT_BUILT: Record<string, string> = {
  'endpoint-config-invalid-05': 'a method of null is the default',
  'auth-unknown-01': 'the type `none` exists here',
};

const { cases } = JSON.parse(readFileSync('test/fixtures/sync/connector.json', 'utf8')) as {
  cases: Golden[];
};

test('each case that the reference gets wrong has an expectation of its own', () => {
  const concerned = cases.filter(({ policy }) => policy === 'deviate');
  const without = concerned.filter(
    ({ id, group, ...golden }) =>
      DEVIATIONS[id] === undefined &&
      DEVIATIONS[group] === undefined &&
      golden.recommended_query === undefined &&
      golden.recommended_body === undefined,
  );
  assert.equal(concerned.length, 18);
  assert.deepEqual(without, []);
});

test('talks to APIs as the reference does', async (t) => {
  assert.equal(cases.length, 153);
  await runGolden(
    t,
    cases.filter(({ id }) => !(id in NOT_BUILT)),
    async (golden) => {
      const api = await MockApi.start();
      const placed = JSON.parse(
        JSON.stringify(golden)
          .replaceAll('__SOURCE_URL__', api.url)
          .replaceAll('__DEAD_URL__', 'http://127.0.0.1:9'),
      ) as Golden;
      api.routes = placed.server.routes.map((route) => ({
        ...route,
        responses: route.responses.map(({ delay_ms: late, ...response }) =>
          late === undefined ? response : { hang: true },
        ),
      }));
      try {
        assert.deepEqual(await run(placed, api), expectation(placed));
      } finally {
        await api.stop();
      }
    },
  );
});

function expectation(golden: Golden): Outcome {
  const requests = golden.requests.map((each) => ({
    ...each,
    query: golden.recommended_query ?? each.query,
    ...(golden.recommended_body === undefined ? {} : { body: golden.recommended_body }),
  }));
  const expected: Outcome = { ...expectedResult(golden), requests, sleeps: golden.sleeps };
  const deviation = DEVIATIONS[golden.id] ?? DEVIATIONS[golden.group];
  return deviation === undefined ? expected : deviation.expect(expected, golden);
}

function expectedResult({ error, result, call }: Golden): Pick<Outcome, 'error' | 'result'> {
  if (error !== undefined) {
    return {
      error: { category: error.error_category ?? '', statusCode: error.status_code || null },
    };
  }
  if (call.op === 'fetch') return { result };
  if (!Array.isArray(call.data)) return { result: { results: [result.result], failed: [] } };
  return { result: { results: result.results, failed: [] } };
}

const SEND: Pick<
  SendOptions,
  'batchSize' | 'concurrency' | 'strict' | 'memory' | 'resend' | 'memorySalt' | 'idempotency'
> = {
  batchSize: null,
  concurrency: 1,
  // As the reference does for each list; without it an item fails alone.
  strict: true,
  memory: null,
  resend: false,
  memorySalt: '',
  idempotency: null,
};

async function run(golden: Golden, api: MockApi): Promise<Outcome> {
  const sleeps: number[] = [];
  const clock: Clock = {
    now: () => 0,
    after: (ms, callback) => {
      sleeps.push(ms / 1000);
      queueMicrotask(callback);
      return { cancel: () => {} };
    },
  };
  const context = { clock, logger: silentLogger, signal: undefined };
  const outcome = await attempt(async () => {
    const connection = connect(golden.connector);
    const { op, endpoint, params, data } = golden.call;
    try {
      if (op === 'fetch') return await fetchData(connection, endpoint, params ?? {}, context);
      const target = connection.endpoint(endpoint);
      const options = { ...SEND, ...context, connection, target, params: params ?? {} };
      const sent = await sendData(data, 0, options);
      throwSingleFailure(sent, data);
      return { results: sent.results, failed: sent.failed.map(({ error }) => error.category) };
    } finally {
      await connection.http.close();
    }
  });
  return { ...outcome, requests: api.requests.map(recorded), sleeps };
}

/** The reference throws where a single item cannot be sent. */
function throwSingleFailure(sent: SendOutcome, data: unknown): void {
  const [first] = sent.failed;
  if (first !== undefined && !Array.isArray(data)) throw first.error;
}

async function attempt(call: () => Promise<unknown>): Promise<Pick<Outcome, 'error' | 'result'>> {
  try {
    return { result: await call() };
  } catch (thrown) {
    assert.ok(thrown instanceof SyncError, String(thrown));
    return { error: { category: thrown.category, statusCode: thrown.statusCode } };
  }
}

function recorded({ method, path, query, headers, body }: MockApi['requests'][number]): object {
  const transport = ['host', 'user-agent', 'accept', 'connection', 'content-length'];
  const kept = Object.entries(headers).filter(([name]) => !transport.includes(name));
  return {
    method,
    path,
    query,
    headers: Object.fromEntries(kept),
    ...(body === undefined ? {} : { body }),
  };
}

/** As the import makes it of an APILinker configuration. */
function connect(saved: Record<string, unknown>): Connection {
  const notes: Note[] = [];
  const { properties, credentials } = importConnection(saved, 'source', notes);
  const unusable = notes.find(({ code }) => code === 'endpoint-unusable');
  if (unusable !== undefined) throw new SyncError(unusable.where, { category: 'VALIDATION' });
  const settings = connectionSettings({
    retryCount: 3,
    retryDelaySeconds: 1,
    ...(properties as Partial<Settings>),
  });
  return openConnection(settings, credentials, {
    clock: systemClock,
    environment: () => undefined,
    tls: {},
    onRefreshToken: () => undefined,
  }).connection;
}
