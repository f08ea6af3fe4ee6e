// What the flow tracker costs per hop: a chain of six nodes that pass the message on, in Node-RED
// without a tracker, with an idle one (no attempt is open), and with every message an attempt of its
// own (its start and end included): concluded at once, and after the default quiet period, in which
// some thousand attempts are open at this rate. CPU time, medians of interleaved rounds.
// usage: node bench/tracker.mjs [rounds] [messages]; TRACKER_BUILD names another build than dist
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const HOPS = 6;
const IN_FLIGHT = 10;
const FLOOR_US = { idle: 0.5, active: 3 };
const ATTEMPT = {
  timeoutMs: 30_000,
  failOnHttpStatus: true,
  acceptStatus: [],
  outcome: 'automatic',
};
const RUNTIMES = {
  'Node-RED 5': 'node_modules/node-red',
  'Node-RED 4.1': 'node_modules/node-red-4',
};
const QUIET_MS = { active: 0, quiet: 150 };
const MODES = ['plain', 'idle', 'active', 'quiet'];
const require = createRequire(import.meta.url);
const build = (path) => require(resolve(process.env.TRACKER_BUILD ?? 'dist', path));

if (process.argv[2] === '--child') await child(...process.argv.slice(3));
else compare(Number(process.argv[2] ?? 7), Number(process.argv[3] ?? 40_000));

function compare(rounds, messages) {
  for (const [title, folder] of Object.entries(RUNTIMES)) {
    const microseconds = Object.fromEntries(MODES.map((mode) => [mode, []]));
    for (let round = 0; round < rounds; round++) {
      for (const mode of MODES) microseconds[mode].push(measure(folder, mode, messages));
    }
    const plain = median(microseconds.plain);
    console.log(`${title}: plain ${plain.toFixed(2)} us per hop`);
    for (const mode of ['idle', 'active', 'quiet']) {
      const cost = median(microseconds[mode].map((us, round) => us - microseconds.plain[round]));
      const floor = FLOOR_US[mode];
      const verdict = floor === undefined ? '' : cost <= floor ? ' (reached' : ' (MISSED';
      const limit = floor === undefined ? '' : `, floor ${floor})`;
      console.log(`  tracker ${mode}: +${cost.toFixed(2)} us per hop${verdict}${limit}`);
    }
  }
}

function measure(folder, mode, messages) {
  const args = [fileURLToPath(import.meta.url), '--child', folder, mode, String(messages)];
  const out = execFileSync(process.execPath, args, { encoding: 'utf8' });
  return Number(/^RESULT (.*)$/m.exec(out)[1]);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

async function child(folder, mode, messages) {
  const userDir = mkdtempSync(join(tmpdir(), 'tracker-bench-'));
  prepareUserDir(userDir);
  const RED = require(resolve(folder));
  RED.init(createServer(), {
    userDir,
    flowFile: 'flows.json',
    httpAdminRoot: false,
    httpNodeRoot: false,
    logging: { console: { level: 'off' } },
    telemetry: { enabled: false, updateNotification: false },
  });
  const tracker = mode === 'plain' ? undefined : bindTracker(RED);
  const started = once(RED.events, 'flows:started');
  await RED.start();
  await started;
  const options = mode in QUIET_MS ? { ...ATTEMPT, quietMs: QUIET_MS[mode] } : undefined;
  const run = (count) => pump(RED, tracker, options, count);
  await run(messages / 4); // warm up
  const before = process.cpuUsage();
  await run(Number(messages));
  const { user, system } = process.cpuUsage(before);
  console.log(`RESULT ${(user + system) / messages / HOPS}`);
  rmSync(userDir, { recursive: true, force: true });
  process.exit(0);
}

function bindTracker(RED) {
  const { FlowTracker } = build('src/delivery/flow-tracker.js');
  const { systemClock } = build('src/shared/clock.js');
  const { groupedClock } = build('src/shared/grouped-clock.js');
  const bound = build('nodes/shared/runtime/bind-tracker.js');
  const tracker = new FlowTracker({
    clock: groupedClock(systemClock),
    newMessageId: RED.util.generateId,
    isCatchable: () => true,
  });
  bound.bindTracker(RED, tracker, (thrown) => {
    throw thrown;
  });
  return tracker;
}

/** Sends `count` messages through the chain, a few at a time. */
function pump(RED, tracker, options, count) {
  const first = RED.nodes.getNode('wrapper');
  const last = RED.nodes.getNode(`hop${HOPS}`);
  return new Promise((done) => {
    let sent = 0;
    let arrived = 0;
    const send = () => {
      if (sent >= count) return;
      sent++;
      const msg = { payload: 'hello' };
      if (options === undefined) first.send(msg);
      else tracker.start(options, { onConcluded: () => {} }, msg, (own) => first.send(own));
    };
    last.arrived = () => {
      if (++arrived >= count) done();
      else setImmediate(send);
    };
    for (let i = 0; i < IN_FLIGHT; i++) send();
  });
}

function prepareUserDir(userDir) {
  mkdirSync(join(userDir, 'nodes'));
  const node = `module.exports = (RED) => {
    RED.nodes.registerType('bench-hop', function (config) {
      RED.nodes.createNode(this, config);
      this.on('input', (msg, send, done) => { send(msg); done(); this.arrived?.(); });
    });
  };`;
  writeFileSync(join(userDir, 'nodes', 'hop.js'), node);
  writeFileSync(join(userDir, 'nodes', 'hop.html'), '<script type="text/javascript"></script>\n');
  const hop = (id, to) => ({ id, type: 'bench-hop', z: 'tab', x: 0, y: 0, wires: [to] });
  const hops = Array.from({ length: HOPS }, (_, i) =>
    hop(`hop${i + 1}`, i + 1 < HOPS ? [`hop${i + 2}`] : []),
  );
  const flow = [{ id: 'tab', type: 'tab' }, hop('wrapper', ['hop1']), ...hops];
  writeFileSync(join(userDir, 'flows.json'), JSON.stringify(flow));
}
