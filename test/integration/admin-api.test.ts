import assert from 'node:assert/strict';
import test from 'node:test';
import { NODE_RED_MAJORS, NodeRedProcess, probe, tab } from '../support/node-red-process';
import { assertDocumented, OPERATIONS } from '../support/openapi';

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
      assertDocumented(method, filled, asWriter.status, await asWriter.json());
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
