// What a scrape of /metrics costs, against dist/: the history is a SQLite file of many events, 10,000 of which
// wait; 50 endpoints and 20 retry nodes. The event loop is looked at while a scrape follows the other, and
// while nobody scrapes.
// usage: [DIST=folder] node bench/metrics.mjs [events, default 200000] [folder for the file]
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fillHistory } from './history-file.mjs';

const require = createRequire(import.meta.url);
const dist = resolve(process.env.DIST ?? 'dist');
const { openSqliteStore } = require(join(dist, 'src/events/sqlite/open.js'));
const { Meters } = require(join(dist, 'src/metrics/meters.js'));
const { MetricsService } = require(join(dist, 'src/metrics/metrics-service.js'));
const { systemClock } = require(join(dist, 'src/shared/clock.js'));
const { newId } = require(join(dist, 'src/shared/ids.js'));
const { silentLogger } = require(join(dist, 'src/shared/logger.js'));

const events = Number(process.argv[2] ?? 200_000);
const folder = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'metrics-bench-'));
const file = join(folder, 'history.sqlite');
const ROUNDS = 200;
/** Prometheus asks every 15 seconds or more; the pause lets the event loop be looked at in between. */
const PAUSE_MS = 5;
const WAITING = Math.min(10_000, events);

const open = () =>
  openSqliteStore({ file, logger: silentLogger, retention: { maxEvents: 1e9, maxAgeMs: null } });

console.log(`SQLite, 50 endpoints, 20 retry nodes; ${ROUNDS} scrapes each, milliseconds`);
await measure('an empty history', 0, 0);
await measure(`${events} events, none waits`, events, 0);
await measure(`${events} events, ${WAITING} wait`, events, WAITING);
rmSync(folder, { recursive: true });

async function measure(name, count, pending) {
  rmSync(file, { force: true });
  await (await open()).close();
  if (count > 0) fillHistory(file, count, newId, pending);
  const store = await open();
  const service = serviceOf(store);
  for (let n = 0; n < 20; n++) await service.scrape(undefined);
  const idle = await watched(() => Promise.resolve());
  const times = [];
  let text = '';
  const busy = await watched(async () => {
    const started = performance.now();
    ({ text } = await service.scrape(undefined));
    times.push(performance.now() - started);
  });
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)].toFixed(2);
  console.log(
    `${name}: p50 ${at(0.5)}, p99 ${at(0.99)}, ${(text.length / 1024).toFixed(0)} KB; ` +
      `event loop: ${(busy.activeMs - idle.activeMs).toFixed(2)} of work for each, ` +
      `late ${busy.late} (without scrapes ${idle.late})`,
  );
  await store.close();
}

/** Does it again and again. How long the event loop worked for each, and how late it was then. */
async function watched(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const before = performance.eventLoopUtilization();
  delay.enable();
  for (let round = 0; round < ROUNDS; round++) {
    await work();
    await pause(PAUSE_MS);
  }
  delay.disable();
  const { active } = performance.eventLoopUtilization(before);
  // Between two looks at the loop there is a millisecond anyway.
  const lateMs = (share) => Math.max(0, delay.percentile(share) / 1e6 - 1).toFixed(1);
  return { activeMs: active / ROUNDS, late: `p50 ${lateMs(50)}, p99 ${lateMs(99)}` };
}

function serviceOf(store) {
  const endpoints = Array.from({ length: 50 }, (_, n) => ({
    endpoint: `/hooks/${n}`,
    handshakes: null,
  }));
  const nodes = Array.from({ length: 20 }, (_, n) => `retry${n}`);
  return new MetricsService({
    clock: systemClock,
    elapsedMs: () => performance.now(),
    meters: new Meters(),
    build: { version: '0', node_version: process.versions.node, node_red_version: '0' },
    stores: () => [
      {
        ...{ name: 'bench', store, isSound: true, limitBytes: null },
        freeBytes: () => Promise.resolve(null),
      },
    ],
    endpoints: () => endpoints,
    nodes: () => nodes,
    openAttempts: () => 0,
    process: () => ({ cpuSeconds: 0, residentBytes: 0, startedAtSeconds: 0, activeSeconds: 0 }),
  });
}
