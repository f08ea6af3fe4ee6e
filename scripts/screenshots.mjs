// The picture of the README, taken from the running product: a Node-RED 5 of its own with the example of
// `npm start`, real signed webhooks, the sidebar in Chromium. Build first.
// usage: node scripts/screenshots.mjs [file.png]     (default: docs/images/sidebar.png)
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { DEMO_API, EXAMPLE, HOST, PROVIDERS } from './demo.mjs';
import { BUILDERS } from './payloads.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const picture = resolve(process.argv[2] ?? join(root, 'docs/images/sidebar.png'));
const userDir = mkdtempSync(join(tmpdir(), 'screenshots-'));
const port = await freePort();
const origin = `http://${HOST}:${port}`;
const nodeRed = startNodeRed();
try {
  await until('Node-RED', async () => (await fetch(`${origin}/flows`)).ok);
  await deployExample();
  await until('the endpoints', async () => (await send('github', 'push')) === 200);
  await receive();
  await takePicture();
  console.log(picture);
} finally {
  nodeRed.kill('SIGTERM');
  await new Promise((done) => nodeRed.once('exit', done));
  rmSync(userDir, { recursive: true, force: true });
}

function startNodeRed() {
  const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const link = join(userDir, 'node_modules', name);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(root, link, 'dir');
  const manifest = { name: 'screenshots', version: '0.0.1', dependencies: { [name]: '*' } };
  writeFileSync(join(userDir, 'package.json'), JSON.stringify(manifest));
  const settings = {
    ...{ uiPort: port, uiHost: HOST, flowFile: 'flows.json', credentialSecret: 'of a picture' },
    ...{ telemetry: { enabled: false }, editorTheme: { tours: false } },
    logging: { console: { level: 'warn' } },
  };
  const source = `module.exports = ${JSON.stringify(settings)};`;
  writeFileSync(join(userDir, 'settings.js'), source);
  const redJs = join(root, 'node_modules/node-red/red.js');
  const env = { ...process.env, [DEMO_API]: `${origin}/demo-api` };
  return spawn(process.execPath, [redJs, '--userDir', userDir], { env, stdio: 'ignore' });
}

async function deployExample() {
  const flows = JSON.parse(readFileSync(join(root, EXAMPLE), 'utf8')).map((node) => {
    if (node.type === 'apilinker-connection') return { ...node, baseUrl: `\${${DEMO_API}}` };
    const provider = node.type === 'webhook-in' ? PROVIDERS[node.provider] : undefined;
    return provider === undefined ? node : { ...node, credentials: { secret: provider.secret } };
  });
  await fetch(`${origin}/flows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(flows),
  });
}

async function send(sender, event, change = (body) => body) {
  const { path, secret } = PROVIDERS[sender];
  const { headers, body } = await BUILDERS[sender](secret, event);
  const request = { method: 'POST', headers, body: change(body) };
  return (await fetch(origin + path, request)).status;
}

/** What one sees on an ordinary day: successes, what others dropped, a retry that waits, a refusal. */
async function receive() {
  for (const event of ['issues', 'star', 'push', 'pull_request']) await send('github', event);
  for (const event of ['payment_intent.succeeded', 'customer.created']) await send('stripe', event);
  await send('github', 'push', (body) => body.replace('refs/heads', 'refs/hacked'));
  await until('the retries', async () => {
    const { events } = await (await fetch(`${origin}/apilinker-webhooks/events`)).json();
    return events.some(({ status }) => status === 'retrying');
  });
}

async function takePicture() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1500, height: 860 } });
    await page.goto(origin);
    await page.waitForFunction(`window.RED?.workspaces?.active?.()`);
    await page.evaluate(`RED.sidebar.show('apilinker-webhooks')`);
    await page.waitForSelector('.aw-row');
    await roomFor(page);
    const pushed = '.aw-row:has-text("push"):has(.aw-is-success)';
    await page.waitForSelector(pushed, { timeout: 30_000 });
    await page.click(pushed);
    await page.waitForSelector('.aw-attempt:nth-child(3)');
    await page.hover('.aw-attempt:nth-child(3) .aw-attempt-head');
    mkdirSync(dirname(picture), { recursive: true });
    await page.screenshot({ path: picture });
  } finally {
    await browser.close();
  }
}

/** The sidebar wide, over the whole height; no left sidebar. */
async function roomFor(page) {
  await page.evaluate(`document.querySelector('[data-tab-id="debug"]').click()`);
  await page.evaluate(`RED.actions.invoke('core:toggle-left-sidebar')`);
  const { x, y } = await page.locator('.red-ui-sidebar-separator').last().boundingBox();
  await page.mouse.move(x + 3, y + 500);
  await page.mouse.down();
  await page.mouse.move(x - 420, y + 500, { steps: 5 });
  await page.mouse.up();
}

function freePort() {
  return new Promise((found) => {
    const server = createServer().listen(0, HOST, () => {
      const { port: free } = server.address();
      server.close(() => found(free));
    });
  });
}

async function until(what, isTrue) {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (await isTrue().catch(() => false)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`Waited for ${what} for 60 s.`);
}
