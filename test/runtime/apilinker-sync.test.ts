import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';
import type { Node, NodeInitializer, NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';
import { MockApi, type MockRoute } from '../support/mock-api';
import { waitUntil } from '../support/wait-until';

type Message = Omit<NodeMessage, 'payload'> & Record<string, any>;

let nodes: NodeInitializer[];
let api: MockApi;
let attempt: AbortController | undefined;

before(async () => {
  const load = createRequire(__filename);
  helper.init(load.resolve('node-red'));
  // The flow tracker's part is played by the test.
  const path = load.resolve('../../nodes/shared/runtime/attempt-signal.js');
  const exports = { attemptSignal: () => attempt?.signal };
  load.cache[path] = { id: path, loaded: true, exports } as NodeJS.Module;
  nodes = ['connection', 'sync'].map((name) => {
    const module = load(`../../nodes/apilinker-${name}/apilinker-${name}.js`);
    return (module as { default: NodeInitializer }).default;
  });
  api = await MockApi.start();
});

after(() => api.stop());

afterEach(async () => {
  await helper.unload();
  api.requests.length = 0;
  attempt = undefined;
});

/** In the order in which they happened: messages by output, then the end. */
interface Happening {
  readonly output: number | 'end';
  readonly msg?: Message;
}

interface SyncProblem extends Error {
  readonly category?: string;
  readonly statusCode?: number | null;
  readonly permanent?: boolean;
  readonly retryAfterMs?: number | null;
}

interface Run {
  readonly happened: readonly Happening[];
  readonly statuses: readonly { fill?: string; shape?: string; text?: string }[];
  send(msg: object): Promise<SyncProblem | undefined>;
}

interface Given {
  sync?: object;
  connection?: object;
  credentials?: Record<string, string>;
  routes?: MockRoute[];
}

async function run({ sync, connection, credentials, routes = [] }: Given): Promise<Run> {
  api.routes = routes;
  const statuses: Run['statuses'][number][] = [];
  const flow = [
    {
      id: 'api',
      type: 'apilinker-connection',
      baseUrl: api.url,
      allowPrivateNetwork: true,
      retryCount: 1,
      endpoints: [
        { name: 'in', path: '/in', responsePath: 'items' },
        { name: 'out', path: '/out', method: 'POST' },
        { name: 'one', path: '/out/{id}', method: 'PUT' },
      ],
      ...connection,
    },
    {
      id: 'sync',
      type: 'apilinker-sync',
      target: 'api',
      targetEndpoint: 'out',
      wires: [['done'], ['failed']],
      ...sync,
    },
    { id: 'done', type: 'helper' },
    { id: 'failed', type: 'helper' },
  ];
  await helper.load(nodes, flow, credentials === undefined ? {} : { api: credentials });
  const node = helper.getNode('sync');
  const happened: Happening[] = [];
  for (const [output, id] of ['done', 'failed'].entries()) {
    helper.getNode(id).on('input', (msg) => happened.push({ output, msg: msg as Message }));
  }
  recordStatus(node, statuses);
  return { happened, statuses, send: (msg) => receive(node, msg, happened) };
}

function recordStatus(node: Node, statuses: object[]): void {
  node.status = (status) => void statuses.push(status as object);
}

type Listener = (
  this: Node,
  msg: object,
  send: (messages: Message[]) => void,
  done: (problem?: SyncProblem) => void,
) => void;

/** Hands a message over as Node-RED does, and waits for the one call of `done`. */
async function receive(
  node: Node,
  msg: object,
  happened: Happening[],
): Promise<SyncProblem | undefined> {
  const { _inputCallback: listener } = node as unknown as { _inputCallback: Listener };
  let calls = 0;
  const problem = await new Promise<SyncProblem | undefined>((resolve) => {
    const done = (reported?: SyncProblem): void => {
      calls += 1;
      resolve(reported);
    };
    listener.call(node, msg, (messages) => node.send(messages), done);
  });
  for (let turns = 0; turns < 10; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(calls, 1, 'done is called exactly once');
  happened.push({ output: 'end' });
  return problem;
}

const FIELDS = [{ source: 'user.name', target: 'contact.name', transform: 'uppercase' }];

test('a message is mapped and sent, and the result leaves by the first output', async () => {
  const { send, happened, statuses } = await run({
    sync: { fields: FIELDS, params: [{ name: 'ref', value: 'nr-{{payload.id}}' }] },
    connection: { auth: 'bearer', defaultHeaders: [{ name: 'X-Team', value: 'blue' }] },
    credentials: { token: 't0ken' },
    routes: [{ path: '/out', responses: [{ status: 201, json: { id: 9 } }] }],
  });
  assert.equal(await send({ topic: 'kept', payload: { id: 5, user: { name: 'ann' } } }), undefined);
  const [request] = api.requests;
  assert.deepEqual(request?.body, { contact: { name: 'ANN' } });
  assert.deepEqual(request.query, [['ref', 'nr-5']]);
  assert.equal(request.headers.authorization, 'Bearer t0ken');
  assert.equal(request.headers['x-team'], 'blue');
  const [{ output, msg }] = happened as [{ output: number; msg: Message }];
  assert.equal(output, 0);
  assert.equal(msg.topic, 'kept');
  assert.deepEqual([msg.payload.success, msg.payload.count], [true, 1]);
  assert.deepEqual(msg.payload.targetResponse, { id: 9 });
  assert.deepEqual([msg.sync.count, msg.sync.failedCount], [1, 0]);
  assert.deepEqual(
    statuses.map(({ fill }) => fill),
    ['blue', 'green'],
  );
});

test('items of an API are sent to an API', async () => {
  const { send, happened } = await run({
    sync: { source: 'api', sourceEndpoint: 'in', params: [{ name: 'n', value: '{{payload}}' }] },
    routes: [
      { path: '/in', responses: [{ json: { items: [{ a: 1 }, { a: 2 }] } }] },
      { path: '/out', responses: [{ status: 204 }] },
    ],
  });
  await send({ payload: 7 });
  assert.deepEqual(
    api.requests.map(({ method, path, query, body }) => [method, path, query, body]),
    [
      ['GET', '/in', [['n', '7']], undefined],
      ['POST', '/out', [], { a: 1 }],
      ['POST', '/out', [], { a: 2 }],
    ],
  );
  assert.equal(happened[0]?.msg?.payload.count, 2);
});

test('failed items leave by the second output before the error is reported', async () => {
  const { send, happened, statuses } = await run({
    routes: [
      {
        path: '/out',
        responses: [{ json: 1 }, { status: 422, text: 'no' }, { status: 404, text: 'gone' }],
      },
    ],
  });
  const error = await send({ payload: [{ n: 1 }, { n: 2 }, { n: 3 }], topic: 't' });
  assert.deepEqual(
    happened.map(({ output }) => output),
    [1, 1, 'end'],
  );
  const [first, second] = happened.map(({ msg }) => msg);
  assert.deepEqual([first?.payload, first?.topic], [{ n: 2 }, 't']);
  assert.deepEqual(first?.error, {
    message: 'POST /out answered 422: no',
    category: 'VALIDATION',
    statusCode: 422,
    permanent: true,
    retryAfterMs: null,
    index: 1,
  });
  assert.deepEqual(second?.payload, { n: 3 });
  assert.equal(error?.name, 'SyncError');
  assert.deepEqual(
    [error?.category, error?.statusCode, error?.permanent, error?.retryAfterMs],
    ['VALIDATION', 422, true, null],
  );
  assert.deepEqual(statuses.at(-1), { fill: 'red', shape: 'dot', text: 'VALIDATION 422' });
});

test('a failure that may pass tells a retry node so', async () => {
  const { send } = await run({
    routes: [{ path: '/out', responses: [{ status: 503, headers: { 'Retry-After': '90' } }] }],
  });
  const error = await send({ payload: {} });
  assert.deepEqual(
    [error?.category, error?.statusCode, error?.permanent, error?.retryAfterMs],
    ['SERVER', 503, false, 90_000],
  );
});

test('where a later page fails, the message says what was sent before', async () => {
  const { send, happened } = await run({
    sync: { source: 'api', sourceEndpoint: 'paged' },
    connection: {
      endpoints: [
        { name: 'paged', path: '/in', pagination: { kind: 'page', dataPath: 'items' } },
        { name: 'out', path: '/out' },
      ],
    },
    routes: [
      { path: '/in', query: { page: '2' }, responses: [{ status: 500 }] },
      { path: '/in', responses: [{ json: { items: [{ a: 1 }, { a: 2 }] } }] },
      { path: '/out', responses: [{ json: {} }, { status: 422 }] },
    ],
  });
  const msg: Message = { payload: 1, sync: { params: { q: 1 } } };
  const error = await send(msg);
  assert.match(String(error?.message), /^GET \/in answered 500.* \(Items delivered before: 1\.\)$/);
  const { success, count, failedCount, sourceCount, pages } = msg.sync;
  assert.deepEqual([success, count, failedCount, sourceCount, pages], [false, 1, 1, 2, 1]);
  assert.deepEqual(
    happened.map(({ output, msg: sent }) => [output, sent?.payload]),
    [
      [1, { a: 2 }],
      ['end', undefined],
    ],
  );
});

test('a credential that is missing or a literal reference fails closed', async () => {
  for (const credentials of [{}, { token: '${NOT_SET_ANYWHERE}' }]) {
    const { send } = await run({ connection: { auth: 'bearer' }, credentials });
    const error = await send({ payload: {} });
    assert.deepEqual([error?.category, error?.permanent], ['AUTH', true]);
    assert.equal(api.requests.length, 0);
    await helper.unload();
  }
});

test('what is wrong with the settings is the error of every message', async () => {
  const bad: [Given, RegExp][] = [
    [{ sync: { target: '' } }, /No connection is chosen/],
    [{ sync: { target: 'nowhere' } }, /does not exist/],
    [{ sync: { targetEndpoint: '' } }, /No endpoint is chosen/],
    [{ sync: { targetEndpoint: 'x' } }, /no endpoint `x`; it has `in`, `out`, `one`/],
    [{ sync: { fields: [{ source: 'a' }] } }, /Field 1: `target` is missing/],
    [{ sync: { params: [{ name: 'p', value: '{{payload.x}}' }] } }, /`msg.payload.x`/],
    [{ sync: { sourceProperty: 'constructor' } }, /no data/],
    [{ connection: { baseUrl: 'ftp://h' } }, /settings that cannot be used/],
    [{ connection: { allowPrivateNetwork: false } }, /Allow private network addresses/],
  ];
  for (const [given, message] of bad) {
    const { send } = await run(given);
    const error = await send({ payload: {} });
    assert.match(String(error?.message), message);
    assert.deepEqual([error?.category, error?.permanent], ['VALIDATION', true]);
    await helper.unload();
  }
  assert.equal(api.requests.length, 0);
});

test('the end of the attempt ends the request', async () => {
  attempt = new AbortController();
  const { send } = await run({ routes: [{ path: '/out', responses: [{ hang: true }] }] });
  const ended = send({ payload: {} });
  await api.arrived(1);
  attempt.abort();
  assert.equal((await ended)?.permanent, false);
});

test('an attempt that ends while its message waits for its turn leaves the queue', async () => {
  const { send } = await run({ routes: [{ path: '/out', responses: [{ hang: true }] }] });
  const [running, waiting] = [new AbortController(), new AbortController()];
  attempt = running;
  const first = send({ payload: 1 });
  await api.arrived(1);
  attempt = waiting;
  const second = send({ payload: 2 });
  waiting.abort();
  const { message, permanent } = (await second) ?? {};
  assert.deepEqual([message, permanent], ['The sync was ended before it began.', false]);
  running.abort();
  await first;
  assert.deepEqual(
    api.requests.map(({ body }) => body),
    [{ value: 1 }],
  );
});

test('closing the node ends the request', async () => {
  const { send } = await run({ routes: [{ path: '/out', responses: [{ hang: true }] }] });
  const ended = send({ payload: {} });
  await api.arrived(1);
  await helper.unload();
  const error = await ended;
  assert.equal(error?.category, 'UNKNOWN', 'ended by the node, before its connection closes');
});

test('a deploy closes the connections that were kept open', async () => {
  const { send } = await run({ routes: [{ path: '/out', responses: [{ json: {} }] }] });
  assert.equal(await send({ payload: {} }), undefined);
  assert.equal(await api.connections(), 1, 'kept for the next request');
  await helper.unload();
  await waitUntil('no connection', async () => (await api.connections()) === 0);
});

test('the status says that an endpoint is left alone, of the source as of the target', async () => {
  for (const sync of [{ source: 'api', sourceEndpoint: 'in' }, {}]) {
    const { send, statuses } = await run({
      sync,
      connection: {
        ...{ breakerThreshold: 2, breakerResetSeconds: 60 },
        endpoints: [
          { name: 'in', path: '/in' },
          { name: 'out', path: '/out' },
        ],
      },
      routes: [{ path: sync.source === undefined ? '/out' : '/in', responses: [{ status: 500 }] }],
    });
    const shapes: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      await send({ payload: {} });
      shapes.push(statuses.at(-1)?.shape);
    }
    assert.deepEqual(shapes, ['dot', 'ring', 'ring']);
    assert.equal(api.requests.length, 2, 'the third one did not get there');
    api.requests.length = 0;
    await helper.unload();
  }
});

test('placeholders of the path are filled from the item', async () => {
  const { send } = await run({
    sync: { targetEndpoint: 'one' },
    routes: [{ path: '/out/a/b', method: 'PUT', responses: [{ json: {} }] }],
  });
  assert.equal(await send({ payload: { id: 'a/b' } }), undefined);
  assert.equal(api.requests[0]?.target, '/out/a%2Fb');
});
