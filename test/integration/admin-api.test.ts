import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'node:test';
import {
  NODE_RED_MAJORS,
  NodeRedProcess,
  probe,
  tab,
  type FlowNode,
} from '../support/node-red-process';
import { METRICS, type MetricName } from '../../src/metrics/catalogue';
import { parseExposition, valueOf } from '../support/prometheus-parser';
import { assertAnswerDocumented, assertDocumented, OPERATIONS } from '../support/openapi';

/** Three tokens: of a user who may look, of one who may do everything, and of a Prometheus server. */
const ADMIN_AUTH = `adminAuth: {
  type: 'credentials',
  users: [],
  tokens: (token) => Promise.resolve(
    {
      reader: { username: 'reader', permissions: ['read'] },
      writer: { username: 'writer', permissions: '*' },
      scraper: { username: 'prometheus', permissions: ['webhooks.metrics.read'] },
    }[token] ?? null
  ),
},`;

/** A history that can't be opened: its folder is a file. */
const NO_HISTORY = 'settings.js/history.sqlite';
/** What an endpoint may be called, as a label: nothing of it is the end of one. */
const HOSTILE = '/a"b\\{c="d"}';

/**
 * Beside the open endpoint: one that has no secret yet, one whose flow fails for good, one that its flow answers;
 * after a deploy one that can store nothing.
 */
const OPEN: FlowNode[] = [
  tab('tab'),
  {
    ...{ id: 'in', type: 'webhook-in', z: 'tab', x: 100, y: 100, wires: [['probe']] },
    ...{ path: '/open', dedupKey: 'header:x-delivery' },
  },
  probe('probe', 'tab'),
];
const COUNTED: FlowNode[] = [
  {
    ...{ id: 'signed', type: 'webhook-in', z: 'tab', x: 100, y: 200, wires: [[]] },
    ...{ path: '/signed', provider: 'github' },
  },
  {
    ...{ id: 'failing', type: 'webhook-in', z: 'tab', x: 100, y: 300, wires: [['retry']] },
    path: '/failing',
  },
  {
    ...{ id: 'retry', type: 'webhook-retry', z: 'tab', x: 300, y: 300, wires: [['throw'], []] },
    ...{ maxRetries: 2, delaySeconds: 0.1 },
  },
  {
    ...{ id: 'throw', type: 'function', z: 'tab', x: 500, y: 300, wires: [[]], outputs: 1 },
    func: `throw new Error('no');`,
  },
  {
    ...{ id: 'hostile', type: 'webhook-in', z: 'tab', x: 100, y: 400, wires: [['answer']] },
    ...{ path: HOSTILE, name: 'hostile', response: 'flow' },
  },
  { ...{ id: 'answer', type: 'http response', z: 'tab', x: 300, y: 400 }, statusCode: '201' },
];
const LOST: FlowNode[] = [
  {
    ...{ id: 'lost', type: 'webhook-in', z: 'tab', x: 100, y: 500, wires: [[]] },
    ...{ path: '/lost', history: 'nowhere' },
  },
  { id: 'nowhere', type: 'webhook-history', store: 'sqlite', path: NO_HISTORY },
];
const HISTORY = 'webhooks/history.sqlite';
type Expected = readonly [name: string, labels: Record<string, string>, value: number | undefined];
const attempts = (endpoint: string, kind: string, outcome: string, value: number): Expected => [
  'attempts_total',
  { endpoint, kind, outcome },
  value,
];
const EXPECTED: readonly Expected[] = [
  ['events_received_total', { endpoint: '/open', origin: 'sender' }, 3],
  ['events_received_total', { endpoint: '/open', origin: 'replay' }, 1],
  ['events_received_total', { endpoint: '/open', origin: 'test' }, undefined],
  ['events_received_total', { endpoint: '/failing', origin: 'sender' }, 1],
  ['events_received_total', { endpoint: '/signed', origin: 'sender' }, 0],
  ['duplicates_total', { endpoint: '/open', action: 'ignored' }, 1],
  ['events_finished_total', { endpoint: '/open', status: 'failed' }, 0],
  ['rejections_total', { endpoint: '/signed', cause: 'no-secret' }, 2],
  attempts('/open', 'delivery', 'success', 4),
  attempts('/failing', 'delivery', 'success', 1),
  attempts('/failing', 'retry', 'failed', 3),
  attempts('/failing', 'exhausted', 'success', 1),
  ['events_received_total', { endpoint: HOSTILE, origin: 'sender' }, 1],
  ['events_received_total', { endpoint: '/lost', origin: 'sender' }, 0],
  ['events_finished_total', { endpoint: HOSTILE, status: 'success' }, 1],
  ['rejections_total', { endpoint: '/lost', cause: 'store' }, 2],
  // One of them was answered by its flow.
  ['request_duration_seconds_count', { target: 'endpoint', code: '2xx' }, 6],
  ['request_duration_seconds_count', { target: 'endpoint', code: '4xx' }, 2],
  ['request_duration_seconds_count', { target: 'endpoint', code: '5xx' }, 2],
  ['request_duration_seconds_count', { target: 'endpoint', code: 'none' }, 1],
  ['request_duration_seconds_count', { target: 'unknown', code: '4xx' }, 3],
  ['request_duration_seconds_count', { target: 'unknown', code: '2xx' }, undefined],
  // A replay is written as well.
  ['write_duration_seconds_count', { history: HISTORY }, 7],
  ['events_evicted_total', { history: HISTORY, status: 'failed' }, 0],
  ['events', { history: HISTORY, status: 'failed' }, 1],
  ['events', { history: HISTORY, status: 'pending' }, 0],
  ['retry_jobs', { history: HISTORY }, 0],
  ['retry_node_jobs', { node: 'retry' }, 0],
  ['events_waiting', { endpoint: '/open' }, 0],
  ['attempts_open', {}, 0],
  ['store_up', { history: HISTORY }, 1],
  ['store_up', { history: NO_HISTORY }, 0],
  ['store_size_bytes', { history: NO_HISTORY }, undefined],
];

