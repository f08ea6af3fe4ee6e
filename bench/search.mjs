// Measures queries over a large SQLite history, against dist/: the rows are written past the store, all
// else is what the store does. 800-byte bodies; one event in a thousand failed; ten endpoints.
// usage: [DIST=folder] node bench/search.mjs [events, default 1000000] [folder for the file]
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fillHistory, START_MS } from './history-file.mjs';

const require = createRequire(import.meta.url);
const dist = resolve(process.env.DIST ?? 'dist');
const { openSqliteStore } = require(join(dist, 'src/events/sqlite/open.js'));
const { patience, searchStore } = require(join(dist, 'src/history/search.js'));
const { systemClock } = require(join(dist, 'src/shared/clock.js'));
const { newId } = require(join(dist, 'src/shared/ids.js'));
const { silentLogger } = require(join(dist, 'src/shared/logger.js'));

const events = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'search-bench-'));
const file = join(folder, 'history.sqlite');
const ROUNDS = 200;

const open = () =>
  openSqliteStore({ file, logger: silentLogger, retention: { maxEvents: 1e9, maxAgeMs: null } });
await (await open()).close();
fillHistory(file, events, newId);
const store = await open();
const middle = await store.list({ fromMs: START_MS + (events / 2) * 1000, limit: 1 });

console.log(`${events} events; ${ROUNDS} times each, milliseconds`);
await measure('newest page', { limit: 50 });
await measure('newest page of an endpoint', { endpoint: '/hooks/3', limit: 50 });
await measure('failed ones', { status: 'failed', limit: 50 });
await measure('failed ones of an endpoint', { endpoint: '/hooks/3', status: 'failed', limit: 50 });
await measure('two statuses', { status: ['failed', 'ignored'], limit: 50 });
await measure('a page in the middle', { before: middle.events[0].id, limit: 50 });
await measure('an hour in the middle', {
  fromMs: START_MS + (events / 2) * 1000,
  toMs: START_MS + (events / 2 + 3600) * 1000,
  limit: 50,
});
await measure('a type, one in a hundred', { eventType: 'type-7', limit: 50 });
await measure('one step for a type that does not occur', { eventType: 'nowhere', limit: 50 });
await measure('one step for a text that does not occur', { text: 'nowhere', limit: 50 });
await whole('a type that does not occur, to the end', { eventType: 'nowhere', limit: 50 });
await whole('a text that does not occur, for a second', { text: 'nowhere', limit: 50 }, 1000);
await store.close();
rmSync(folder, { recursive: true });

async function measure(name, query) {
  const times = [];
  let found = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    found = (await store.list(query)).events.length;
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)].toFixed(1);
  console.log(`${name}: ${found} events, p50 ${at(0.5)}, p99 ${at(0.99)}`);
}

async function whole(name, query, withinMs = Infinity) {
  const started = performance.now();
  const { next } = await searchStore(store, query, patience(systemClock, withinMs));
  const last = next === null ? events : events - (await place(next));
  const took = performance.now() - started;
  console.log(`${name}: ${last} events in ${took.toFixed(0)} ms`);
}

/** How many events are older than that one. */
async function place(id) {
  const { event } = await store.get(id);
  return (event.receivedAtMs - START_MS) / 1000;
}
