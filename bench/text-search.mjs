// Measures the search for a text over a large SQLite history, against dist/: how long it takes, what its index
// costs in space and time, and what it costs to receive beside it. Rows are written past the store.
// usage: [DISTS=folder,another folder] node bench/text-search.mjs [events, default 1000000] [folder for the file]
// With several builds each has a file of its own, and receiving is measured in turns.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fillHistory } from './history-file.mjs';
import { sampleEvent } from './sample-events.mjs';

const require = createRequire(import.meta.url);
const events = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'text-bench-'));
const ROUNDS = Number(process.env.ROUNDS ?? 100);
/** As the admin API does: a search that takes longer answers with what it has. */
const PATIENCE_MS = 1000;
const TURNS = 5;

const MARKS = [
  [Math.floor(events / 3), 'kolibri'],
  [1000, 'thousandth'],
  [20, 'twentieth'],
];
const markOf = (n) =>
  MARKS.filter(([every], at) => (at === 0 ? n === every : n % every === 0))
    .map(([, word]) => word)
    .join(' ');
const QUERIES = [
  ['once, a third from the oldest', { text: 'kolibri' }],
  ['in one of 1,000', { text: 'thousandth' }],
  ['in one of 20', { text: 'Twentieth' }],
  ['in all', { text: 'hooks.example.com' }],
  ['nowhere, a word', { text: 'sandwich' }],
  ['nowhere, an id', { text: '0b9f7a52c1d44e86' }],
  ['nowhere, 6 digits', { text: '"amount":739164.' }],
  ['nowhere, 4 letters', { text: 'zqxj' }],
  ['nowhere, 2 letters', { text: '§%' }],
  [
    'in one of 1,000, of an endpoint, failed',
    { text: 'thousandth', endpoint: '/hooks/0', status: 'failed' },
  ],
  ['nowhere, of an endpoint', { text: 'sandwich', endpoint: '/hooks/3' }],
];

const builds = (process.env.DISTS ?? 'dist').split(',').map((dist, n) => load(resolve(dist), n));
for (const build of builds) await prepare(build);
for (const build of builds) await ask(build);
await receiveInTurns();
rmSync(folder, { recursive: true });

function load(dist, n) {
  const { openSqliteStore } = require(join(dist, 'src/events/sqlite/open.js'));
  const { patience, searchStore } = require(join(dist, 'src/history/search.js'));
  const { systemClock } = require(join(dist, 'src/shared/clock.js'));
  const { newId } = require(join(dist, 'src/shared/ids.js'));
  const { silentLogger } = require(join(dist, 'src/shared/logger.js'));
  const file = join(folder, `${n}.sqlite`);
  const retention = { maxEvents: 1e9, maxAgeMs: null };
  const open = () => openSqliteStore({ file, logger: silentLogger, retention });
  return { dist, file, open, patience, searchStore, systemClock, newId };
}

async function prepare({ dist, file, open, newId }) {
  await (await open()).close();
  const bytes = fillHistory(file, events, newId, 0, markOf);
  const sizeBefore = statSync(file).size;
  console.log(`\n${dist}: ${events} events, texts of ${mb(bytes)}, file ${mb(sizeBefore)}`);
  const store = await open();
  const started = performance.now();
  await indexed(file);
  const took = (performance.now() - started) / 1000;
  await store.close();
  const grown = statSync(file).size - sizeBefore;
  console.log(`indexed in ${took.toFixed(0)} s; the index takes ${mb(grown)}`);
}

/** Until the index ends less than a part before the newest event; at once where there is none. */
async function indexed(file) {
  const db = new DatabaseSync(file, { readOnly: true });
  const has = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'text_parts'").get();
  for (let known = -1; has !== undefined; await sleep(200)) {
    const { below } = db.prepare('SELECT max(below_seq) AS below FROM text_parts').get();
    if (below !== null && below > events - 4096 && below === known) break;
    known = below;
  }
  db.close();
}

async function ask({ open, patience, searchStore, systemClock }) {
  const store = await open();
  // The newest ones are indexed again.
  await sleep(2000);
  for (const [name, query] of QUERIES) {
    const times = [];
    let page;
    const rounds = () => (times.length > 0 && times[0] > 900 ? 5 : ROUNDS);
    while (times.length < rounds()) {
      const started = performance.now();
      page = await searchStore(store, { ...query, limit: 50 }, patience(systemClock, PATIENCE_MS));
      times.push(performance.now() - started);
    }
    const end = page.next === null || page.events.length === 50 ? '' : ', NOT to the end';
    console.log(`${name}: ${page.events.length} events${end}, ${percentiles(times)}`);
  }
  await store.close();
}

async function receiveInTurns() {
  for (const [name, callers, pauseMs, count] of [
    ['50 senders at once', 50, 0, 20_000],
    ['one sender', 1, 0, 3_000],
    ['about 200 a second', 2, 10, 1_500],
  ]) {
    const results = builds.map(() => []);
    for (let turn = 0; turn < TURNS; turn++) {
      for (const [n, build] of builds.entries()) {
        results[n].push(await receive(build, callers, pauseMs, count));
      }
    }
    for (const [n, { dist }] of builds.entries()) {
      const medianOf = (what) =>
        results[n].map((result) => result[what]).sort((a, b) => a - b)[Math.floor(TURNS / 2)];
      const times = results[n].flatMap((result) => result.times);
      console.log(
        `${name}, ${dist}: ${medianOf('rate').toFixed(0)}/s, ${percentiles(times)}, ` +
          `${medianOf('cpuUs').toFixed(0)} us of CPU an event`,
      );
    }
  }
}

/** Accepted, delivered at once, and finished. */
async function receive({ open, newId }, callers, pauseMs, count) {
  const store = await open();
  await sleep(1000);
  const times = [];
  let left = count;
  const began = performance.now();
  const cpu = process.cpuUsage();
  const sender = async () => {
    while (left > 0) {
      left -= 1;
      if (pauseMs > 0) await sleep(pauseMs);
      times.push(await one(store, newId, left));
    }
  };
  await Promise.all(Array.from({ length: callers }, sender));
  const rate = (count * 1000) / (performance.now() - began);
  const { user, system } = process.cpuUsage(cpu);
  await store.close();
  return { rate, times, cpuUs: (user + system) / count };
}

async function one(store, newId, n) {
  const nowMs = Date.now();
  const id = newId(nowMs);
  const { request, body } = sampleEvent(n, nowMs);
  const started = performance.now();
  await store.accept(
    {
      ...{ id, endpoint: request.path, name: request.path, provider: 'github', eventType: 'push' },
      ...{ deliveryId: id, receivedAtMs: nowMs, replayOf: null, edited: false, test: false },
      verification: { scheme: 'github', secret: 'current' },
      request,
      body: Buffer.from(JSON.stringify(body)),
    },
    { handOver: true, dedup: null },
  );
  const took = performance.now() - started;
  const times = { startedAtMs: nowMs, endedAtMs: nowMs };
  const attempt = {
    kind: 'delivery',
    number: 1,
    ...times,
    outcome: 'success',
    error: null,
    trail: [],
  };
  void store.endAttempt({ eventId: id, attempt, outcome: 'success', reason: null });
  return took;
}

function percentiles(times) {
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)].toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

function mb(bytes) {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
