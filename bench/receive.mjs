// npm run bench: how fast a verified, durable, tracked webhook is received, beside plain core flows.
//   ours: webhook-in (GitHub's signature, fsync before the answer) -> change
//   B1:   http in -> change -> http response 202: nothing verified, nothing stored
//   B2:   http in (raw) -> function with HMAC -> http response: verified by hand, nothing stored
//   listener (with --listener): ours, on a webhook-listener
// Options: --rounds 8 --seconds 1.5 --connections 1,10,50 --listener
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { github } from '../scripts/payloads.mjs';
import { cpuMs, fileSystemOf, fsyncTimes, residentMb } from './machine.mjs';
import { freePort, onListener, OURS, PLAIN, SECRET, startNodeRed, until } from './servers.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '1.5' },
    connections: { type: 'string', default: '1,10,50' },
    listener: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const connections = values.connections.split(',').map(Number);
const ID_HEADER = 'x-github-delivery';

// Below the repository, not in the system's temporary folder: that may be memory, where fsync is free.
mkdirSync('.build-bench', { recursive: true });
const folder = mkdtempSync('.build-bench/run-');
const started = [];
try {
  await main();
} finally {
  for (const stop of started) await stop();
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const { headers, body } = await github(SECRET);
  delete headers[ID_HEADER];
  printMachine(body);
  const start = async (name, flows, withPackage) => {
    const userDir = join(folder, name);
    mkdirSync(userDir);
    const server = await startNodeRed(userDir, flows, { withPackage });
    started.push(server.stop);
    return server;
  };
  const listenerPort = await freePort();
  const ours = await start('ours', [...OURS, ...onListener(listenerPort)], true);
  const plain = await start('plain', PLAIN, false);
  const variants = [
    { name: 'ours', server: ours, path: '/ours', verifies: true, stores: true },
    ...(values.listener
      ? [
          {
            name: 'listener',
            server: ours,
            port: listenerPort,
            path: '/ours',
            verifies: true,
            stores: true,
          },
        ]
      : []),
    { name: 'B1', server: plain, path: '/b1', verifies: false },
    { name: 'B2', server: plain, path: '/b2', verifies: true },
  ];
  const client = fork(new URL('load-client.mjs', import.meta.url));
  started.push(async () => client.kill());
  const run = { client, headers, body, acknowledged: 0, longestDrainMs: 0 };
  for (const variant of variants) await proveAnswers(variant, run);
  for (const variant of variants) await measure(variant, run, connections.at(-1), 1);

  const results = [];
  for (const count of connections)
    for (let round = 0; round < rounds; round++)
      for (const variant of variants)
        results.push({
          count,
          name: variant.name,
          ...(await measure(variant, run, count, seconds)),
        });
  printTable(results, variants);
  console.log(
    `\nmemory after the load: ours ${residentMb(ours.pid).toFixed(0)} MB, plain ${residentMb(plain.pid).toFixed(0)} MB` +
      `\nlongest wait for the flow to catch up after a round: ${run.longestDrainMs.toFixed(0)} ms`,
  );
  await proveStored(ours, run.acknowledged);
}

/** A right signature gets 2xx, and a wrong one 401 where signatures are verified: we measure the real thing. */
async function proveAnswers({ name, server, port, path, verifies, stores }, run) {
  const url = port === undefined ? server.url(path) : `http://127.0.0.1:${port}${path}`;
  const post = async (body) => {
    const headers = { ...run.headers, [ID_HEADER]: randomUUID() };
    return (await fetch(url, { method: 'POST', headers, body })).status;
  };
  const good = await post(run.body);
  const bad = await post(run.body.replace('Hello', 'hello'));
  if (good >= 300 || bad !== (verifies ? 401 : good))
    throw new Error(`${name} answers ${good} and ${bad}.\n${server.logText()}`);
  if (stores) run.acknowledged++;
}

async function measure({ name, server, port = server.port, path, stores }, run, count, duration) {
  const cpuBefore = cpuMs(server.pid);
  const { headers, body } = run;
  run.client.send({
    port,
    path,
    headers,
    body,
    idHeader: ID_HEADER,
    connections: count,
    seconds: duration,
  });
  const [result] = await once(run.client, 'message');
  const refused = Object.entries(result.statuses).filter(([status]) => !status.startsWith('2'));
  if (result.failures > 0 || refused.length > 0)
    throw new Error(
      `${name}: ${result.failures} broken connections, answers ${JSON.stringify(result.statuses)}\n${server.logText()}`,
    );
  if (stores) {
    run.acknowledged += result.answered;
    run.longestDrainMs = Math.max(run.longestDrainMs, await drain(server));
  }
  return { ...result, cpuUs: ((cpuMs(server.pid) - cpuBefore) * 1e3) / result.answered };
}

/** Waits until every event has its final status, so that no round pays for the one before. */
async function drain(server) {
  const start = performance.now();
  await until(async () => {
    const { pending = 0, processing = 0 } = await statuses(server);
    return pending + processing === 0;
  }, server.logText);
  return performance.now() - start;
}

async function statuses(server) {
  const response = await fetch(server.url('/apilinker-webhooks/stats'));
  if (!response.ok) throw new Error(`stats: ${response.status} ${await response.text()}`);
  return (await response.json()).byStatus;
}

async function proveStored(server, acknowledged) {
  const byStatus = await statuses(server);
  const stored = Object.values(byStatus).reduce((sum, count) => sum + count, 0);
  console.log(`acknowledged ${acknowledged}, stored ${stored}: ${JSON.stringify(byStatus)}`);
  if (stored !== acknowledged || byStatus.success !== acknowledged)
    throw new Error(
      'Not every acknowledged event is in the store, delivered: the numbers are void.',
    );
}

function printMachine(body) {
  const require = createRequire(import.meta.url);
  const cpuModel = cpus()[0]?.model ?? 'unknown CPU';
  const fsync = fsyncTimes(folder);
  const nodeRed = JSON.parse(
    readFileSync(require.resolve('node-red/package.json'), 'utf8'),
  ).version;
  console.log(
    [
      `Node ${process.versions.node}, Node-RED ${nodeRed}, ${cpus().length} x ${cpuModel}`,
      `store on ${fileSystemOf(folder)}: append 8 KB + fdatasync p50 ${fsync.p50.toFixed(2)} ms, p99 ${fsync.p99.toFixed(2)} ms`,
      `GitHub push of ${Buffer.byteLength(body)} bytes; ${rounds} interleaved rounds of ${seconds} s; medians`,
      '',
    ].join('\n'),
  );
}

function printTable(results, variants) {
  const columns = [
    'connections',
    'variant',
    'req/s',
    'x B1',
    'x B2',
    'p50 ms',
    'p99 ms',
    'CPU us/req',
  ];
  const rows = connections.flatMap((count) => {
    const of = (name, field) =>
      median(results.filter((r) => r.count === count && r.name === name).map((r) => r[field]));
    return variants.map(({ name }) => [
      count,
      name,
      of(name, 'perSecond').toFixed(0),
      (of(name, 'perSecond') / of('B1', 'perSecond')).toFixed(2),
      (of(name, 'perSecond') / of('B2', 'perSecond')).toFixed(2),
      of(name, 'p50').toFixed(2),
      of(name, 'p99').toFixed(2),
      of(name, 'cpuUs').toFixed(0),
    ]);
  });
  for (const row of [columns, ...rows])
    console.log(
      row.map((cell, index) => String(cell).padStart(columns[index].length + 2)).join(''),
    );
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
