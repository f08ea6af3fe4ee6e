import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { MockApi } from '../support/mock-api';
import {
  NODE_RED_MAJORS,
  NodeRedProcess,
  probe,
  tab,
  type FlowNode,
} from '../support/node-red-process';

/**
 * The whole path in a real Node-RED: a signed webhook is stored, filtered, retried and synced; and
 * what was acknowledged survives the death of the process.
 */
const SECRET = 'It is a secret to everybody';
const examples = createRequire(resolve('package.json'))('@octokit/webhooks-examples') as {
  name: string;
  examples: Record<string, unknown>[];
}[];
const PUSH = JSON.stringify(examples.find((hook) => hook.name === 'push')?.examples[0]);

interface EventRow {
  id: string;
  status: string;
  reason: string | null;
  attempt: number;
  redelivered: boolean;
  replayOf: string | null;
}

for (const major of NODE_RED_MAJORS) {
  describe(`Node-RED ${major}`, () => {
    let nodeRed: NodeRedProcess;
    before(async () => {
      nodeRed = await NodeRedProcess.start({ major });
    });
    after(() => nodeRed.dispose());

    test('a signed push is stored, filtered, retried twice and synced', async (t) => {
      const api = await targetApi(t);
      await nodeRed.deploy(syncFlow('/hooks/synced', api.url));
      const answer = await send(nodeRed, '/hooks/synced', PUSH);
      assert.equal(answer.status, 200);
      const { event_id: id } = (await answer.json()) as { event_id: string };
      await waitForStatus(nodeRed, id, 'retrying');
      await waitForStatus(nodeRed, id, 'success');
      assert.equal(api.requests.length, 3, 'refused twice, then taken');
      assert.deepEqual(api.requests[2]?.body, {
        repository: 'Codertocat/Hello-World',
        author: 'codertocat',
      });
      assert.equal(api.requests[2]?.headers['authorization'], 'Bearer target-token');
      const detail = await getJson(nodeRed, `/events/${id}`);
      assert.deepEqual(
        detail.attempts
          .map((attempt: any) => `${attempt.kind} ${attempt.number} ${attempt.outcome}`)
          .sort(),
        ['delivery 1 success', 'retry 1 failed', 'retry 2 failed', 'retry 3 success'],
      );
      assert.equal(
        detail.attempts.find((a: any) => a.outcome === 'failed').error.category,
        'SERVER',
      );
      const [arrived] = await received(nodeRed, id, 1);
      assert.equal(arrived.payload.success, true);
      assert.doesNotMatch(nodeRed.log.join('\n'), new RegExp(`${SECRET}|target-token`));
    });

    test('an event that no rule wants is ignored, with the condition that failed', async () => {
      await nodeRed.deploy(syncFlow('/hooks/filtered', 'http://127.0.0.1:9'));
      const answer = await send(nodeRed, '/hooks/filtered', PUSH, { 'x-github-event': 'issues' });
      const { event_id: id } = (await answer.json()) as { event_id: string };
      const event = await waitForStatus(nodeRed, id, 'ignored');
      assert.match(event.reason ?? '', /eventType/);
    });

    test('a permanent failure goes to the exhausted output, and the event is failed', async (t) => {
      const api = await MockApi.start([{ path: '/pushes', responses: [{ status: 422 }] }]);
      t.after(() => api.stop());
      await nodeRed.deploy(syncFlow('/hooks/permanent', api.url));
      const answer = await send(nodeRed, '/hooks/permanent', PUSH);
      const { event_id: id } = (await answer.json()) as { event_id: string };
      await waitForStatus(nodeRed, id, 'failed');
      assert.equal(api.requests.length, 1);
      const [exhausted] = await received(nodeRed, id, 1);
      assert.equal(exhausted.retry.reason, 'permanent');
    });

    test('kill -9 after the 200, while the flow works: delivered again after the restart, marked', async () => {
      await nodeRed.deploy(slowFlow('/hooks/killed', '60'));
      const answer = await send(nodeRed, '/hooks/killed', PUSH);
      const { event_id: id } = (await answer.json()) as { event_id: string };
      const [first] = await received(nodeRed, id, 1);
      assert.equal(first.webhook.redelivered, false);
      await nodeRed.kill();
      await nodeRed.start();
      const [, again] = await received(nodeRed, id, 2);
      assert.equal(again.webhook.id, id);
      assert.equal(again.webhook.redelivered, true);
      assert.equal(again.webhook.attempt, 2);
      assert.deepEqual(again.payload, first.payload);
      assert.deepEqual(
        again.req,
        first.req,
        'the same message: secrets were removed before the first delivery',
      );
      const { attempts } = await getJson(nodeRed, `/events/${id}`);
      assert.deepEqual(
        attempts.map((attempt: any) => attempt.outcome),
        ['crashed'],
      );
    });

    test('kill -9 while a message waits for its retry: the retry comes after the restart', async (t) => {
      const api = await targetApi(t, [BUSY, TAKEN]);
      await nodeRed.deploy(syncFlow('/hooks/killed-waiting', api.url, 3));
      const answer = await send(nodeRed, '/hooks/killed-waiting', PUSH);
      const { event_id: id } = (await answer.json()) as { event_id: string };
      await waitForStatus(nodeRed, id, 'retrying');
      await nodeRed.waitFor(async () => {
        const { attempts } = await getJson(nodeRed, `/events/${id}`);
        return attempts.some((attempt: any) => attempt.kind === 'delivery') ? true : undefined;
      }, 'the end of the delivery on disk');
      await nodeRed.kill();
      await nodeRed.start();
      await waitForStatus(nodeRed, id, 'success', 20_000);
      assert.equal(api.requests.length, 2);
      const event = (await events(nodeRed)).find((row) => row.id === id);
      assert.equal(event?.attempt, 1, 'the event itself was not delivered again');
    });

    test('a deploy while the flow works: interrupted, delivered again; a stop does not count as a crash', async () => {
      await nodeRed.deploy(slowFlow('/hooks/deployed', '60'));
      const answer = await send(nodeRed, '/hooks/deployed', PUSH);
      const { event_id: id } = (await answer.json()) as { event_id: string };
      await received(nodeRed, id, 1);
      await nodeRed.deploy(slowFlow('/hooks/deployed', '60', 'deployed again'));
      await received(nodeRed, id, 2);
      await nodeRed.stop();
      await nodeRed.start();
      const deliveries = await received(nodeRed, id, 3);
      assert.deepEqual(
        deliveries.map((msg) => msg.webhook.attempt),
        [1, 2, 3],
      );
      const { attempts } = await getJson(nodeRed, `/events/${id}`);
      assert.deepEqual(
        attempts.map((attempt: any) => attempt.outcome),
        ['interrupted', 'interrupted'],
      );
    });

    test('a replay is a new event, linked to the first; the sender is not needed', async () => {
      await nodeRed.deploy(slowFlow('/hooks/replayed', '0'));
      const answer = await send(nodeRed, '/hooks/replayed', PUSH);
      const { event_id: id } = (await answer.json()) as { event_id: string };
      await waitForStatus(nodeRed, id, 'success');
      const replayed = await fetch(nodeRed.url(`/apilinker-webhooks/events/${id}/replay`), {
        method: 'POST',
      });
      assert.equal(replayed.status, 200);
      const { eventId } = (await replayed.json()) as { eventId: string };
      const event = await waitForStatus(nodeRed, eventId, 'success');
      assert.equal(event.replayOf, id);
      const [first] = await received(nodeRed, id, 1);
      const [again] = await received(nodeRed, eventId, 1);
      assert.deepEqual(again.payload, first.payload);
      assert.equal(again.webhook.replayOf, id);
      const gone = await fetch(nodeRed.url('/apilinker-webhooks/events/nope/replay'), {
        method: 'POST',
      });
      assert.equal(gone.status, 404);
      const foreign = await fetch(nodeRed.url(`/apilinker-webhooks/events/${id}/replay`), {
        method: 'POST',
        headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      });
      assert.equal(foreign.status, 403);
    });

    test("the sender's duplicate is acknowledged and delivered once", async () => {
      await nodeRed.deploy(slowFlow('/hooks/duplicate', '0'));
      const delivery = randomUUID();
      const first = await send(nodeRed, '/hooks/duplicate', PUSH, {
        'x-github-delivery': delivery,
      });
      const { event_id: id } = (await first.json()) as { event_id: string };
      const second = await send(nodeRed, '/hooks/duplicate', PUSH, {
        'x-github-delivery': delivery,
      });
      assert.equal(second.status, 200);
      assert.deepEqual(await second.json(), { status: 'duplicate', event_id: id });
      await waitForStatus(nodeRed, id, 'success');
      assert.equal((await received(nodeRed, id, 1)).length, 1);
    });
  });
}

