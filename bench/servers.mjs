// The two Node-RED processes that are compared: ours, and one that does not load our package.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

export const SECRET = 'secret-of-the-bench';

const tab = (id) => ({ id, type: 'tab', label: id });
const smallAnswer = (id, z, next) => ({
  id,
  z,
  type: 'change',
  rules: [{ t: 'set', p: 'payload', pt: 'msg', to: '{"status":"accepted"}', tot: 'json' }],
  wires: [next],
});
const answer = (id, z, statusCode) => ({ id, z, type: 'http response', statusCode, wires: [] });

/** webhook-in -> change: the answer is ours, and the flow does what B1's flow does. */
export const OURS = [
  tab('ours'),
  { id: 'history', type: 'webhook-history', path: 'history.sqlite', maxEvents: 100_000_000 },
  {
    id: 'in',
    z: 'ours',
    type: 'webhook-in',
    path: '/ours',
    provider: 'github',
    history: 'history',
    credentials: { secret: SECRET },
    wires: [['small']],
  },
  smallAnswer('small', 'ours', []),
];

/** The same endpoint on a listener of our own. */
export const onListener = (port) => [
  { id: 'listener', type: 'webhook-listener', host: '127.0.0.1', port },
  {
    id: 'in-listener',
    z: 'ours',
    type: 'webhook-in',
    path: '/ours',
    provider: 'github',
    history: 'history',
    listener: 'listener',
    credentials: { secret: SECRET },
    wires: [['small']],
  },
];

/** B2's function: what users write by hand. */
const VERIFY = `
const expected = Buffer.from('sha256=' + crypto.createHmac('sha256', '${SECRET}').update(msg.payload).digest('hex'));
const given = Buffer.from(msg.req.headers['x-hub-signature-256'] || '');
if (given.length !== expected.length || !crypto.timingSafeEqual(given, expected)) {
  msg.statusCode = 401;
  msg.payload = { detail: 'Invalid signature' };
  return msg;
}
msg.event = JSON.parse(msg.payload);
msg.statusCode = 202;
msg.payload = { status: 'accepted' };
return msg;`;

export const PLAIN = [
  tab('b1'),
  { id: 'b1-in', z: 'b1', type: 'http in', url: '/b1', method: 'post', wires: [['b1-small']] },
  smallAnswer('b1-small', 'b1', ['b1-out']),
  answer('b1-out', 'b1', '202'),
  tab('b2'),
  {
    id: 'b2-in',
    z: 'b2',
    type: 'http in',
    url: '/b2',
    method: 'post',
    skipBodyParsing: true,
    wires: [['b2-verify']],
  },
  {
    id: 'b2-verify',
    z: 'b2',
    type: 'function',
    func: VERIFY,
    outputs: 1,
    libs: [{ var: 'crypto', module: 'crypto' }],
    wires: [['b2-out']],
  },
  answer('b2-out', 'b2', ''),
];

/** Starts Node-RED 5 in `folder` with these flows; `withPackage`: with ours installed. */
export async function startNodeRed(folder, flows, { withPackage }) {
  const port = await freePort();
  const modules = join(folder, 'node_modules/@apilinker');
  mkdirSync(modules, { recursive: true });
  if (withPackage) symlinkSync(resolve('.'), join(modules, 'node-red-webhooks'), 'dir');
  writeFileSync(
    join(folder, 'settings.js'),
    `module.exports = { uiPort: ${port}, uiHost: '127.0.0.1', credentialSecret: false };`,
  );
  const log = openSync(join(folder, 'log'), 'w');
  const child = spawn(process.execPath, ['node_modules/node-red/red.js', '-u', folder], {
    stdio: ['ignore', log, log],
  });
  const url = (path) => `http://127.0.0.1:${port}${path}`;
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  const logText = () => readFileSync(join(folder, 'log'), 'utf8');
  try {
    await until(async () => (await fetch(url('/flows')).catch(() => undefined))?.ok, logText);
    const deployed = await fetch(url('/flows'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(flows),
    });
    if (!deployed.ok) throw new Error(`Deploy: ${deployed.status} ${await deployed.text()}`);
    await until(() => logText().match(/Started (flows|modified)/g)?.length >= 2, logText);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, pid: child.pid, url, stop, logText };
}

/** Waits for a condition; fails with the log after 30 s. */
export async function until(condition, logText) {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain. Log of Node-RED:\n${logText()}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
