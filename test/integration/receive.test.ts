import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  NODE_RED_MAJORS,
  NodeRedProcess,
  probe,
  tab,
  type FlowNode,
  type NodeRedOptions,
} from '../support/node-red-process';

const SECRET = "it's a secret, for tests";

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

function send(
  url: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
  method = 'POST',
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const req = request(url, { method, headers: { ...length, ...headers }, timeout: 15_000 });
    req.on('timeout', () => req.destroy(new Error(`no answer from ${url}`)));
    req.on('error', reject);
    req.on('response', (res) => {
      res.setEncoding('utf8');
      let text = '';
      res.on('data', (chunk: string) => (text += chunk));
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text }));
    });
    req.end(body);
  });
}

function signed(body: string | Buffer, more: Record<string, string> = {}): Record<string, string> {
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  return {
    'content-type': 'application/json',
    'x-hub-signature-256': `sha256=${signature}`,
    ...more,
  };
}

function webhookIn(config: Record<string, unknown> = {}): FlowNode {
  return {
    id: 'in',
    type: 'webhook-in',
    z: 't',
    path: '/hooks/orders',
    provider: 'generic',
    includeRawBody: true,
    credentials: { secret: SECRET },
    wires: [['probe']],
    ...config,
  };
}

const FLOW = [tab('t'), webhookIn(), probe('probe', 't')];
const INVALID_JSON = '{"a": 1,\u00e9';

for (const major of NODE_RED_MAJORS) {
  describe(`Node-RED ${major}`, () => {
    describe('with default settings', () => defaultSettings({ major }));
    describe('with httpNodeRoot /api', () =>
      roots({ major, settings: { httpNodeRoot: '/api' } }, '/api', ''));
    describe('with httpAdminRoot /admin', () =>
      roots({ major, settings: { httpAdminRoot: '/admin' } }, '', '/admin'));
    describe('with httpNodeAuth', () => nodeAuth({ major }));
    describe('with middleware and CORS', () => middleware({ major }));
  });
}

/** Starts Node-RED for a group of tests. */
function running(options: NodeRedOptions, adminRoot = '', flow = FLOW): () => NodeRedProcess {
  let nodeRed: NodeRedProcess | undefined;
  before(async () => {
    nodeRed = await NodeRedProcess.start(options);
    await nodeRed.deploy(flow, 'full', adminRoot);
  });
  after(() => nodeRed?.dispose());
  return () => nodeRed!;
}

