import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { example } from '../support/examples';
import { NODE_RED_MAJORS, NodeRedProcess, probe, tab } from '../support/node-red-process';
import type { FlowNode, NodeRedMajor } from '../support/node-red-process';

const EXAMPLE = example('09');
const ACTIONS = ['list', 'get', 'replay', 'replayMatching', 'clear'] as const;

/** `POST /do/list` with the properties of a message goes through a replay node to the probe. */
function driven(action: (typeof ACTIONS)[number], change: object = {}): FlowNode[] {
  const at = { z: 'tab', x: 100, y: 100 };
  return [
    {
      id: `h-${action}`,
      type: 'http in',
      ...at,
      url: `/do/${action}`,
      method: 'post',
      wires: [[`f-${action}`, 'ok']],
    },
    {
      ...{ id: `f-${action}`, type: 'function', ...at, outputs: 1, wires: [[`r-${action}`]] },
      func: 'return { ...msg.payload, action: "' + action + '" };',
    },
    {
      id: `r-${action}`,
      type: 'webhook-replay',
      ...at,
      action,
      query: [],
      wires: [['out']],
      ...change,
    },
  ];
}

const FLOW: FlowNode[] = [
  tab('tab'),
  {
    id: 'in',
    type: 'webhook-in',
    z: 'tab',
    x: 100,
    y: 100,
    path: '/a/:kind',
    quietMs: 10,
    wires: [['seen']],
  },
  { ...probe('seen', 'tab'), wires: [['judge']] },
  {
    ...{ id: 'judge', type: 'function', z: 'tab', x: 300, y: 100, outputs: 1, wires: [[]] },
    func: 'if (msg.payload.fails) throw new Error("as it was told");',
  },
  { id: 'ok', type: 'http response', z: 'tab', x: 300, y: 200, statusCode: '204', wires: [] },
  probe('out', 'tab'),
  {
    ...{ id: 'catch', type: 'catch', z: 'tab', x: 100, y: 300, wires: [['out']] },
    scope: ACTIONS.map((action) => `r-${action}`),
  },
  ...ACTIONS.flatMap((action) => driven(action)),
];

async function start(t: TestContext, major: NodeRedMajor, flows: readonly FlowNode[]) {
  const nodeRed = await NodeRedProcess.start({ major, flows });
  t.after(() => nodeRed.dispose());
  const post = async (path: string, body: object = {}): Promise<Response> => {
    const response = await fetch(nodeRed.url(path), {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      ...{ body: JSON.stringify(body), signal: AbortSignal.timeout(20_000) },
    });
    assert.ok(response.ok, `${path}: ${response.status}`);
    return response;
  };
  const send = async (path: string, body: object): Promise<string> =>
    ((await (await post(path, body)).json()) as { event_id: string }).event_id;
  const withStatus = (count: number, status: string) =>
    nodeRed.waitFor(async () => {
      const answer = await fetch(nodeRed.url(`/apilinker-webhooks/events?status=${status}`));
      const { events } = (await answer.json()) as { events: { id: string; endpoint: string }[] };
      return events.length === count ? events : undefined;
    }, `${count} events to be ${status}`);
  return { nodeRed, post, send, withStatus };
}

