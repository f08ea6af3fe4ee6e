import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { example } from '../support/examples';
import {
  NODE_RED_MAJORS,
  NodeRedProcess,
  probe,
  tab,
  type FlowNode,
  type NodeRedOptions,
} from '../support/node-red-process';

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown>;
}

function webhookIn(path: string, response: string, next: string, more = {}): FlowNode {
  const id = `in-${path.slice(1)}`;
  return { id, type: 'webhook-in', z: 't', path, response, wires: [[next]], ...more };
}

function code(id: string, func: string, next: string[] = []): FlowNode {
  return { id, type: 'function', z: 't', func, outputs: 1, wires: [next] };
}

const httpResponse: FlowNode = {
  id: 'answer',
  type: 'http response',
  z: 't',
  statusCode: '',
  headers: {},
  wires: [],
};

const TOKEN = 'token-of-the-example';
const EXAMPLE = example('11', { secret: TOKEN });

/** Fails on its first attempt, and then prepares an answer. */
const SECOND_TIME = `
if (msg.retry.attempt === 1) throw new Error('not yet');
msg.statusCode = 201;
msg.payload = { attempt: msg.retry.attempt };
return msg;`;

const FLOW = [
  ...EXAMPLE,
  tab('t'),
  probe('probe', 't'),
  httpResponse,
  webhookIn('/good', 'outcome', 'probe'),
  webhookIn('/bad', 'outcome', 'throw'),
  code('throw', "throw new Error('no such customer');"),
  webhookIn('/parked', 'outcome', 'retry-bad'),
  { id: 'retry-bad', type: 'webhook-retry', z: 't', delaySeconds: 3600, wires: [['throw'], []] },
  webhookIn('/answered', 'flow', 'prepare'),
  code(
    'prepare',
    `msg.statusCode = 202;
     msg.headers = { 'x-flow': 'yes' };
     msg.payload = { got: msg.payload.n };
     return msg;`,
    ['answer', 'probe'],
  ),
  webhookIn('/unanswered', 'flow', 'probe'),
  webhookIn('/late', 'flow', 'wait', { timeoutSeconds: 1 }),
  {
    ...{ id: 'wait', type: 'delay', z: 't', pauseType: 'delay', rate: '1', nbRateUnits: '1' },
    ...{ timeout: '1500', timeoutUnits: 'milliseconds', rateUnits: 'second', outputs: 1 },
    wires: [['answer', 'probe']],
  },
  webhookIn('/retried', 'flow', 'retry-good'),
  {
    ...{ id: 'retry-good', type: 'webhook-retry', z: 't', delaySeconds: 0.05 },
    wires: [['second'], []],
  },
  code('second', SECOND_TIME, ['answer']),
];

for (const major of NODE_RED_MAJORS) describe(`Node-RED ${major}`, () => responses({ major }));

// With CORS requests go through Express before they reach the nodes; without, they do not.
describe('Node-RED 5 with httpNodeCors', () =>
  responses({ major: 5, settings: { httpNodeCors: { origin: '*' } } }));