for (const major of NODE_RED_MAJORS) {
  test(`Node-RED ${major}: who may only look sees no payload and replays nothing`, async (t) => {
    const nodeRed = await NodeRedProcess.start({
      major,
      settingsCode: ADMIN_AUTH,
      flows: [...OPEN, ...COUNTED],
    });
    t.after(() => nodeRed.dispose());
    const call = async (
      method: string,
      path: string,
      token?: string,
      headers: Record<string, string> = {},
    ): Promise<Response> =>
      fetch(nodeRed.url(path), {
        method,
        headers: token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(20_000),
      });
    const root = '/apilinker-webhooks';
    const received = (await (await call('POST', '/open')).json()) as { event_id: string };
    await nodeRed.waitForReceived(1);
    const event = `${root}/events/${received.event_id}`;

    assert.ok(OPERATIONS.length > 15);
    for (const { method, path, permission } of OPERATIONS) {
      const filled = path.replace(/\{\w+\}/g, 'none');
      const query = { '/events/search': '?text=a', '/events/summaries': '?ids=a,b' }[path] ?? '';
      const target = root + filled + query;
      const where = `${method} ${path}`;
      assert.equal((await call(method, target)).status, 401, `${where} without a token`);
      const asReader = await call(method, target, 'reader');
      assert.equal(asReader.status === 401, permission === 'webhooks.write', `${where} as reader`);
      const asWriter = await call(method, target, 'writer');
      assert.ok([200, 400, 404].includes(asWriter.status), `${where}: ${asWriter.status}`);
      await assertAnswerDocumented(method, filled, asWriter);
      const foreign = await call(method, target, 'writer', { 'sec-fetch-site': 'cross-site' });
      assert.equal(
        foreign.status === 403,
        permission === 'webhooks.write',
        `${where} from elsewhere`,
      );
      if (foreign.status === 403) assertDocumented(method, filled, 403, await foreign.json());
    }
    const tried = await fetch(nodeRed.url(`${root}/filters/try`), {
      method: 'POST',
      headers: { authorization: 'Bearer writer', 'content-type': 'application/json' },
      body: JSON.stringify({ rules: [] }),
    });
    const trial = (await tried.json()) as { events: unknown[] };
    assert.equal(trial.events.length, 1);
    assertDocumented('POST', '/filters/try', tried.status, trial);
    for (const [method, path] of [
      ['GET', event],
      ['POST', `${event}/replay`],
    ] as const) {
      assert.equal((await call(method, path)).status, 401);
      assert.equal((await call(method, path, 'reader')).status, 401);
      assert.equal((await call(method, path, 'writer')).status, 200);
    }
    assert.equal((await nodeRed.waitForReceived(2)).length, 2, 'replayed once, by who may');
    const bad = await call('GET', `${root}/events?status=lost`, 'reader');
    assert.equal(bad.status, 400);
    assert.match(((await bad.json()) as { message: string }).message, /`status` must be one of/);
    const endpoints = await (await call('GET', `${root}/endpoints`, 'reader')).json();
    assert.deepEqual(endpoints, {
      endpoints: [
        ...['/open', '/signed', '/failing', HOSTILE].map((path) => ({
          ...{ nodeId: nodeIdOf(path), endpoint: path, path },
          ...{
            name: path === HOSTILE ? 'hostile' : path.slice(1),
            methods: ['POST'],
            enabled: true,
            handshakes: null,
          },
          provider: path === '/signed' ? 'github' : 'none',
          secretMatchedAt: { current: null, previous: null },
        })),
      ],
    });

    const post = (path: string, delivery: string): Promise<Response> =>
      call('POST', path, undefined, { 'x-delivery': delivery });
    const deploy = async (...flows: FlowNode[]): Promise<void> => {
      const from = nodeRed.log.length;
      const deployed = await fetch(nodeRed.url('/flows'), {
        method: 'POST',
        headers: { authorization: 'Bearer writer', 'content-type': 'application/json' },
        body: JSON.stringify(flows),
      });
      assert.equal(deployed.status, 204);
      await nodeRed.waitForLog(/Started flows/, from);
    };
    await deploy(...OPEN, ...COUNTED, ...LOST);
    for (const path of ['/signed', '/signed']) assert.equal((await post(path, '1')).status, 401);
    for (const delivery of ['1', '2', '1'])
      assert.equal((await post('/open', delivery)).status, 200);
    assert.equal((await post('/failing', '1')).status, 200);
    assert.equal((await post(encodeURI(HOSTILE), '1')).status, 201);
    for (const path of ['/lost', '/lost']) assert.equal((await post(path, '1')).status, 503);
    for (const method of ['GET', 'PUT', 'DELETE'])
      assert.equal((await call(method, '/open')).status, 405);
    await goneBeforeTheAnswer(nodeRed, '/open');
    const scrape = (accept: Record<string, string>): Promise<Response> =>
      call('GET', `${root}/metrics`, 'scraper', accept);
    await assertCounted(nodeRed, scrape);
    await deploy(...OPEN);
    assertGone(await (await scrape({})).text());
    assert.equal((await call('GET', `${root}/events`, 'scraper')).status, 401);
  });
}

