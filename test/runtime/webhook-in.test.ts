import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Node, NodeAPI, NodeInitializer, NodeStatus } from 'node-red';
import helper from 'node-red-node-test-helper';

const load = createRequire(__filename);
const userDir = mkdtempSync(join(tmpdir(), 'webhook-in-'));
let webhookIn: NodeInitializer;
let server: Server | undefined;
const forgotten: string[] = [];

before(() => {
  helper.init(load.resolve('node-red'), { userDir } as never);
  // Storing and delivering are played by the test.
  const attached = {
    attachDelivery,
    attachStore: () => ({
      reject: () => Promise.resolve(),
      forgetSecretMatches: (endpoint: string) => Promise.resolve(void forgotten.push(endpoint)),
    }),
  };
  for (const name of ['attach-delivery', 'attach-store']) {
    const path = load.resolve(`../../nodes/shared/runtime/${name}.js`);
    load.cache[path] = { id: path, loaded: true, exports: attached } as NodeJS.Module;
  }
  const module = load('../../nodes/webhook-in/webhook-in.js') as { default: NodeInitializer };
  webhookIn = module.default;
});

afterEach(async () => {
  server?.close();
  await helper.unload();
});

after(() => rmSync(userDir, { recursive: true, force: true }));

function attachDelivery(_RED: NodeAPI, node: Node) {
  return {
    serve: () => undefined,
    settled: () => Promise.resolve(),
    accept: (event: { id: string; name: string }) => {
      node.send({ payload: event.name });
      return Promise.resolve({ kind: 'received', eventId: event.id });
    },
  };
}

interface Running {
  readonly statuses: Record<string, NodeStatus[]>;
  post(path: string): Promise<number>;
}

/** Loads the nodes and serves their app; their statuses are recorded from the first one on. */
async function run(nodes: Record<string, unknown>[], secrets = {}): Promise<Running> {
  const statuses: Running['statuses'] = {};
  let RED: NodeAPI | undefined;
  const capture = (api: NodeAPI): void => {
    RED = api;
    RED.events.on('node-status', ({ id, status }: { id: string; status: NodeStatus }) => {
      (statuses[id] ??= []).push(status);
    });
  };
  const flow = nodes.map((node) => ({ type: 'webhook-in', wires: [[]], ...node }));
  await helper.load([capture, webhookIn], flow as never, secrets);
  server = createServer(RED!.httpNode).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    statuses,
    post: async (path) => {
      const signal = AbortSignal.timeout(5000);
      return (await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', signal })).status;
    },
  };
}

const textsOf = ({ statuses }: Running, id: string) =>
  (statuses[id] ?? []).map((status) => {
    const { fill, text } = status as { fill?: string; text?: string };
    return `${fill} ${text}`;
  });

describe('webhook-in', () => {
  test('receives, named after its path, and says that nothing is verified', async () => {
    const flow = await run([
      { id: 'in', path: '/hooks/orders', wires: [['out']] },
      { id: 'out', type: 'helper' },
    ]);
    const arrived = new Promise((resolve) => {
      helper.getNode('out').on('input', ({ payload }) => resolve(payload));
    });
    assert.equal(await flow.post('/hooks/orders/'), 200);
    assert.equal(await arrived, 'hooks_orders');
    assert.deepEqual(textsOf(flow, 'in'), ['yellow webhook-in.status.unverified']);
  });

  test('without a secret, or with one that is no secret: red, and 401', async () => {
    const node = (id: string) => ({ id, path: `/${id}`, provider: 'generic' });
    const flow = await run([node('a'), node('b'), node('c')], {
      b: { secret: '${NOT_SET_ANYWHERE}' },
      c: { secret: 'a real one' },
    });
    assert.deepEqual(textsOf(flow, 'a'), ['red webhook-in.status.noSecret']);
    assert.deepEqual(textsOf(flow, 'b'), ['red webhook-in.status.noSecret']);
    assert.deepEqual(textsOf(flow, 'c'), []);
    assert.deepEqual(
      [await flow.post('/a'), await flow.post('/b'), await flow.post('/c')],
      [401, 401, 401],
    );
  });

  test('when a secret is changed, it is forgotten when the one before matched', async () => {
    const node = { id: 'rotated', path: '/rotated', provider: 'generic' };
    const started = async (credentials: object) => {
      await run([node], { rotated: credentials });
      server?.close();
      await helper.unload();
      return forgotten.length;
    };
    assert.equal(await started({ secret: 'one' }), 0);
    assert.equal(await started({ secret: 'one' }), 0);
    assert.equal(await started({ secret: 'two', previousSecret: 'one' }), 1);
    assert.equal(await started({ secret: 'two' }), 2);
    assert.deepEqual([...new Set(forgotten)], ['/rotated']);
  });

  test('with a field that makes no sense: red, and 500 instead of an open door', async () => {
    const flow = await run([
      { id: 'in', path: '/hooks/orders', toleranceSeconds: -5, wires: [['out']] },
      { id: 'out', type: 'helper' },
    ]);
    helper.getNode('out').on('input', () => assert.fail('nothing may enter the flow'));
    assert.equal(await flow.post('/hooks/orders'), 500);
    assert.match(textsOf(flow, 'in').join(), /^red toleranceSeconds: /);
  });

  test('a path that another node has is red, and stays with that one', async () => {
    const flow = await run([
      { id: 'first', path: '/x/:a' },
      { id: 'second', path: '/x/:b' },
    ]);
    assert.deepEqual(textsOf(flow, 'second'), ['red webhook-in.status.conflict']);
    assert.equal(await flow.post('/x/1'), 200);
  });

  test('a path of Node-RED itself, or none: red, not mounted', async () => {
    const flow = await run([{ id: 'admin', path: '/flows' }, { id: 'none' }]);
    for (const id of ['admin', 'none']) assert.match(textsOf(flow, id).join(), /^red /);
    assert.equal(await flow.post('/flows'), 404);
  });
});