const BUSY = { status: 503, json: { error: 'busy' } };
const TAKEN = { status: 201, json: { id: 1 } };

/** Refuses the first push twice, then takes it. */
async function targetApi(t: TestContext, responses = [BUSY, BUSY, TAKEN]): Promise<MockApi> {
  const api = await MockApi.start([{ path: '/pushes', responses }]);
  t.after(() => api.stop());
  return api;
}

const webhookIn = (path: string, next: string): FlowNode => ({
  id: 'in',
  type: 'webhook-in',
  z: 'tab',
  x: 100,
  y: 100,
  path,
  provider: 'github',
  wires: [[next]],
  credentials: { secret: SECRET },
});

/** Without a place it would be a configuration node, of which Node-RED can't change the wires. */
const PROBE: FlowNode = { ...probe('probe', 'tab'), x: 500, y: 100 };

function syncFlow(path: string, apiUrl: string, delaySeconds = 0.5): FlowNode[] {
  const isPush = { on: 'eventType', key: '', op: 'eq', value: 'push', valueType: 'str' };
  return [
    tab('tab'),
    webhookIn(path, 'filter'),
    {
      ...{
        id: 'filter',
        type: 'webhook-filter',
        z: 'tab',
        x: 200,
        y: 100,
        mode: 'first',
        outputs: 2,
      },
      rules: [{ name: 'push', match: 'all', conditions: [isPush] }],
      wires: [['retry'], []],
    },
    {
      id: 'retry',
      type: 'webhook-retry',
      z: 'tab',
      x: 300,
      y: 100,
      delaySeconds,
      wires: [['sync'], ['probe']],
    },
    {
      ...{
        id: 'sync',
        type: 'apilinker-sync',
        z: 'tab',
        x: 400,
        y: 100,
        target: 'api',
        targetEndpoint: 'pushes',
      },
      fields: [
        { source: 'repository.full_name', target: 'repository' },
        { source: 'pusher.name', target: 'author', transform: 'lowercase' },
      ],
      wires: [['probe'], []],
    },
    PROBE,
    {
      ...{ id: 'api', type: 'apilinker-connection', baseUrl: apiUrl, auth: 'bearer' },
      ...{ retryCount: 1, allowPrivateNetwork: true },
      endpoints: [{ name: 'pushes', path: '/pushes', method: 'POST' }],
      credentials: { token: 'target-token' },
    },
  ];
}