/** What is removed is not measured any more; what it did stays counted. */
function assertGone(text: string): void {
  const families = parseExposition(text, 'text');
  for (const [name, labels, value] of EXPECTED) {
    const { endpoint = '/open', node, history = HISTORY } = labels;
    const isGone = node !== undefined || endpoint !== '/open';
    const isGauge = METRICS[name as MetricName]?.kind === 'gauge';
    const isExpected = isGone && (isGauge || value === 0);
    const found = valueOf(families, `apilinker_webhooks_${name}`, labels);
    // The history that no node uses any more is still looked after.
    if (history === HISTORY) assert.equal(found, isExpected ? undefined : value, name);
  }
}

function nodeIdOf(path: string): string {
  if (path === '/open') return 'in';
  return path === HOSTILE ? 'hostile' : path.slice(1);
}

/** A client that goes away in the middle of its body. */
async function goneBeforeTheAnswer({ port }: NodeRedProcess, path: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  // What it says first comes when the headers were read.
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n`;
  socket.write(head);
  await once(socket, 'data');
  socket.write('{');
  socket.destroy();
}

/** The values after the traffic of the test, exactly: in both formats. */
async function assertCounted(
  nodeRed: NodeRedProcess,
  scrape: (headers: Record<string, string>) => Promise<Response>,
): Promise<void> {
  const text = await nodeRed.waitFor(async () => {
    const answer = await (await scrape({})).text();
    const isDone = /events_finished_total\{endpoint="\/failing",status="failed"\} 1\n/.test(answer);
    const isGone = /target="endpoint",code="none"\} 1\n/.test(answer);
    const isAll = isDone && isGone && /endpoint="\/open",status="success"\} 4\n/.test(answer);
    return isAll ? answer : undefined;
  }, 'metrics of all that was sent');
  const families = parseExposition(text, 'text');
  assert.ok(families.size > 25);
  for (const [name, labels, value] of EXPECTED) {
    const found = valueOf(families, `apilinker_webhooks_${name}`, labels);
    assert.equal(found, value, `${name} ${JSON.stringify(labels)}`);
  }
  const value = (name: string, labels = {}): number => valueOf(families, name, labels) ?? NaN;
  assert.ok(value('apilinker_webhooks_store_free_bytes', { history: HISTORY }) > 0);
  assert.ok(value('apilinker_webhooks_store_size_bytes', { history: HISTORY }) > 10_000);
  assert.ok(value('process_resident_memory_bytes') > 1_000_000);
  assert.ok(value('process_start_time_seconds') > Date.now() / 1000 - 600);
  const [build] = families.get('apilinker_webhooks_build_info')?.samples ?? [];
  assert.match(Object.values(build?.labels ?? {}).join(' '), /^\d+\.\d+\.\d+( \d+\.\d+\.\d+){2}/);

  const open = await scrape({ accept: 'application/openmetrics-text; version=1.0.0' });
  assert.equal(open.headers.get('content-type')?.split(';')[0], 'application/openmetrics-text');
  const same = parseExposition(await open.text(), 'openmetrics');
  const [name = '', labels] = EXPECTED[0] ?? [];
  assert.equal(valueOf(same, `apilinker_webhooks_${name}`, labels), 3);
}