for (const major of NODE_RED_MAJORS) {
  test(`Node-RED ${major}: the example replays its dead letters, and clears them`, async (t) => {
    const { nodeRed, post, send, withStatus } = await start(t, major, EXAMPLE);
    await send('/hooks/orders', { order: 1 });
    await send('/hooks/orders', { order: 2 });
    const dead = await withStatus(2, 'failed');
    await post('/inject/rdl_up');
    await post('/inject/rdl_replay_now');
    const taken = await withStatus(2, 'success');
    const details = await Promise.all(
      taken.map(async ({ id }) => {
        const answer = await fetch(nodeRed.url(`/apilinker-webhooks/events/${id}`));
        return (await answer.json()) as { bodyText: string; replayOf: string };
      }),
    );
    assert.deepEqual(
      details.map(({ bodyText }) => bodyText),
      ['{"order":2}', '{"order":1}'],
    );
    assert.deepEqual(
      details.map(({ replayOf }) => replayOf),
      dead.map(({ id }) => id),
    );
    await post('/inject/rdl_clear_now');
    await withStatus(0, 'failed');
    assert.equal((await withStatus(2, 'success')).length, 2, 'the others stay');
  });

  test(`Node-RED ${major}: each action, by what the message says`, async (t) => {
    const { nodeRed, post, send, withStatus } = await start(t, major, FLOW);
    let outputs = 0;
    const seen = (): any[] => nodeRed.received().filter(({ webhook }) => webhook !== undefined);
    const act = async (action: (typeof ACTIONS)[number], msg: object): Promise<any> => {
      outputs += 1;
      await post(`/do/${action}`, msg);
      const out = await nodeRed.waitFor(
        () => nodeRed.received().filter((each) => each.action !== undefined)[outputs - 1],
        `the answer to ${action}`,
      );
      assert.equal(out.action, action);
      return out;
    };
    const ids = ({ payload }: any): string[] => payload.map(({ id }: { id: string }) => id);
    const one = await send('/a/x', { n: 1 });
    const two = await send('/a/x', { n: 2, fails: true });
    const three = await send('/a/y', { n: 3, fails: true });
    await withStatus(2, 'failed');
    await withStatus(1, 'success');

    const page = await act('list', { query: { limit: 2 } });
    assert.deepEqual(ids(page), [three, two]);
    assert.deepEqual(ids(await act('list', { query: { before: page.next } })), [one]);
    assert.deepEqual(ids(await act('list', { query: { text: '"n":2' } })), [two]);

    const { payload: event } = await act('get', { eventId: one });
    assert.deepEqual([event.id, event.bodyText], [one, '{"n":1}']);

    const edit = { body: { n: 20 }, headers: { 'x-by': 'hand' } };
    const { payload: replayed } = await act('replay', { eventId: two, edit });
    const again = await nodeRed.waitFor(
      () => seen().find(({ webhook }) => webhook.id === replayed.eventId),
      'the edited event in the flow',
    );
    assert.deepEqual([again.payload, again.req.headers['x-by']], [{ n: 20 }, 'hand']);
    assert.deepEqual([again.webhook.edited, again.webhook.replayOf], [true, two]);
    await withStatus(2, 'success');

    const { payload: run } = await act('replayMatching', { query: { status: 'failed' } });
    assert.deepEqual([run.state, run.total, run.replayed, run.refused], ['done', 2, 2, 0]);
    await withStatus(4, 'failed');
    assert.deepEqual(
      seen()
        .slice(-2)
        .map(({ webhook }) => webhook.replayOf),
      [two, three],
      'the oldest first',
    );

    assert.deepEqual((await act('clear', { query: { replayOf: three } })).payload, {
      removed: 1,
      more: false,
    });
    await withStatus(3, 'failed');

    for (const [action, msg, words] of [
      ['get', {}, /`eventId` is to be msg\.eventId, which this message does not have/],
      ['get', { eventId: 'nobody' }, /no event with the id nobody/],
      ['list', { query: { stauts: 'x' } }, /`stauts` is not one of/],
      ['list', { query: 'failed' }, /`msg\.query` must be an object/],
      ['clear', {}, /Say which events are meant/],
      ['replayMatching', { query: {} }, /Say which events are meant/],
      ['replay', { eventId: one, edit: { headers: { 'a b': '1' } } }, /`headers` has a name/],
    ] as const) {
      const { error } = await act(action, msg);
      assert.match(error.message, words);
    }
  });

  test(`Node-RED ${major}: a condition of the node, from the message; an endpoint that is gone`, async (t) => {
    const query = [{ field: 'status', value: 'which.one', valueType: 'msg' }];
    const flow = [
      ...FLOW.filter(({ id }) => !['r-list', 'r-replay'].includes(id)),
      ...driven('list', { query }).slice(-1),
      ...driven('replay', { eventId: 'id.of.it' }).slice(-1),
    ];
    const { nodeRed, post, send, withStatus } = await start(t, major, flow);
    const id = await send('/a/x', { n: 1 });
    await withStatus(1, 'success');
    const answers = (): any[] => nodeRed.received().filter(({ action }) => action !== undefined);
    const next = async (path: string, msg: object): Promise<any> => {
      const before = answers().length;
      await post(path, msg);
      return nodeRed.waitFor(() => answers()[before], `the answer of ${path}`);
    };
    assert.equal((await next('/do/list', { which: { one: 'success' } })).payload[0].id, id);
    assert.deepEqual((await next('/do/list', { which: { one: 'failed' } })).payload, []);
    assert.match((await next('/do/list', {})).error.message, /`status` is to be msg\.which\.one/);
    await nodeRed.deploy(flow.filter((node) => node.id !== 'in'));
    const { error } = await next('/do/replay', { id: { of: { it: id } } });
    assert.match(error.message, /No running webhook-in node serves POST \/a\/:kind/);
  });
}