/** The flow prints each message and then holds it for some seconds. */
function slowFlow(path: string, seconds: string, label = 'tab'): FlowNode[] {
  const delay = {
    id: 'hold',
    type: 'delay',
    x: 300,
    y: 100,
    z: 'tab',
    pauseType: 'delay',
    timeout: seconds,
  };
  return [
    { ...tab('tab'), label },
    webhookIn(path, 'probe'),
    { ...PROBE, wires: [['hold']] },
    { ...delay, timeoutUnits: 'seconds', wires: [[]] },
  ];
}

function send(
  nodeRed: NodeRedProcess,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  return fetch(nodeRed.url(path), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${signature}`,
      ...headers,
    },
    body,
  });
}

async function getJson(nodeRed: NodeRedProcess, path: string): Promise<any> {
  const response = await fetch(nodeRed.url(`/apilinker-webhooks${path}`));
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

async function events(nodeRed: NodeRedProcess): Promise<EventRow[]> {
  return (await getJson(nodeRed, '/events')).events;
}

/** What the flow got of an event. */
function received(nodeRed: NodeRedProcess, id: string, count: number): Promise<any[]> {
  return nodeRed.waitFor(() => {
    const found = nodeRed.received().filter((msg) => msg.webhook.id === id);
    return found.length >= count ? found : undefined;
  }, `${count} deliveries of ${id}`);
}

function waitForStatus(
  nodeRed: NodeRedProcess,
  id: string,
  status: string,
  timeoutMs = 10_000,
): Promise<EventRow> {
  return nodeRed.waitFor(
    async () => (await events(nodeRed)).find((event) => event.id === id && event.status === status),
    `event ${id} to be ${status}`,
    timeoutMs,
  );
}
