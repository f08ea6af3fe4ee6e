// node bench/burst.mjs: a burst of webhooks at once. How fast it is acknowledged, how fast the flow takes it
// at its concurrency, and what the event loop of Node-RED - and with it the editor - feels of it.
// Options: --requests 10000 --connections 200 --concurrency 10 --work 2 (ms that the flow needs for each)
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { github } from '../scripts/payloads.mjs';
import { fileSystemOf, fsyncTimes, residentMb } from './machine.mjs';
import { SECRET, startNodeRed, until } from './servers.mjs';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    connections: { type: 'string', default: '200' },
    concurrency: { type: 'string', default: '10' },
    work: { type: 'string', default: '2' },
  },
});
const requests = Number(values.requests);
const ID_HEADER = 'x-github-delivery';

const WORK = `
const state = flow.get('state');
state.most = Math.max(state.most, ++state.now);
setTimeout(() => { state.now--; node.send(msg); node.done(); }, ${Number(values.work)});`;
const START = `
const delay = perf.monitorEventLoopDelay({ resolution: 1 });
delay.enable();
flow.set('state', { now: 0, most: 0, delay });`;
const REPORT = `
const { delay, most } = flow.get('state');
const ms = (share) => delay.percentile(share) / 1e6;
msg.payload = { p50: ms(50), p99: ms(99), max: delay.max / 1e6, most };
delay.reset();
return msg;`;
const FLOWS = [
  { id: 't', type: 'tab', label: 'burst' },
  { id: 'history', type: 'webhook-history', path: 'history.sqlite', maxEvents: 0 },
  {
    id: 'in',
    z: 't',
    type: 'webhook-in',
    path: '/burst',
    provider: 'github',
    concurrency: Number(values.concurrency),
    history: 'history',
    credentials: { secret: SECRET },
    wires: [['work']],
  },
  {
    id: 'work',
    z: 't',
    type: 'function',
    func: WORK,
    initialize: START,
    libs: [{ var: 'perf', module: 'perf_hooks' }],
    outputs: 1,
    wires: [[]],
  },
  { id: 'ask', z: 't', type: 'http in', url: '/loop', method: 'get', wires: [['report']] },
  { id: 'report', z: 't', type: 'function', func: REPORT, outputs: 1, wires: [['answer']] },
  { id: 'answer', z: 't', type: 'http response', wires: [] },
];

mkdirSync('.build-bench', { recursive: true });
const folder = mkdtempSync('.build-bench/burst-');
const userDir = join(folder, 'ours');
mkdirSync(userDir);
const server = await startNodeRed(userDir, FLOWS, { withPackage: true });
const client = fork(new URL('load-client.mjs', import.meta.url));
try {
  await main();
} finally {
  client.kill();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const { headers, body } = await github(SECRET);
  delete headers[ID_HEADER];
  const fsync = fsyncTimes(folder);
  console.log(
    `${requests} webhooks of ${Buffer.byteLength(body)} bytes over ${values.connections} connections; the flow takes ` +
      `${values.concurrency} at once, ${values.work} ms each; store on ${fileSystemOf(folder)}, fdatasync p50 ${fsync.p50.toFixed(2)} ms`,
  );
  const send = async (count, connections) => {
    const { port } = server;
    const job = { port, path: '/burst', headers, body, idHeader: ID_HEADER, connections };
    client.send({ ...job, seconds: 300, requests: count });
    return (await once(client, 'message'))[0];
  };
  await send(500, 10);
  await final(500);
  await loop();
  const idle = residentMb(server.pid);
  const start = performance.now();
  const sending = send(requests, Number(values.connections));
  const editor = await editorDuring(sending);
  const result = await sending;
  const during = await loop();
  const peak = residentMb(server.pid);
  const refused = Object.entries(result.statuses).filter(([status]) => !status.startsWith('2'));
  await final(500 + result.answered - refused.reduce((sum, [, count]) => sum + count, 0));
  const after = await loop();
  const ms = (number) => `${number.toFixed(1)} ms`;
  console.log(
    [
      `acknowledged in ${result.seconds.toFixed(2)} s (${result.perSecond.toFixed(0)}/s), p50 ${ms(result.p50)}, p99 ${ms(result.p99)}; answers ${JSON.stringify(result.statuses)}`,
      `all final after ${((performance.now() - start) / 1e3).toFixed(2)} s; at most ${after.most} in the flow`,
      `event-loop delay while it came: p50 ${ms(during.p50)}, p99 ${ms(during.p99)}, max ${ms(during.max)}`,
      `event-loop delay while the flow caught up: p50 ${ms(after.p50)}, p99 ${ms(after.p99)}, max ${ms(after.max)}`,
      `GET /flows meanwhile: p50 ${ms(editor.p50)}, max ${ms(editor.max)} (${editor.count} times)`,
      `memory ${idle.toFixed(0)} -> ${peak.toFixed(0)} MB`,
    ].join('\n'),
  );
}

/** What somebody in the editor waits for its answers. */
async function editorDuring(sending) {
  let over = false;
  const ended = sending.then(() => (over = true));
  const times = [];
  while (!over) {
    const start = performance.now();
    await (await fetch(server.url('/flows'))).arrayBuffer();
    times.push(performance.now() - start);
    await Promise.race([ended, new Promise((done) => setTimeout(done, 50))]);
  }
  times.sort((a, b) => a - b);
  return { count: times.length, p50: times[times.length >> 1] ?? 0, max: times.at(-1) ?? 0 };
}

async function loop() {
  return (await fetch(server.url('/loop'))).json();
}

async function final(count) {
  await until(async () => {
    const response = await fetch(server.url('/apilinker-webhooks/stats'));
    return (await response.json()).byStatus.success === count;
  }, server.logText);
}
