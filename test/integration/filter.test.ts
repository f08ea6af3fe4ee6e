import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import test from 'node:test';
import { example } from '../support/examples';
import {
  NODE_RED_MAJORS,
  NodeRedProcess,
  probe,
  tab,
  type FlowNode,
} from '../support/node-red-process';

/** The filter in a real Node-RED: the example as it is shipped, and the operators that the host provides. */
const SECRET = 'a secret for the test';
const EXAMPLE = example('07', { secret: SECRET });

const endpoint = (id: string, path: string, next: string): FlowNode => ({
  ...{ id, type: 'webhook-in', z: 'tab', x: 100, y: 100, path, wires: [[next]] },
});
const filter = (id: string, op: string, value: string, valueType: string): FlowNode => ({
  ...{ id, type: 'webhook-filter', z: 'tab', x: 300, y: 100, mode: 'first', outputs: 2 },
  rules: [
    { name: op, match: 'all', conditions: [{ on: 'payload', key: '', op, value, valueType }] },
  ],
  wires: [['seen'], []],
});
const FLOW: FlowNode[] = [
  tab('tab'),
  endpoint('in1', '/jsonata', 'jsonata'),
  filter('jsonata', 'jsonata', '$number(amount) > 10 and $contains(name, /^A/)', 'str'),
  endpoint('in2', '/schema', 'schema'),
  filter(
    'schema',
    'schema',
    '{"required":["id"],"properties":{"id":{"pattern":"^\\\\d+$"}}}',
    'json',
  ),
  endpoint('in3', '/retried', 'retry'),
  {
    ...{ id: 'retry', type: 'webhook-retry', z: 'tab', x: 200, y: 300 },
    wires: [['schema'], []],
  },
  endpoint('in4', '/two-ways', 'split'),
  {
    ...{ id: 'split', type: 'function', z: 'tab', x: 200, y: 400, func: 'return msg;' },
    wires: [['schema', 'seen']],
  },
  tab('wrong'),
  { ...endpoint('bad', '/bad', 'seen'), z: 'wrong', toleranceSeconds: -5 },
  { id: 'heard', type: 'status', z: 'wrong', scope: ['bad'], wires: [['said']] },
  probe('said', 'wrong'),
  { id: 'seen', type: 'function', z: 'tab', x: 500, y: 100, func: 'return null;', wires: [[]] },
];

