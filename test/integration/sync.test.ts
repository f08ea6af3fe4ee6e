import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import test, { describe, type TestContext } from 'node:test';
import { MockApi, type MockRoute } from '../support/mock-api';
import {
  NODE_RED_MAJORS,
  NodeRedProcess,
  probe,
  tab,
  type FlowNode,
} from '../support/node-red-process';

/** Each mode of a sync in a real Node-RED: a message as the source, an API as the source, both. */
const SECRET = 'It is a secret to everybody';

for (const major of NODE_RED_MAJORS) {
  describe(`Node-RED ${major}`, () => {
    test('a webhook is sent to an API with a token of OAuth 2, and carries its event', async (t) => {
      const { nodeRed, api } = await start(t, major, { PLACE: 'out' }, [
        { path: '/token', responses: [{ json: { access_token: 'T1' } }] },
        { path: '/out', responses: [{ json: { id: 1 } }] },
      ]);
      await nodeRed.deploy([
        ...common(api.url, { auth: 'oauth2', tokenUrl: `${api.url}/token` }),
        {
          ...{ id: 'hook', type: 'webhook-in', z: 't', path: '/hooks/a', provider: 'github' },
          ...{ credentials: { secret: SECRET }, wires: [['sync']] },
        },
        sync({ targetEndpoint: 'out', params: [{ name: 'at', value: '{{payload.n}}' }] }),
      ]);
      const body = '{"n":7}';
      const answer = await fetch(nodeRed.url('/hooks/a'), {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
        },
      });
      const { event_id: id } = (await answer.json()) as { event_id: string };
      const [msg] = await nodeRed.waitForReceived(1);
      assert.deepEqual([msg.payload.success, msg.payload.count], [true, 1]);
      const request = api.requests.find(({ path }) => path === '/out');
      assert.deepEqual([request?.body, request?.query], [{ n: 7 }, [['at', '7']]]);
      assert.equal(request?.headers['authorization'], 'Bearer T1');
      assert.equal(request?.headers['idempotency-key'], `${id}.sync`);
      assert.doesNotMatch(nodeRed.log.join('\n'), /client-s3cret/);
    });

    test('pages of an API go to an API, and the next sync starts where that one began, after a restart', async (t) => {
      const { nodeRed, api } = await start(t, major, { PLACE: 'out' }, [
        { path: '/in', query: { page: '2' }, responses: [{ json: { data: [{ id: 2 }] } }] },
        { path: '/in', query: { page: '3' }, responses: [{ json: { data: [] } }] },
        { path: '/in', responses: [{ json: { data: [{ id: 1 }] } }] },
        { path: '/out', responses: [{ json: {} }] },
      ]);
      await nodeRed.deploy([
        ...common(api.url, { auth: 'none' }),
        inject(),
        sync({
          source: 'api',
          sourceEndpoint: 'in',
          targetEndpoint: 'out',
          params: [{ name: 'since', value: '{{last_sync}}' }],
          idempotency: true,
        }),
      ]);
      const before = Date.now();
      await press(nodeRed);
      const [first] = await nodeRed.waitForReceived(1);
      assert.deepEqual([first.payload.count, first.payload.details.pages], [2, 2]);
      await nodeRed.stop();
      await nodeRed.start();
      await press(nodeRed);
      const [, second] = await nodeRed.waitForReceived(2);
      assert.deepEqual([second.payload.count, second.payload.details.skippedCount], [0, 2]);
      const since = api.requests
        .filter(({ path, query }) => path === '/in' && !query.some(([name]) => name === 'page'))
        .map(({ query }) => Object.fromEntries(query).since);
      assert.equal(since[0], undefined);
      assert.ok(Math.abs(Date.parse(String(since[1])) - before) < 60_000);
      assert.equal(api.requests.filter(({ path }) => path === '/out').length, 2);
    });

    test('a variable that is not set is named, and nothing is sent', async (t) => {
      const { nodeRed, api } = await start(t, major, {}, [
        { path: '/in', responses: [{ json: { data: [] } }] },
      ]);
      await nodeRed.deploy([
        ...common(api.url, { auth: 'none' }),
        inject(),
        sync({ source: 'api', sourceEndpoint: 'in', targetEndpoint: 'out' }),
      ]);
      await press(nodeRed);
      await nodeRed.waitForLog(/environment variable `PLACE` is not set/, 0);
      assert.equal(api.requests.length, 0);
    });
  });
}

async function start(
  t: TestContext,
  major: (typeof NODE_RED_MAJORS)[number],
  env: Record<string, string>,
  routes: MockRoute[],
) {
  const api = await MockApi.start(routes);
  t.after(() => api.stop());
  const nodeRed = await NodeRedProcess.start({ major, env });
  t.after(() => nodeRed.dispose());
  return { nodeRed, api };
}

function common(url: string, auth: object): FlowNode[] {
  return [
    tab('t'),
    probe('done', 't'),
    {
      ...{ id: 'api', type: 'apilinker-connection', baseUrl: url, allowPrivateNetwork: true },
      ...{ retryCount: 1, ...auth },
      credentials: { clientId: 'cid', clientSecret: 'client-s3cret' },
      endpoints: [
        { name: 'in', path: '/in', pagination: { kind: 'page', dataPath: 'data' } },
        { name: 'out', path: '/${PLACE}' },
      ],
    },
  ];
}

function sync(properties: object): FlowNode {
  return {
    ...{ id: 'sync', type: 'apilinker-sync', z: 't', target: 'api' },
    ...properties,
    wires: [['done'], []],
  };
}

function inject(): FlowNode {
  const props = [{ p: 'payload' }];
  return { id: 'go', type: 'inject', z: 't', props, repeat: '', once: false, wires: [['sync']] };
}

async function press(nodeRed: NodeRedProcess): Promise<void> {
  const { status } = await fetch(nodeRed.url('/inject/go'), { method: 'POST' });
  assert.equal(status, 200);
}
