import assert from 'node:assert/strict';
import test from 'node:test';
import { NODE_RED_MAJORS, NodeRedProcess, probe, tab } from '../support/node-red-process';

/** Two tokens: of a user who may look, and of one who may do everything. */
const ADMIN_AUTH = `adminAuth: {
  type: 'credentials',
  users: [],
  tokens: (token) => Promise.resolve(
    { reader: { username: 'reader', permissions: ['read'] }, writer: { username: 'writer', permissions: '*' } }[token] ?? null
  ),
},`;

for (const major of NODE_RED_MAJORS) {
  test(`Node-RED ${major}: who may only look sees no payload and replays nothing`, async (t) => {
    const nodeRed = await NodeRedProcess.start({
      major,
      settingsCode: ADMIN_AUTH,
      flows: [
        tab('tab'),
        {
          id: 'in',
          type: 'webhook-in',
          z: 'tab',
          x: 100,
          y: 100,
          path: '/open',
          wires: [['probe']],
        },
        probe('probe', 'tab'),
      ],
    });
    t.after(() => nodeRed.dispose());
    const call = async (method: string, path: string, token?: string): Promise<Response> =>
      fetch(nodeRed.url(path), {
        method,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(20_000),
      });
    const root = '/apilinker-webhooks';
    const received = (await (await call('POST', '/open')).json()) as { event_id: string };
    await nodeRed.waitForReceived(1);
    const event = `${root}/events/${received.event_id}`;

    for (const path of [
      ...['/endpoints', '/events', '/jobs', '/replays', '/rejections', '/stats', '/activity'],
      `/events/summaries?ids=${received.event_id}`,
    ]) {
      assert.equal((await call('GET', root + path)).status, 401, `${path} without a token`);
      assert.equal((await call('GET', root + path, 'reader')).status, 200, `${path} as reader`);
    }
    for (const [method, path] of [
      ['GET', event],
      ['POST', `${event}/replay`],
    ] as const) {
      assert.equal((await call(method, path)).status, 401);
      assert.equal((await call(method, path, 'reader')).status, 401);
      assert.equal((await call(method, path, 'writer')).status, 200);
    }
    assert.equal((await nodeRed.waitForReceived(2)).length, 2, 'replayed once, by who may');
    for (const [method, path] of [
      ['GET', '/events/search?text=a'],
      ...['/events/1/discard', '/events/count', '/events/clear', '/replays', '/replays/1/stop'].map(
        (each) => ['POST', each] as const,
      ),
      ...[...['/jobs/1/retry', '/jobs/1/cancel', '/connections/1/test', '/mappings/preview']].map(
        (each) => ['POST', each] as const,
      ),
    ] as const) {
      assert.equal((await call(method, root + path)).status, 401, path);
      assert.equal((await call(method, root + path, 'reader')).status, 401, path);
      const { status } = await call(method, root + path, 'writer');
      assert.ok([200, 400, 404].includes(status), `${path}: ${status}`);
    }
    const bad = await call('GET', `${root}/events?status=lost`, 'reader');
    assert.equal(bad.status, 400);
    assert.match(((await bad.json()) as { message: string }).message, /`status` must be one of/);
    const endpoints = await (await call('GET', `${root}/endpoints`, 'reader')).json();
    assert.deepEqual(endpoints, {
      endpoints: [
        {
          ...{ nodeId: 'in', endpoint: '/open', path: '/open', name: 'open' },
          ...{ methods: ['POST'], provider: 'none', enabled: true },
          handshakes: null,
          secretMatchedAt: { current: null, previous: null },
        },
      ],
    });
  });
}
