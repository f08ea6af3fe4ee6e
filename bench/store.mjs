// Measures the SQLite store by itself, against dist/: events of 7.6 KB accepted and their attempts ended,
// with 1, 10 and 50 callers at once; CPU of the main thread per event; the disk's own fsync time.
// usage: [DIST=folder] node bench/store.mjs [seconds per round] [folder for the file]
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const require = createRequire(import.meta.url);
const dist = resolve(process.env.DIST ?? 'dist');
const { openSqliteStore } = require(join(dist, 'src/events/sqlite/open.js'));
const { newId } = require(join(dist, 'src/shared/ids.js'));
const { silentLogger } = require(join(dist, 'src/shared/logger.js'));

const seconds = Number(process.argv[2] ?? 3);
const folder = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'store-bench-'));
const examples = require('@octokit/webhooks-examples/api.github.com/index.json');
const push = examples.find(({ name }) => name === 'push').examples[0];
const body = Buffer.from(JSON.stringify({ ...push, padding: 'a1 b2 '.repeat(115) }));
const headers = Object.fromEntries(
  Array.from({ length: 16 }, (_, n) => [`x-header-${n}`, `value ${n} of some usual length`]),
);

console.log(`body ${body.length} bytes; fdatasync of 8 KB: ${fsyncMs().toFixed(2)} ms (median)`);
for (const withKey of [false, true]) {
  for (const callers of [1, 10, 50]) await measure(callers, withKey);
}
rmSync(folder, { recursive: true });

async function measure(callers, withKey) {
  const file = join(folder, `${callers}-${withKey}.sqlite`);
  const store = await openSqliteStore({
    file,
    logger: silentLogger,
    retention: { maxEvents: 1000, maxAgeMs: null },
  });
  const latencies = [];
  const until = performance.now() + seconds * 1000;
  const cpu = process.cpuUsage();
  const thread = process.threadCpuUsage?.();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < until) latencies.push(await one(store, withKey));
    }),
  );
  const spent = process.cpuUsage(cpu);
  const main = process.threadCpuUsage?.(thread);
  const { bytes } = await store.stats();
  await store.close();
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.floor(latencies.length * share)].toFixed(2);
  const perEvent = (usage) => ((usage.user + usage.system) / latencies.length).toFixed(1);
  console.log(
    `${String(callers).padStart(3)} callers${withKey ? ', with key' : ''}: ` +
      `${Math.round(latencies.length / seconds)} events/s, p50 ${at(0.5)} p99 ${at(0.99)} max ${at(0.9999)} ms, ` +
      `CPU/event ${perEvent(spent)} us${main ? `, main thread ${perEvent(main)} us` : ''}, ` +
      `file ${(bytes / 1e6).toFixed(1)} MB (${(statSync(file).size / 1e6).toFixed(1)} at close)`,
  );
}

async function one(store, withKey) {
  const nowMs = Date.now();
  const id = newId(nowMs);
  const started = performance.now();
  await store.accept(
    {
      id,
      endpoint: '/hooks/github',
      name: 'github',
      provider: 'github',
      eventType: 'push',
      deliveryId: id,
      receivedAtMs: nowMs,
      verification: { scheme: 'github', secret: 'current' },
      request: {
        method: 'POST',
        url: '/hooks/github',
        path: '/hooks/github',
        params: {},
        query: {},
        headers,
        ip: '127.0.0.1',
      },
      body,
      replayOf: null,
      edited: false,
      test: false,
    },
    {
      handOver: true,
      dedup: withKey ? { key: randomUUID(), windowMs: 72 * 3_600_000 } : null,
    },
  );
  const took = performance.now() - started;
  const attempt = {
    kind: 'delivery',
    number: 1,
    startedAtMs: nowMs,
    endedAtMs: nowMs + 1,
    outcome: 'success',
    error: null,
    trail: [
      { nodeId: 'a1b2c3', type: 'webhook-filter', name: 'main', atMs: 0, count: 1 },
      { nodeId: 'a1b2c4', type: 'change', name: 'answer', atMs: 1, count: 1 },
    ],
  };
  void store.endAttempt({ eventId: id, attempt, outcome: 'success', reason: null });
  return took;
}

function fsyncMs() {
  const fd = openSync(join(folder, 'fsync'), 'w');
  const times = Array.from({ length: 200 }, () => {
    const started = performance.now();
    writeSync(fd, body);
    fdatasyncSync(fd);
    return performance.now() - started;
  });
  closeSync(fd);
  return times.sort((a, b) => a - b)[100];
}
