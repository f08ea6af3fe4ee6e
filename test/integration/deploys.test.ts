import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { StoreStats } from '../../src/events/event-store';
import { line, lineNodes, placed, startRecording } from '../support/deploy-flows';
import { accountWhenDelivered, type Account } from '../support/flow-record';
import {
  NODE_RED_MAJORS,
  tab,
  type FlowNode,
  type NodeRedProcess,
} from '../support/node-red-process';
import { SteadyLoad, type Sent } from '../support/steady-load';

/**
 * Rule 6 and G3 in a real Node-RED under steady load: whatever is deployed, an endpoint that exists
 * before and after answers all through it, and what it acknowledged reaches the end of the flow.
 */
const CLIENTS = 10;
const REST_MS = 10;
const FLOW = [...line('a', '/a'), ...line('b', '/b')];

for (const major of NODE_RED_MAJORS) {
  describe(`deploys under load, Node-RED ${major}`, () => {
    let nodeRed: NodeRedProcess;
    const table: Record<string, Omit<Account, 'statuses'>> = {};

    before(async () => {
      nodeRed = await startRecording({ major }, FLOW);
    });
    after(async () => {
      console.table(table);
      await nodeRed.dispose();
    });

    /** Runs the deploys while clients send to /a and /b, and accounts for what they sent. */
    async function sentUnderLoad(
      name: string,
      deploys: (load: SteadyLoad) => Promise<void>,
      paths: readonly string[] = ['/a', '/b'],
      allowed: readonly string[] = ['200'],
    ): Promise<readonly Sent[]> {
      const load = SteadyLoad.start(nodeRed, { paths, clients: CLIENTS, restMs: REST_MS });
      try {
        await load.answers(20);
        await deploys(load);
        await load.answers(20);
      } finally {
        await load.stop();
      }
      const { statuses, ...result } = await accountWhenDelivered(nodeRed, load.sent);
      table[name] = result;
      const { hung, lost, unmarked } = result;
      assert.deepEqual({ hung, lost, unmarked }, { hung: 0, lost: 0, unmarked: 0 });
      const others = Object.keys(statuses).filter((status) => !allowed.includes(status));
      assert.deepEqual(others, [], JSON.stringify(statuses));
      await nothingLeft();
      return load.sent;
    }

    async function underLoad(...args: Parameters<typeof sentUnderLoad>): Promise<void> {
      await sentUnderLoad(...args);
    }

    /** All events ended well: nothing was given up, nothing waits. */
    async function nothingLeft(): Promise<void> {
      await nodeRed.waitFor(async () => {
        const { byStatus, openJobs } = await stats();
        const { pending, processing, retrying } = byStatus;
        return pending + processing + retrying + openJobs === 0 ? true : undefined;
      }, 'the end of all events');
      assert.equal((await stats()).byStatus.failed, 0);
    }

    async function stats(): Promise<StoreStats> {
      const response = await fetch(nodeRed.url('/apilinker-webhooks/stats'));
      return (await response.json()) as StoreStats;
    }

    test('20 full deploys', () =>
      underLoad('20 full deploys', async (load) => {
        for (let deploys = 0; deploys < 20; deploys++) {
          await nodeRed.deploy(FLOW);
          await load.answers(20);
        }
      }));

    test('modified nodes: the endpoint, the retry node, a function', () =>
      underLoad('modified nodes', async (load) => {
        for (const part of ['in', 'retry', 'fail', 'hold']) {
          await nodeRed.deploy(
            [...line('a', '/a', { [part]: { name: 'new' } }), ...line('b', '/b')],
            'nodes',
          );
          await load.answers(20);
        }
        await nodeRed.deploy(FLOW, 'nodes');
      }));

    test('modified flows', () =>
      underLoad('modified flows', async (load) => {
        for (const name of ['one', 'two', 'three']) {
          await nodeRed.deploy(
            [...line('a', '/a', { fail: { name } }), ...line('b', '/b')],
            'flows',
          );
          await load.answers(20);
        }
        await nodeRed.deploy(FLOW, 'flows');
      }));

    test('subflows that receive and retry, edited', async () => {
      await nodeRed.deploy(subflow('first'));
      await underLoad(
        'subflow edits',
        async (load) => {
          for (const type of ['full', 'flows', 'nodes', 'full', 'flows', 'nodes'] as const) {
            await nodeRed.deploy(subflow(`for ${type} ${load.sent.length}`), type);
            await load.answers(20, '/sub');
          }
        },
        ['/sub', '/a'],
      );
    });

    test('a node, then its tab, disabled and enabled: 404 only while it is off', async () => {
      const sent = await sentUnderLoad(
        'disabled and enabled',
        async (load) => {
          for (const part of ['in', 'tab']) {
            const off = part === 'in' ? { in: { d: true } } : { tab: { disabled: true } };
            await nodeRed.deploy([...line('a', '/a'), ...line('b', '/b', off)], 'nodes');
            await load.answers(20, '/b');
            await nodeRed.deploy(FLOW, 'nodes');
            await load.answers(20, '/b');
          }
        },
        ['/a', '/b'],
        ['200', '404'],
      );
      onlyFor('/b', sent, 404);
    });

    test('a path renamed and named back: what waited is delivered then', async () => {
      const sent = await sentUnderLoad(
        'path renamed',
        async (load) => {
          for (const path of ['/b2', '/b', '/b2', '/b']) {
            await nodeRed.deploy([...line('a', '/a'), ...line('b', path)], 'nodes');
            await load.answers(20, '/b');
          }
        },
        ['/a', '/b'],
        ['200', '404'],
      );
      onlyFor('/b', sent, 404);
    });

    test('history nodes edited, switched to another file and back', () =>
      underLoad('config nodes', async (load) => {
        const histories = [
          { maxEvents: 500 },
          { path: 'webhooks/other.sqlite' },
          { maxEvents: 800 },
          null,
        ];
        for (const history of histories) {
          await nodeRed.deploy(withHistory(history), 'nodes');
          await load.answers(40);
        }
        await nodeRed.deploy(FLOW);
      }));

    test('flows stopped by hand and started: 503 with Retry-After in between', async () => {
      const sent = await sentUnderLoad(
        'stopped by hand',
        async (load) => {
          await setState('stop');
          await load.answers(20);
          await setState('start');
          await load.answers(20);
        },
        ['/a', '/b'],
        ['200', '503'],
      );
      assert.ok(sent.some(({ status }) => status === 503));
      assert.ok(sent.every(({ status, retryAfter }) => status !== 503 || Number(retryAfter) > 0));
    });

    test('a node type that is missing after a deploy: received, delivered once it is back', () =>
      underLoad('missing type', async (load) => {
        for (const type of ['full', 'nodes'] as const) {
          const from = nodeRed.log.length;
          const missing = { id: 'gone', type: 'no-such-type', z: 'tab-a', wires: [] };
          await nodeRed.post([...FLOW, ...placed([missing])], type);
          await nodeRed.waitForLog(/no-such-type/, from);
          await load.answers(40);
          await nodeRed.deploy(FLOW, type);
        }
      }));

    async function setState(state: 'start' | 'stop'): Promise<void> {
      const from = nodeRed.log.length;
      const response = await fetch(nodeRed.url('/flows/state'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ state }),
      });
      assert.equal(response.status, 200, await response.text());
      await nodeRed.waitForLog(state === 'stop' ? /Stopped flows/ : /Started flows/, from);
    }
  });
}

/** An instance of a subflow with a whole line in it, beside the lines of the other tests. */
function subflow(name: string): FlowNode[] {
  return [
    ...FLOW,
    { id: 'sub', type: 'subflow', name: 'receives', in: [], out: [] },
    ...lineNodes('sub', 'sub', '/sub').map((node) => ({ ...node, name: node.name ?? name })),
    tab('tab-sub'),
    ...placed([{ id: 'instance', type: 'subflow:sub', z: 'tab-sub', name: '', wires: [] }]),
  ];
}
/** Both lines, with a history node of their own. */
function withHistory(history: Readonly<Record<string, unknown>> | null): FlowNode[] {
  if (history === null) return FLOW;
  const use = { in: { history: 'history' }, retry: { history: 'history' } };
  return [
    ...line('a', '/a', use),
    ...line('b', '/b', use),
    { id: 'history', type: 'webhook-history', name: '', ...history },
  ];
}

/** That answer came at this path only, and so did others. */
function onlyFor(path: string, sent: readonly Sent[], status: number): void {
  const got = sent.filter((one) => one.status === status);
  assert.ok(got.length > 0);
  assert.deepEqual([...new Set(got.map((one) => one.path))], [path]);
}
