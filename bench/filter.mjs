// webhook-filter beside core `switch`: 10,000 messages through ten equivalent rules, in one Node-RED
// each, the fixed cost of the chain (source and sink without a filter) taken off. CPU time, medians of
// interleaved rounds. Then hostile patterns: how the time grows with the text, in a process of its own
// that is killed when it takes too long.
// usage: node bench/filter.mjs [rounds] [messages]
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { github } from '../scripts/payloads.mjs';

const IN_FLIGHT = 10;
/** The messages go through that often: one pass is too short to be measured. */
const PASSES = 5;
const HOSTILE_MS = 5_000;
const RUNTIMES = {
  'Node-RED 5': 'node_modules/node-red',
  'Node-RED 4.1': 'node_modules/node-red-4',
};
const require = createRequire(import.meta.url);

const texts = Array.from({ length: 9 }, (_, n) => `refs/heads/branch-${n}`);
const condition = (op, value, valueType) => ({ on: 'payload', key: 'ref', op, value, valueType });
const rule = (op, value, valueType = 'str') => [op, condition(op, value, valueType)];
const core = (t, v, vt = 'str', more = {}) => ({ t, v, vt, ...more });

/** Ten rules on `payload.ref`, which is refs/heads/main: the last one matches, or none. */
const RULES = {
  'ten equalities, the last matches': {
    ours: [...texts, 'refs/heads/main'].map((text) => rule('eq', text)),
    theirs: [...texts, 'refs/heads/main'].map((text) => core('eq', text)),
  },
  'ten equalities, none matches': {
    ours: [...texts, 'refs/heads/other'].map((text) => rule('eq', text)),
    theirs: [...texts, 'refs/heads/other'].map((text) => core('eq', text)),
  },
  'ten operators, the last matches': {
    ours: [
      rule('eq', 'refs/heads/dev'),
      rule('missing', ''),
      rule('gte', '10', 'num'),
      rule('lt', '5', 'num'),
      rule('between', ['1', '9'], 'num'),
      rule('contains', 'release'),
      rule('search', '^refs/tags/v\\d+\\.\\d+'),
      rule('eq', 'true', 'bool'),
      rule('type', 'array'),
      rule('search', 'heads/(main|master)$'),
    ],
    theirs: [
      core('eq', 'refs/heads/dev'),
      core('null'),
      core('gte', '10', 'num'),
      core('lt', '5', 'num'),
      core('btwn', '1', 'num', { v2: '9', v2t: 'num' }),
      core('cont', 'release'),
      core('regex', '^refs/tags/v\\d+\\.\\d+', 'str', { case: false }),
      core('true'),
      core('istype', 'array', 'array'),
      core('regex', 'heads/(main|master)$', 'str', { case: false }),
    ],
  },
  'ten patterns, the last matches': {
    ours: [...texts, 'heads/(main|master)$'].map((text) => rule('search', text)),
    theirs: [...texts, 'heads/(main|master)$'].map((text) =>
      core('regex', text, 'str', { case: false }),
    ),
  },
};

const HOSTILE = [
  ['^(a+)+$', 'a', '!'],
  ['^(a|a)*$', 'a', '!'],
  ['^([a-zA-Z0-9._-]+)+@[a-z]+$', 'a', '@'],
  ['^(.*a){12}[bc]', 'a', ''],
  ['^(\\d+)*[-+]$', '1', '!'],
];
const LENGTHS = { switch: [16, 20, 24, 28, 40], filter: [1_000, 10_000, 100_000, 1_000_000] };

const [mode, ...args] = process.argv.slice(2);
if (mode === '--child') await child(...args);
else {
  compare(Number(mode ?? 5), Number(args[0] ?? 10_000));
  hostile();
}

function compare(rounds, messages) {
  for (const [title, folder] of Object.entries(RUNTIMES)) {
    console.log(`${title}: ${messages} messages through ten rules, us of CPU per message`);
    for (const rules of Object.keys(RULES)) {
      const us = { chain: [], switch: [], filter: [] };
      for (let round = 0; round < rounds; round++) {
        for (const node of Object.keys(us)) us[node].push(measure(folder, node, rules, messages));
      }
      const own = (node) => median(us[node].map((value, round) => value - us.chain[round]));
      const [theirs, ours] = [own('switch'), own('filter')];
      const ratio = (ours / theirs).toFixed(2);
      console.log(
        `  ${rules}: switch ${theirs.toFixed(1)}, webhook-filter ${ours.toFixed(1)} (${ratio}x)`,
      );
    }
  }
}

function measure(folder, ...rest) {
  const out = run([folder, ...rest]);
  return Number(/^RESULT (.*)$/m.exec(out)[1]);
}

function run(args, timeout) {
  const file = fileURLToPath(import.meta.url);
  return execFileSync(process.execPath, [file, '--child', ...args.map(String)], {
    ...{ encoding: 'utf8', timeout, killSignal: 'SIGKILL' },
  });
}