function responses(options: NodeRedOptions): void {
  let nodeRed: NodeRedProcess;
  before(async () => {
    nodeRed = await NodeRedProcess.start(options);
    await nodeRed.deploy(FLOW);
  });
  after(() => nodeRed.dispose());

  async function post(path: string, body: unknown = { n: 1 }): Promise<Reply> {
    const response = await fetch(nodeRed.url(path), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-webhook-token': TOKEN },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    });
    const json = (await response.json()) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, json };
  }

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    await nodeRed.waitFor(async () => (await holds()) || undefined, what);
  }

  async function statusOf(path: string): Promise<unknown> {
    const response = await fetch(nodeRed.url(`/apilinker-webhooks/events?endpoint=${path}`));
    const { events } = (await response.json()) as { events: { status: string }[] };
    return events[0]?.status;
  }

  test('the example: what the sender is told of a payment, and of a price', async () => {
    const payment = async (body: object): Promise<number> =>
      (await post('/hooks/payments', body)).status;
    const answers = await Promise.all(
      [{ amount: 12 }, { amount: 12, busy: true }, {}].map(payment),
    );
    assert.deepEqual(answers, [200, 202, 500]);
    const price = await post('/hooks/prices', { item: 'tea' });
    assert.deepEqual([price.status, price.json], [200, { item: 'tea', price: 3.5 }]);
    assert.equal((await post('/hooks/prices', { item: 'gold' })).status, 404);
  });

  test('outcome: 200 once the flow succeeded', async () => {
    const { status, json } = await post('/good');
    assert.deepEqual([status, json['status']], [200, 'success']);
    assert.equal(await statusOf('/good'), 'success');
  });

  test('outcome: 500 once it failed for good', async () => {
    const { status, json } = await post('/bad');
    assert.deepEqual([status, json['detail']], [500, 'The flow failed']);
    assert.equal(await statusOf('/bad'), 'failed');
  });

  test('outcome: 202 once a retry node keeps the event', async () => {
    const { status, json } = await post('/parked');
    assert.deepEqual([status, json['status']], [202, 'retrying']);
    assert.equal(await statusOf('/parked'), 'retrying');
  });

  test('flow: an http response node answers', async () => {
    const { status, headers, json } = await post('/answered', { n: 42 });
    assert.equal(status, 202);
    assert.equal(headers.get('x-flow'), 'yes');
    assert.deepEqual(json, { got: 42 });
  });

  test('flow: an http response node answers on a later attempt of a retry node', async () => {
    const { status, json } = await post('/retried');
    assert.equal(status, 201);
    assert.deepEqual(json, { attempt: 2 });
  });

  test('flow: one that ends without an answer is answered for', async () => {
    const { status, json } = await post('/unanswered');
    assert.deepEqual([status, json['status']], [200, 'success']);
  });

  test('flow: 504 at the time-out, and a late http response harms nobody', async () => {
    const from = nodeRed.log.length;
    const received = nodeRed.received().length;
    const { status } = await post('/late');
    assert.equal(status, 504);
    await until('the attempt has ended', async () => (await statusOf('/late')) === 'failed');
    await nodeRed.waitForReceived(received + 1);
    await post('/good');
    assert.doesNotMatch(
      nodeRed.log.slice(from).join('\n'),
      /ERR_HTTP_HEADERS_SENT|No response object/,
    );
  });

  test('flow: a sender that hangs up changes nothing for its event', async () => {
    const before = (await events('/late'))[0];
    const hangUp = new AbortController();
    const gone = fetch(nodeRed.url('/late'), {
      method: 'POST',
      body: '{}',
      signal: hangUp.signal,
    }).catch(() => 'gone');
    await until('stored', async () => (await events('/late'))[0] !== before);
    hangUp.abort();
    assert.equal(await gone, 'gone');
    await until('its end', async () => (await statusOf('/late')) === 'failed');
  });

  async function events(path: string): Promise<string[]> {
    const response = await fetch(nodeRed.url(`/apilinker-webhooks/events?endpoint=${path}`));
    return ((await response.json()) as { events: { id: string }[] }).events.map(({ id }) => id);
  }

  test('flow: after a crash the message comes with a response that does nothing', async () => {
    await nodeRed.deploy([
      ...FLOW,
      webhookIn('/crash', 'flow', 'crash'),
      {
        ...code('crash', 'return msg.webhook.redelivered ? [msg, null] : [null, msg];'),
        outputs: 2,
        wires: [['prepare'], ['hold']],
      },
      {
        ...{ id: 'hold', type: 'delay', z: 't', pauseType: 'delay', timeout: '1' },
        ...{ timeoutUnits: 'hours', rate: '1', nbRateUnits: '1', rateUnits: 'second', outputs: 1 },
        wires: [[]],
      },
    ]);
    const received = nodeRed.received().length;
    const gone = assert.rejects(post('/crash'));
    await until('it is in the flow', async () => (await statusOf('/crash')) === 'processing');
    await nodeRed.kill();
    await gone;
    const from = nodeRed.log.length;
    await nodeRed.start();
    await nodeRed.waitForReceived(received + 1);
    await until('success', async () => (await statusOf('/crash')) === 'success');
    assert.doesNotMatch(nodeRed.log.slice(from).join('\n'), /No response object|TypeError/);
  });
}
