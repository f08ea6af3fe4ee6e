import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { MockApi } from '../support/mock-api';
import { NODE_RED_MAJORS, NodeRedProcess, tab, type FlowNode } from '../support/node-red-process';

interface Attempt {
  readonly kind: string;
  readonly outcome: string;
  readonly error: { message: string; permanent: boolean } | null;
  readonly trail: readonly { nodeId: string; error?: string }[];
}

interface Detail {
  readonly status: string;
  readonly reason: string | null;
  readonly attempts: readonly Attempt[];
}

for (const major of NODE_RED_MAJORS) {
  suite(`outcomes in Node-RED ${major}`, () => {
    let nodeRed: NodeRedProcess;
    let api: MockApi;

    before(async () => {
      api = await MockApi.start([
        { path: '/missing', responses: [{ status: 404, json: {} }] },
        { path: '/down', responses: [{ status: 500, json: {} }] },
      ]);
      nodeRed = await NodeRedProcess.start({ major });
      await nodeRed.deploy(flows(api.url));
    });
    after(async () => {
      await nodeRed.dispose();
      await api.stop();
    });

    const detail = async (id: string): Promise<Detail> => {
      const response = await fetch(nodeRed.url(`/apilinker-webhooks/events/${id}`));
      return (await response.json()) as Detail;
    };
    const send = async (name: string): Promise<string> => {
      const response = await fetch(nodeRed.url(`/hooks/${name}`), { method: 'POST', body: '{}' });
      assert.equal(response.status, 200);
      return ((await response.json()) as { event_id: string }).event_id;
    };
    const until = (id: string, what: string, is: (event: Detail) => boolean): Promise<Detail> =>
      nodeRed.waitFor(
        async () => {
          const event = await detail(id);
          return is(event) ? event : undefined;
        },
        `an event that ${what}`,
        15_000,
      );
    const ended = async (name: string): Promise<Detail> =>
      until(await send(name), 'has ended', ({ status }) => ['success', 'failed'].includes(status));

    test('below a Catch node a success overrules the error, which the trail keeps', async () => {
      const event = await ended('caught');
      assert.deepEqual([event.status, event.reason], ['success', null]);
      assert.equal(event.attempts[0]?.trail[0]?.error, 'boom');
    });

    test('a failure has the reason that a JSONata expression finds', async () => {
      const event = await ended('reason');
      assert.deepEqual([event.status, event.reason], ['failed', 'order 7 is wrong']);
    });

    test('a node that never says that it is done holds nothing up', async () => {
      assert.equal((await ended('silent')).status, 'success');
    });

    test('below a Complete node, and below a Status node', async () => {
      assert.deepEqual((await ended('complete')).reason, 'completed');
      assert.deepEqual((await ended('status')).reason, 'shown');
    });

    test('in a retry scope it ends that attempt: a failure is tried again, until it is permanent', async () => {
      const event = await ended('retry');
      assert.deepEqual(
        [event.status, event.reason],
        ['failed', 'retries ended (permanent): enough'],
      );
      assert.deepEqual(
        event.attempts
          .filter(({ kind }) => kind !== 'delivery')
          .map(({ kind, outcome, error }) => [kind, outcome, error?.message]),
        [
          ['retry', 'failed', 'not yet'],
          ['retry', 'failed', 'enough'],
          ['exhausted', 'success', undefined],
        ],
      );
    });

    test('with an explicit outcome the attempt waits for it, beyond the quiet period', async () => {
      const event = await ended('explicit');
      assert.equal(event.status, 'success');
      assert.equal(event.attempts[0]?.trail.at(-1)?.nodeId, 'explicit-outcome');
    });

    test('... and for the time-out where none comes', async () => {
      const event = await ended('forgotten');
      assert.equal(event.status, 'failed');
      assert.equal(event.reason, 'No webhook-outcome node ended the attempt within 0.6 s');
    });

    test('an error after the success is kept on the trail and changes nothing', async () => {
      const id = await send('late');
      const isLate = ({ trail }: Attempt): boolean =>
        trail.some(({ error }) => error?.includes('too late') === true);
      const event = await until(id, 'has a late error', ({ attempts }) => attempts.some(isLate));
      assert.deepEqual([event.status, event.attempts.length], ['success', 1]);
    });

    test('a message that no webhook sent causes a warning, not an error', async () => {
      await fetch(nodeRed.url('/plain'), { method: 'POST' });
      const line = await nodeRed.waitForLog(/webhook-outcome.*belongs to no attempt/);
      assert.match(line, /\[warn\]/);
    });

    test('an http request that is answered 404 fails an event, or is accepted; 500 is not', async () => {
      assert.equal((await ended('strict')).status, 'failed');
      assert.equal((await ended('lenient')).status, 'success');
      assert.equal((await ended('down')).status, 'failed');
    });
  });
}