function defaultSettings(options: NodeRedOptions): void {
  const nodeRed = running(options);
  const url = (path = '/hooks/orders'): string => nodeRed().url(path);

  test('a signed JSON body arrives as an object, with the exact bytes', async () => {
    const body = '{ "order":  7, "name": "\u00e9" }';
    const reply = await send(url('/hooks/orders?a=1&a=2'), body, signed(body));
    assert.equal(reply.status, 200, reply.text);
    const answer = JSON.parse(reply.text);
    const [msg] = await nodeRed().waitForReceived(1);
    assert.equal(answer.status, 'received');
    assert.equal(answer.event_id, msg.webhook.id);
    assert.deepEqual(msg.payload, { order: 7, name: '\u00e9' });
    assert.equal(Buffer.from(msg.webhook.rawBody.base64, 'base64').toString(), body);
    assert.deepEqual(msg.req.query, { a: ['1', '2'] });
    assert.equal(msg.req.url, '/hooks/orders?a=1&a=2');
    assert.equal(msg.req.headers['x-hub-signature-256'], '[redacted]');
    assert.equal(msg.headers, undefined);
    assert.deepEqual(msg.webhook.verification, { scheme: 'hmac', secret: 'current' });
  });

  test('invalid JSON, bytes that are no text, nothing at all and gzip are accepted', async () => {
    const from = nodeRed().received().length;
    const packed = gzipSync('{"packed":true}');
    const bodies: [string | Buffer, Record<string, string>][] = [
      [INVALID_JSON, {}],
      [Buffer.from([0xff, 0xfe, 0x00]), { 'content-type': 'application/octet-stream' }],
      ['', {}],
      [packed, { 'content-encoding': 'gzip' }],
    ];
    for (const [body, headers] of bodies) {
      const reply = await send(url(), body, signed(body, headers));
      assert.equal(reply.status, 200, reply.text);
    }
    const messages = (await nodeRed().waitForReceived(from + 4)).slice(from);
    assert.deepEqual(
      messages.map(({ payload }) => payload),
      [INVALID_JSON, { base64: '//4A' }, null, { packed: true }],
    );
    const raw = messages.map(({ webhook }) => Buffer.from(webhook.rawBody.base64, 'base64'));
    assert.deepEqual(
      raw,
      bodies.map(([body]) => Buffer.from(body)),
    );
  });

  test('what is not signed, or wrongly, is refused and never seen by the flow', async () => {
    const from = nodeRed().received().length;
    const unsigned = await send(url(), '{}', { 'content-type': 'application/json' });
    assert.equal(unsigned.status, 401);
    assert.equal(unsigned.text, '{"detail":"Missing signature header: X-Hub-Signature-256"}');
    const tampered = await send(url(), '{"a":2}', signed('{"a":1}'));
    assert.equal(tampered.status, 401);
    assert.equal(tampered.text, '{"detail":"Invalid signature"}');
    const good = await send(url(), '{"good":1}', signed('{"good":1}'));
    assert.equal(good.status, 200);
    const messages = (await nodeRed().waitForReceived(from + 1)).slice(from);
    assert.deepEqual(
      messages.map(({ payload }) => payload),
      [{ good: 1 }],
    );
    assert.ok(!nodeRed().log.some((line) => line.includes(SECRET)));
    assert.ok(!nodeRed().log.some((line) => /\[error\]/.test(line)), nodeRed().log.join('\n'));
  });

  test('another method is 405 with Allow, an unknown path 404', async () => {
    const wrong = await send(url(), '', {}, 'PUT');
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers.allow, 'POST');
    assert.equal((await send(url('/hooks/unknown'), '{}', signed('{}'))).status, 404);
    assert.equal((await send(url('/HOOKS/orders'), '{}', signed('{}'))).status, 404);
  });

  test('a body over the limit is 413, and the client can read that', async () => {
    const big = Buffer.alloc(6 * 1024 * 1024, 'x');
    const reply = await send(url(), big, signed(big));
    assert.equal(reply.status, 413);
    assert.equal(reply.headers.connection, 'close');
  });

  test('the admin API still works, and its paths cannot be taken', async () => {
    await nodeRed().deploy([
      ...FLOW,
      webhookIn({ id: 'bad', path: '/flows' }),
      webhookIn({ id: 'second', name: 'the second' }),
    ]);
    await nodeRed().waitForLog(/Node-RED itself uses \/flows/);
    await nodeRed().waitForLog(/POST \/hooks\/orders belongs to another webhook node/);
    const flows = await fetch(url('/flows'), { signal: AbortSignal.timeout(5000) });
    assert.equal(flows.status, 200);
    await nodeRed().deploy(FLOW);
    assert.equal((await send(url(), '{}', signed('{}'))).status, 200);
  });

  test('a path that a core http in node has, stays with it', async () => {
    const from = nodeRed().log.length;
    const core = [
      { id: 'core', type: 'http in', z: 't', url: '/hooks/core', method: 'post', wires: [['out']] },
      { id: 'out', type: 'http response', z: 't', statusCode: '299', wires: [] },
    ];
    await nodeRed().deploy([...FLOW, ...core, webhookIn({ id: 'both', path: '/hooks/core' })]);
    await nodeRed().waitForLog(/belongs to an http in node as well/, from);
    const reply = await send(url('/hooks/core'), '{"n":1}', signed('{"n":1}'));
    assert.deepEqual([reply.status, reply.text], [299, '{"n":1}']);
    await nodeRed().deploy(FLOW);
  });

  test('no secret, or the name of a variable that is not set: 401', async () => {
    for (const credentials of [{}, { secret: '${NO_SUCH_VARIABLE}' }]) {
      const from = nodeRed().log.length;
      await nodeRed().deploy([
        tab('t'),
        webhookIn({ id: `in${from}`, credentials }),
        probe('probe', 't'),
      ]);
      const line = await nodeRed().waitForLog(/has no secret/, from);
      assert.match(line, /\[warn\]/);
      assert.equal((await send(url(), '{}', signed('{}'))).status, 401);
    }
    await nodeRed().deploy(FLOW);
  });

  test('an endpoint of the last run is 503 until the flows start, never 404', async () => {
    const file = join(nodeRed().userDir, 'webhooks', 'endpoints.json');
    await nodeRed().waitFor(() => (existsSync(file) ? true : undefined), file);
    assert.ok(!readFileSync(file, 'utf8').includes(SECRET));
    await nodeRed().stop();
    const from = nodeRed().log.length;
    nodeRed().spawn();
    const statuses = new Set<number>();
    await nodeRed().waitFor(async () => {
      const reply = await send(url(), '{}', signed('{}')).catch(() => undefined);
      if (reply !== undefined) statuses.add(reply.status);
      if (reply?.status === 503) assert.ok(Number(reply.headers['retry-after']) > 0);
      return reply?.status === 200 ? true : undefined;
    }, 'an accepted request');
    await nodeRed().waitForLog(/Started flows/, from);
    assert.ok(!statuses.has(404), [...statuses].join());
  });

  test('deploys under load: no 404, no request without an answer', async () => {
    let deploying = true;
    const statuses = new Map<number, number>();
    const client = async (): Promise<void> => {
      while (deploying) {
        const { status } = await send(url(), '{}', signed('{}'));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const clients = [client(), client(), client()];
    for (let deploys = 0; deploys < 5; deploys++) await nodeRed().deploy(FLOW);
    deploying = false;
    await Promise.all(clients);
    assert.deepEqual([...statuses.keys()], [200]);
  });

  test('a removed endpoint is 404 after the deploy', async () => {
    await nodeRed().deploy([tab('t')]);
    assert.equal((await send(url(), '{}', signed('{}'))).status, 404);
  });
}

function roots(options: NodeRedOptions, nodeRoot: string, adminRoot: string): void {
  const nodeRed = running(options, adminRoot);

  test('the exact bytes arrive, the admin API works', async () => {
    const reply = await send(
      nodeRed().url(`${nodeRoot}/hooks/orders`),
      INVALID_JSON,
      signed(INVALID_JSON),
    );
    assert.equal(reply.status, 200, reply.text);
    const [msg] = await nodeRed().waitForReceived(1);
    assert.equal(Buffer.from(msg.webhook.rawBody.base64, 'base64').toString(), INVALID_JSON);
    assert.equal(msg.req.path, '/hooks/orders');
    await nodeRed().deploy(FLOW, 'full', adminRoot);
    const elsewhere = await send(nodeRed().url('/other/hooks/orders'), '{}', signed('{}'));
    assert.equal(elsewhere.status, 404);
  });

  test('admin paths are free where the roots differ', async () => {
    await nodeRed().deploy(
      [tab('t'), webhookIn({ path: '/flows' }), probe('probe', 't')],
      'full',
      adminRoot,
    );
    const reply = await send(nodeRed().url(`${nodeRoot}/flows`), '{}', signed('{}'));
    assert.equal(reply.status, 200, reply.text);
  });
}

function nodeAuth(options: NodeRedOptions): void {
  const nodeRed = running({
    ...options,
    settingsCode: `httpNodeAuth: [(req, res, next) =>
      req.headers['x-login'] === 'yes' ? next() : res.status(401).end('log in')],`,
  });

  test('the login comes first, and the raw bytes are still there after it', async () => {
    await nodeRed().waitForLog(/httpNodeAuth is set/);
    const url = nodeRed().url('/hooks/orders');
    const refused = await send(url, INVALID_JSON, signed(INVALID_JSON));
    assert.deepEqual([refused.status, refused.text], [401, 'log in']);
    const accepted = await send(url, INVALID_JSON, signed(INVALID_JSON, { 'x-login': 'yes' }));
    assert.equal(accepted.status, 200, accepted.text);
  });
}

function middleware(options: NodeRedOptions): void {
  const nodeRed = running({
    ...options,
    settings: { httpNodeCors: { origin: 'https://app.example', methods: 'POST' } },
    settingsCode: `httpNodeMiddleware: (req, res, next) => {
      res.setHeader('x-middleware', 'seen');
      if (req.headers['x-eat'] === undefined) return next();
      req.on('data', () => {}).on('end', next);
    },`,
  });

  test('both are applied as core does for its own routes', async () => {
    const reply = await send(nodeRed().url('/hooks/orders'), '{}', signed('{}'));
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.headers['x-middleware'], 'seen');
    assert.equal(reply.headers['access-control-allow-origin'], 'https://app.example');
    const preflight = await send(
      nodeRed().url('/hooks/orders'),
      '',
      { origin: 'https://app.example' },
      'OPTIONS',
    );
    assert.equal(preflight.status, 204);
  });

  test('a middleware that reads the body makes it 500, with its cause in the log', async () => {
    const reply = await send(nodeRed().url('/hooks/orders'), '{}', signed('{}', { 'x-eat': '1' }));
    assert.deepEqual([reply.status, reply.text], [500, '{"detail":"Internal Server Error"}']);
    await nodeRed().waitForLog(/its body was read before the webhook node could/);
  });
}
