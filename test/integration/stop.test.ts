import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { line, placed, startRecording, webhookIn } from '../support/deploy-flows';
import { accountWhenDelivered } from '../support/flow-record';
import {
  NODE_RED_MAJORS,
  tab,
  type FlowNode,
  type NodeRedProcess,
} from '../support/node-red-process';
import { HeldApi } from '../support/held-api';
import { sendSigned, SteadyLoad } from '../support/steady-load';

/** An orderly stop of the process (SIGTERM): nothing of it counts as a crash. */
for (const major of NODE_RED_MAJORS) {
  describe(`SIGTERM, Node-RED ${major}`, () => {
    async function start(t: TestContext, flow: readonly FlowNode[]): Promise<NodeRedProcess> {
      const nodeRed = await startRecording({ major }, flow);
      t.after(() => nodeRed.dispose());
      return nodeRed;
    }

    test('under load: what was acknowledged is delivered after the next start', async (t) => {
      const nodeRed = await start(t, line('a', '/a'));
      const load = SteadyLoad.start(nodeRed, { paths: ['/a'], clients: 5, restMs: 10 });
      await load.answers(50);
      await nodeRed.stop();
      const sent = [...(await load.stop())];
      const from = nodeRed.log.length;
      await nodeRed.start();
      const { statuses, ...result } = await accountWhenDelivered(nodeRed, sent);
      console.table({ [`SIGTERM, Node-RED ${major}`]: result });
      assert.deepEqual([result.lost, result.unmarked, result.hung], [0, 0, 0]);
      const others = Object.keys(statuses).filter(
        (status) => !['200', '503', 'cut'].includes(status),
      );
      assert.deepEqual(others, []);
      const takenUp = nodeRed.log.slice(from).filter((text) => text.includes('Taking up'));
      assert.deepEqual(takenUp, [], 'nothing was left in the hands of the process that ended');
    });

    test('requests that come while the nodes close are 503 with Retry-After', async (t) => {
      const slow = { id: 'slow', type: 'slow-close', z: 'tab-a', wires: [] };
      const nodeRed = await start(t, [...line('a', '/a'), ...placed([slow])]);
      const from = nodeRed.log.length;
      const stopped = nodeRed.stop();
      await nodeRed.waitForLog(/Stopping flows/, from);
      const refused = await sendSigned(nodeRed.url('/a'), 1, '/a');
      assert.equal(refused.status, 503);
      assert.ok(Number(refused.retryAfter) > 0);
      writeFileSync(join(nodeRed.userDir, 'go-on'), '');
      await stopped;
    });

    test('a flow that has ended, in its quiet period, counts as ended', async (t) => {
      const nodeRed = await start(t, quietFlow());
      const { eventId } = await sendSigned(nodeRed.url('/quiet'), 1, '/quiet');
      const written = (): string[] => lines(join(nodeRed.userDir, 'written'));
      await nodeRed.waitFor(() => (written().length === 1 ? true : undefined), 'the file');
      await nodeRed.stop();
      await nodeRed.start();
      const response = await fetch(nodeRed.url('/apilinker-webhooks/events'));
      const { events } = (await response.json()) as { events: Record<string, unknown>[] };
      assert.deepEqual(
        events.map(({ id, status, attempt }) => ({ id, status, attempt })),
        [{ id: eventId, status: 'success', attempt: 1 }],
      );
      assert.equal(written().length, 1);
    });

    test('an attempt at its last node may end there, for a while', async (t) => {
      const api = await HeldApi.start();
      t.after(() => api.stop());
      const nodeRed = await startRecording(
        { major, settings: { nodeCloseTimeout: 3000 } },
        heldFlow(api.url),
      );
      t.after(() => nodeRed.dispose());
      for (const name of ['last', 'sync', 'more', 'never']) {
        const { status } = await sendSigned(nodeRed.url(`/${name}`), 1, `/${name}`);
        assert.equal(status, 200);
        await api.arrived(`/${name}`);
      }
      const from = nodeRed.log.length;
      const stopped = nodeRed.stop();
      await nodeRed.waitForLog(/Stopping flows/, from);
      for (const name of ['last', 'sync', 'more']) api.answer(`/${name}`);
      await stopped;
      await nodeRed.start();
      // What was not ended comes again.
      for (const name of ['more', 'never']) {
        await api.arrived(`/${name}`);
        api.answer(`/${name}`);
      }
      const events = await nodeRed.waitFor(async () => {
        const response = await fetch(nodeRed.url('/apilinker-webhooks/events'));
        const { events } = (await response.json()) as { events: Record<string, unknown>[] };
        return events.every(({ status }) => status === 'success') ? events : undefined;
      }, 'the end of all events');
      const attempts = events.map(({ path, attempt, redelivered }) => [path, attempt, redelivered]);
      assert.deepEqual(attempts.sort(), [
        ['/last', 1, false],
        ['/more', 2, true],
        ['/never', 2, true],
        ['/sync', 1, false],
      ]);
      assert.deepEqual(lines(join(nodeRed.userDir, 'written')).length, 1);
    });
  });
}

/** Ends at once in a node that sends nothing later, and is then quiet for a minute. */
function quietFlow(): FlowNode[] {
  const file = { id: 'file', type: 'file', z: 't', filename: 'written', filenameType: 'str' };
  const rest = { appendNewline: true, createDir: false, overwriteFile: 'false', encoding: 'none' };
  return [
    tab('t'),
    ...placed([
      { ...webhookIn('in', 't', '/quiet', 'file'), quietMs: 60_000 },
      { ...file, ...rest, wires: [[]] },
    ]),
  ];
}

/** Flows that wait for an API at their last node, or at the one before it. */
function heldFlow(url: string): FlowNode[] {
  const ask = (name: string, next: readonly string[]): FlowNode[] => [
    webhookIn(`in-${name}`, 't', `/${name}`, `ask-${name}`),
    {
      ...{ id: `ask-${name}`, type: 'http request', z: 't', method: 'POST', ret: 'txt' },
      url: `${url}/${name}`,
      wires: [next],
    },
  ];
  const file = { id: 'file', type: 'file', z: 't', filename: 'written', filenameType: 'str' };
  const rest = { appendNewline: true, createDir: false, overwriteFile: 'false', encoding: 'none' };
  const endpoints = [{ name: 'orders', path: '/sync', method: 'POST' }];
  return [
    tab('t'),
    { id: 'api', type: 'apilinker-connection', baseUrl: url, allowPrivateNetwork: true, endpoints },
    ...placed([
      ...ask('last', []),
      ...ask('more', ['file']),
      ...ask('never', []),
      webhookIn('in-sync', 't', '/sync', 'retry'),
      { id: 'retry', type: 'webhook-retry', z: 't', quietMs: 20, wires: [['sync'], []] },
      {
        id: 'sync',
        type: 'apilinker-sync',
        z: 't',
        target: 'api',
        targetEndpoint: 'orders',
        wires: [['shown'], []],
      },
      {
        ...{ id: 'shown', type: 'debug', z: 't', active: true, tosidebar: false },
        console: false,
        complete: 'payload',
      },
      { ...file, ...rest, wires: [[]] },
    ]),
  ];
}

function lines(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '');
}