for (const major of NODE_RED_MAJORS) {
  test(`the filter in Node-RED ${major}`, async (t) => {
    const nodeRed = await NodeRedProcess.start({ major });
    t.after(() => nodeRed.dispose());
    await nodeRed.deploy([...EXAMPLE, ...FLOW]);
    // What a node says while it is built is heard by Status nodes, in the words of its form.
    const [told] = (await nodeRed.waitForReceived(1)) as { status: { text: string } }[];
    assert.match(told!.status.text, /^Tolerance: Enter a whole number from 0 to 604800, or/);

    const send = async (path: string, payload: unknown, headers: Record<string, string> = {}) => {
      const body = JSON.stringify(payload);
      const response = await fetch(nodeRed.url(path), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      assert.equal(response.status, 200, await response.clone().text());
      return ((await response.json()) as { event_id: string }).event_id;
    };
    /** The event once it is final, with the nodes that it went through. */
    const outcome = async (id: string) => {
      const event = await nodeRed.waitFor(async () => {
        const response = await fetch(nodeRed.url(`/apilinker-webhooks/events/${id}`));
        const found = await response.json();
        return ['success', 'failed', 'ignored'].includes(found.status) ? found : undefined;
      }, `the end of event ${id}`);
      const trail = event.attempts.flatMap((attempt: any) => attempt.trail) as any[];
      return { ...event, nodes: trail.map(({ nodeId }) => nodeId as string), trail };
    };
    const github = (event: string, payload: unknown): Promise<string> => {
      const signature = createHmac('sha256', SECRET).update(JSON.stringify(payload)).digest('hex');
      return send('/hooks/route', payload, {
        'x-github-event': event,
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': `sha256=${signature}`,
      });
    };

    await t.test('the example sends each event to the rule that it matches', async () => {
      const bug = [{ name: 'bug' }, { name: 'ui' }];
      const cases: readonly (readonly [string, unknown, string | null])[] = [
        ['push', { ref: 'refs/heads/main' }, 'route_push'],
        ['push', { ref: 'refs/heads/topic' }, null],
        ['pull_request', { action: 'opened', pull_request: { draft: false } }, 'route_pull'],
        ['pull_request', { action: 'opened', pull_request: { draft: true } }, null],
        ['pull_request', { action: 'closed', pull_request: { draft: false } }, null],
        ['issues', { action: 'labeled', issue: { labels: bug } }, 'route_issue'],
        ['issues', { action: 'opened', issue: { labels: [] } }, null],
        ['star', { action: 'created' }, null],
      ];
      for (const [event, payload, route] of cases) {
        const { status, nodes } = await outcome(await github(event, payload));
        const expected = route === null ? ['route_filter'] : ['route_filter', route];
        assert.deepEqual(nodes, expected, `${event} ${JSON.stringify(payload)}`);
        assert.equal(status, route === null ? 'ignored' : 'success');
      }
    });

    await t.test('a drop says which condition failed, and nothing of the message', async () => {
      const id = await github('push', { ref: 'refs/heads/hush-hush' });
      const { reason, trail } = await outcome(id);
      const words =
        'No rule matched. pushes to main, condition 2: payload "ref" must be one of ' +
        '["refs/heads/main","refs/heads/master"]; it is a text of 20 characters.';
      assert.equal(reason, words);
      assert.equal(trail.at(-1)?.dropped, words);
    });

    await t.test("JSONata and JSON Schema, with Node-RED's own engine", async () => {
      const good = await outcome(await send('/jsonata', { amount: '11', name: 'Ada' }));
      assert.deepEqual(good.nodes, ['jsonata', 'seen']);
      const bad = await outcome(await send('/jsonata', { amount: '11', name: 'Bob' }));
      assert.deepEqual([bad.status, bad.nodes], ['ignored', ['jsonata']]);
      const fits = await outcome(await send('/schema', { id: '5' }));
      assert.deepEqual([fits.status, fits.nodes], ['success', ['schema', 'seen']]);
      const not = await outcome(await send('/schema', { id: 'five' }));
      assert.equal(not.status, 'ignored');
      assert.match(
        not.reason,
        /must fit the schema at #\/properties\/id\/pattern; it is an object/,
      );
    });

    await t.test('an event on which a condition fails is failed, not filtered', async () => {
      const event = await outcome(await send('/jsonata', { amount: 'hush-hush', name: 'Ada' }));
      assert.equal(event.status, 'failed');
      assert.match(event.reason, /^Rule 1 \(jsonata\), condition 1: the JSONata .* with D3030/);
      assert.doesNotMatch(nodeRed.log.join('\n'), /hush-hush/);
    });

    await t.test('filtered means that every path ended at a filter', async () => {
      const both = await outcome(await send('/two-ways', { id: 'five' }));
      assert.equal(both.status, 'success', 'the other path went on');
      const behindRetry = await outcome(await send('/retried', { id: 'five' }));
      assert.equal(behindRetry.status, 'ignored');
    });

    await t.test('rules that can not be used stand in the log by rule and condition', async () => {
      const from = nodeRed.log.length;
      await nodeRed.deploy([tab('tab'), filter('broken', 'schema', '{"pattern":"(?=x)"}', 'json')]);
      const line = await nodeRed.waitForLog(/Rule 1 \(schema\), condition 1: /, from);
      assert.match(line, /can't be matched in linear time/);
    });
  });
}