function endpoint(name: string, settings: object, ...nodes: readonly Partial<FlowNode>[]) {
  const chain = nodes.map((node, i) => {
    const id = node.id ?? `${name}-${i}`;
    return {
      x: 200,
      y: 100,
      z: 'tab',
      wires: [] as string[][],
      ...node,
      id,
      type: String(node.type),
    };
  });
  for (const [i, node] of chain.entries()) {
    const next = chain[i + 1];
    const starts = ['catch', 'complete', 'status'].includes(next?.type ?? '');
    if (next !== undefined && !starts && node.wires.length === 0) node.wires = [[next.id]];
  }
  const first = { id: `${name}-in`, type: 'webhook-in', z: 'tab', x: 100, y: 100 };
  const path = { path: `/hooks/${name}`, wires: [[chain[0]?.id ?? '']] };
  return [{ ...first, ...path, ...settings }, ...chain];
}

const fn = (func: string, more: object = {}): Partial<FlowNode> => ({
  type: 'function',
  func,
  outputs: 1,
  ...more,
});

const outcome = (
  kind: 'success' | 'failure' | 'permanent',
  reason = '',
  reasonType = 'str',
): Partial<FlowNode> => ({ type: 'webhook-outcome', outcome: kind, reason, reasonType });

function flows(apiUrl: string): FlowNode[] {
  const request = (path: string): Partial<FlowNode> => ({
    ...{ type: 'http request', method: 'GET', ret: 'txt', url: `${apiUrl}${path}` },
    ...{ paytoqs: 'ignore', senderr: false },
  });
  const throws = fn("throw new Error('boom');", { id: 'caught-fn' });
  const retry = { type: 'webhook-retry', delaySeconds: 0.1, wires: [['retry-1'], ['retry-3']] };
  return [
    tab('tab'),
    ...endpoint('caught', {}, throws, { type: 'catch', scope: ['caught-fn'] }, outcome('success')),
    ...endpoint(
      'reason',
      {},
      fn('msg.order = 7; return msg;'),
      outcome('failure', '"order " & order & " is wrong"', 'jsonata'),
    ),
    ...endpoint('silent', {}, fn('node.send(msg); /* node.done() */'), outcome('success')),
    ...endpoint(
      'complete',
      {},
      fn('return null;', { id: 'complete-fn', wires: [[]] }),
      { type: 'complete', scope: ['complete-fn'] },
      outcome('failure', 'completed'),
    ),
    ...endpoint(
      'status',
      {},
      fn("node.status({ text: 'x' }); return null;", { id: 'status-fn', wires: [[]] }),
      { type: 'status', scope: ['status-fn'] },
      outcome('failure', 'shown'),
    ),
    ...endpoint(
      'retry',
      {},
      retry,
      fn('return msg.retry.attempt === 1 ? [msg, null] : [null, msg];', {
        outputs: 2,
        wires: [['retry-again'], ['retry-enough']],
      }),
      { ...outcome('failure', 'not yet'), id: 'retry-again' },
      fn('return null;', { wires: [[]] }),
      { ...outcome('permanent', 'enough'), id: 'retry-enough' },
    ),
    ...endpoint(
      'explicit',
      { outcome: 'explicit' },
      fn('setTimeout(() => node.send(msg), 400); node.done();'),
      { ...outcome('success'), id: 'explicit-outcome' },
    ),
    ...endpoint('forgotten', { outcome: 'explicit', timeoutSeconds: 0.6 }, fn('return null;')),
    ...endpoint('late', {}, fn("setTimeout(() => node.error('too late', msg), 500); node.done();")),
    ...endpoint('strict', {}, request('/missing')),
    ...endpoint('lenient', { acceptStatus: [404] }, request('/missing')),
    ...endpoint('down', { acceptStatus: [404] }, request('/down')),
    {
      ...{ id: 'plain', type: 'http in', z: 'tab', x: 100, y: 300, url: '/plain', method: 'post' },
      wires: [['plain-outcome', 'plain-answer']],
    },
    { ...outcome('success'), id: 'plain-outcome', z: 'tab', x: 200, y: 300, wires: [] } as FlowNode,
    { id: 'plain-answer', type: 'http response', z: 'tab', x: 200, y: 350, wires: [] },
  ];
}