function hostile() {
  console.log(
    'hostile patterns, Node-RED 5: ms for one message with a text of that many characters',
  );
  for (const [pattern, , tail] of HOSTILE) {
    console.log(`  ${pattern} (…${tail === '' ? ' without the end' : tail})`);
    for (const node of ['switch', 'filter']) {
      let line = '';
      for (const length of LENGTHS[node]) {
        const ms = oneMessage(
          node,
          HOSTILE.findIndex(([p]) => p === pattern),
          length,
        );
        line += ` ${length}: ${ms},`;
        if (ms.startsWith('>')) break;
      }
      console.log(`    ${node === 'switch' ? 'switch' : 'webhook-filter'}:${line.slice(0, -1)}`);
    }
  }
}

function oneMessage(node, index, length) {
  try {
    const out = run(['node_modules/node-red', node, `hostile ${index}`, 1, length], HOSTILE_MS);
    return Number(/^RESULT (.*)$/m.exec(out)[1]).toFixed(1);
  } catch (thrown) {
    if (thrown.signal !== 'SIGKILL') throw thrown;
    return `> ${HOSTILE_MS}, killed`;
  }
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

async function child(folder, node, rules, messages, length) {
  const userDir = mkdtempSync(join(tmpdir(), 'filter-bench-'));
  prepareUserDir(userDir, node, rulesOf(rules));
  const RED = require(resolve(folder));
  RED.init(createServer(), {
    userDir,
    flowFile: 'flows.json',
    httpAdminRoot: false,
    httpNodeRoot: false,
    logging: { console: { level: 'off' } },
    telemetry: { enabled: false, updateNotification: false },
  });
  const started = once(RED.events, 'flows:started');
  await RED.start();
  await started;
  const result =
    length === undefined
      ? await microseconds(RED, Number(messages))
      : await milliseconds(RED, Number(rules.split(' ')[1]), Number(length));
  console.log(`RESULT ${result}`);
  rmSync(userDir, { recursive: true, force: true });
  process.exit(0);
}

function rulesOf(rules) {
  if (!rules.startsWith('hostile')) return RULES[rules];
  const [pattern] = HOSTILE[Number(rules.split(' ')[1])];
  return {
    ours: [rule('search', pattern)],
    theirs: [core('regex', pattern, 'str', { case: false })],
  };
}

async function microseconds(RED, messages) {
  const payload = { ...JSON.parse((await github('secret')).body), ref: 'refs/heads/main' };
  await pump(RED, payload, messages); // warm up
  const before = process.cpuUsage();
  for (let pass = 0; pass < PASSES; pass++) await pump(RED, payload, messages);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / messages / PASSES;
}

async function milliseconds(RED, index, length) {
  const [, unit, tail] = HOSTILE[index];
  await pump(RED, { ref: 'short' }, 1);
  const started = performance.now();
  await pump(RED, { ref: `${unit.repeat(length)}${tail}` }, 1);
  return performance.now() - started;
}

/** Sends `count` messages through the flow, a few at a time. */
function pump(RED, payload, count) {
  const source = RED.nodes.getNode('source');
  const sink = RED.nodes.getNode('sink');
  return new Promise((done) => {
    let sent = 0;
    let arrived = 0;
    const send = () => {
      if (sent >= count) return;
      sent++;
      source.send({ payload });
    };
    sink.arrived = () => {
      if (++arrived >= count) done();
      else setImmediate(send);
    };
    for (let i = 0; i < IN_FLIGHT; i++) send();
  });
}

function prepareUserDir(userDir, node, { ours, theirs }) {
  mkdirSync(join(userDir, 'nodes'));
  const code = `module.exports = (RED) => {
    RED.nodes.registerType('bench-end', function (config) {
      RED.nodes.createNode(this, config);
      this.on('input', (msg, send, done) => { send(msg); done(); this.arrived?.(); });
    });
  };`;
  writeFileSync(join(userDir, 'nodes', 'end.js'), code);
  writeFileSync(join(userDir, 'nodes', 'end.html'), '<script type="text/javascript"></script>\n');
  // The package is there in all of them: what it costs to be loaded is not the filter's.
  const modules = join(userDir, 'node_modules/@apilinker');
  mkdirSync(modules, { recursive: true });
  symlinkSync(resolve('.'), join(modules, 'node-red-webhooks'), 'dir');
  const end = (id, to) => ({ id, type: 'bench-end', z: 'tab', x: 0, y: 0, wires: [to] });
  const wires = [...theirs, null].map(() => ['sink']);
  const between = {
    chain: end('node', ['sink']),
    switch: {
      ...{ id: 'node', type: 'switch', z: 'tab', property: 'payload.ref', propertyType: 'msg' },
      ...{ rules: [...theirs, { t: 'else' }], checkall: 'false', repair: false },
      ...{ outputs: theirs.length + 1, wires },
    },
    filter: {
      ...{ id: 'node', type: 'webhook-filter', z: 'tab', mode: 'first' },
      rules: ours.map(([name, condition]) => ({ name, match: 'all', conditions: [condition] })),
      ...{ outputs: ours.length + 1, wires },
    },
  };
  const flow = [
    { id: 'tab', type: 'tab' },
    end('source', ['node']),
    between[node],
    end('sink', []),
  ];
  writeFileSync(join(userDir, 'flows.json'), JSON.stringify(flow));
}
