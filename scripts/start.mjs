// npm start: a Node-RED 5 with this package and its example, in the folder .node-red. What a user
// makes of the flows there is kept: the example is deployed only into a fresh folder.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEMO_API, EXAMPLE, HOST, PORT, PROVIDERS } from './demo.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const userDir = join(root, '.node-red');
const origin = `http://${HOST}:${PORT}`;
const READY_TIMEOUT_MS = 60_000;

try {
  await main();
} catch (error) {
  console.error(`\n${error.message}\n`);
  process.exit(1);
}

async function main() {
  if (Number(process.versions.node.split('.')[0]) < 22)
    throw new Error('Run it with `npm start`: that takes the Node.js of this repository.');
  if (!existsSync(join(root, 'dist/nodes')))
    throw new Error('Nothing is built yet: `npm start` builds first.');
  if (await isPortTaken())
    throw new Error(
      `Port ${PORT} is in use, perhaps by another Node-RED. Stop that one, or take another port:\n\n    PORT=${PORT + 1} npm start`,
    );
  const fresh = !existsSync(join(userDir, 'flows.json'));
  prepareUserDir();
  const nodeRed = runNodeRed();
  const early = nodeRed.ended.then((code) => {
    throw new Error(`Node-RED ended (exit code ${code}) before it was ready; its log says why.`);
  });
  try {
    await Promise.race([early, fresh ? deployWhenReady() : isReady()]);
  } catch (error) {
    nodeRed.stop();
    throw error;
  }
  announce(fresh);
  process.exitCode = await nodeRed.ended;
}

function isReady() {
  return waitFor('/flows', (status) => status === 200);
}

async function deployWhenReady() {
  await isReady();
  await deployExample();
  await waitFor(PROVIDERS.github.path, (status) => status !== 404 && status < 500);
}

function isPortTaken() {
  return new Promise((taken) => {
    const probe = createServer();
    probe.once('error', () => taken(true));
    probe.listen(PORT, HOST, () => probe.close(() => taken(false)));
  });
}

/** The package is linked in as `npm install <folder>` would do it, so that the palette knows it. */
function prepareUserDir() {
  const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const link = join(userDir, 'node_modules', name);
  mkdirSync(dirname(link), { recursive: true });
  const existing = lstatSync(link, { throwIfNoEntry: false });
  if (existing?.isSymbolicLink()) unlinkSync(link);
  if (!existing?.isDirectory()) symlinkSync(root, link, 'dir');
  writeOnce('package.json', {
    name: 'node-red-project',
    version: '0.0.1',
    private: true,
    dependencies: { [name]: 'file:..' },
  });
  writeOnce(
    'settings.js',
    `module.exports = {
  uiPort: process.env.PORT || 1880,
  uiHost: '${HOST}',
  flowFile: 'flows.json',
  flowFilePretty: true,
  credentialSecret: '${randomBytes(32).toString('hex')}',
  editorTheme: { tours: false },
  logging: { console: { level: 'info' } },
};
`,
  );
}

function writeOnce(name, content) {
  const file = join(userDir, name);
  if (existsSync(file)) return;
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
  writeFileSync(file, text, { mode: 0o600 });
}

/** `ended` resolves with the exit code; a signal to this process ends Node-RED in an orderly way. */
function runNodeRed() {
  const redJs = resolve(root, 'node_modules/node-red/red.js');
  const env = { ...process.env, PORT: String(PORT), [DEMO_API]: `${origin}/demo-api` };
  const child = spawn(process.execPath, [redJs, '--userDir', userDir], { env, stdio: 'inherit' });
  const stop = () => child.kill('SIGTERM');
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      asked = true;
      stop();
    });
  const ended = new Promise((done) =>
    child.once('exit', (code) => {
      if (asked) process.exit(code ?? 1);
      done(code ?? 1);
    }),
  );
  return { ended, stop };
}

async function deployExample() {
  const flows = JSON.parse(readFileSync(join(root, EXAMPLE), 'utf8')).map(withDemoValues);
  const response = await fetch(`${origin}/flows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(flows),
  });
  if (!response.ok)
    throw new Error(
      `The example could not be deployed: ${response.status} ${await response.text()}`,
    );
}

/** An exported flow holds no credentials; and the demo APIs are on the port of this Node-RED. */
function withDemoValues(node) {
  if (node.type === 'webhook-in') {
    const provider = PROVIDERS[node.provider];
    return provider === undefined ? node : { ...node, credentials: { secret: provider.secret } };
  }
  return node.type === 'apilinker-connection' ? { ...node, baseUrl: `\${${DEMO_API}}` } : node;
}

async function waitFor(path, isReady) {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const response = await fetch(`${origin}${path}`).catch(() => undefined);
    if (response !== undefined && isReady(response.status)) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`${origin}${path} was not ready after ${READY_TIMEOUT_MS / 1000} s.`);
}

function announce(fresh) {
  const port = PORT === 1880 ? '' : `PORT=${PORT} `;
  const lines = [
    `Node-RED is ready: open ${origin}/`,
    fresh
      ? 'The example flow is deployed. Its endpoints wait for webhooks of GitHub and Stripe.'
      : 'Your flows of last time are there (remove the folder .node-red to begin anew).',
    '',
    'Send it a real, signed webhook from another terminal:',
    '',
    `    ${port}npm run send -- github`,
    `    ${port}npm run send -- github --tamper   (refused: 401)`,
    `    ${port}npm run send -- stripe`,
    '',
    'Ctrl-C stops it.',
  ];
  console.log(`\n${lines.map((line) => `  ${line}`.trimEnd()).join('\n')}\n`);
}
