import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { MockApi, type MockRoute } from '../support/mock-api';
import {
  NODE_RED_MAJORS,
  NodeRedProcess,
  probe,
  tab,
  type FlowNode,
} from '../support/node-red-process';

const SECRET = 'It is a secret to everybody';

/** Each mode of a sync in a real Node-RED: a message as the source, an API as the source, both. */
for (const major of NODE_RED_MAJORS) {
  describe(`syncs in Node-RED ${major}`, () => {
    let api: MockApi;
    let nodeRed: NodeRedProcess;
    let seen = 0;

    before(async () => {
      api = await MockApi.start();
      nodeRed = await NodeRedProcess.start({ major, env: { PLACE: 'out' } });
    });
    after(() => Promise.all([nodeRed.dispose(), api.stop()]));

    /** Deploys nodes between an `inject` and a probe, with an API that answers as told. */
    async function given(routes: MockRoute[], nodes: FlowNode[]): Promise<void> {
      api.requests.length = 0;
      api.hungUp = 0;
      api.routes = routes;
      seen = nodeRed.received().length;
      await nodeRed.deploy([...common(api.url), ...nodes]);
    }

    /** The messages that have come out since the deploy, once there are so many. */
    async function outcome(count: number): Promise<any[]> {
      const all = await nodeRed.waitForReceived(seen + count);
      return all.slice(seen);
    }

    const requests = (path: string) => api.requests.filter((each) => each.path === path);

    async function admin(path: string, body?: object): Promise<any> {
      const init = body && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      };
      const answer = await fetch(nodeRed.url(`/apilinker-webhooks${path}`), init);
      assert.equal(answer.ok, true, await answer.clone().text());
      return answer.json();
    }

    /** The event, once it has that status. */
    function event(id: string, status: string): Promise<any> {
      return nodeRed.waitFor(async () => {
        const found = await admin(`/events/${id}`);
        return found.status === status ? found : undefined;
      }, `event ${id} to be ${status}`);
    }

    test('a webhook is sent to an API with a token of OAuth 2, and carries its event', async () => {
      await given(
        [
          { path: '/token', responses: [{ json: { access_token: 'T1' } }] },
          { path: '/out', responses: [{ json: { id: 1 } }] },
        ],
        [
          {
            ...hook('/hooks/a', ['sync']),
            ...{ provider: 'github', credentials: { secret: SECRET } },
          },
          sync('sync', {
            target: 'oauth',
            params: [{ name: 'at', value: '{{payload.n}}' }],
          }),
        ],
      );
      const body = '{"n":7}';
      const id = await post(nodeRed, '/hooks/a', body, {
        'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
      });
      const [msg] = await outcome(1);
      assert.deepEqual([msg.payload.success, msg.payload.count], [true, 1]);
      const [request] = requests('/out');
      assert.deepEqual([request?.body, request?.query], [{ n: 7 }, [['at', '7']]]);
      assert.equal(request?.headers['authorization'], 'Bearer T1');
      assert.equal(request?.headers['idempotency-key'], `${id}.sync`);
      assert.doesNotMatch(nodeRed.log.join('\n'), /client-s3cret/);
    });

    test('one webhook: its data goes to an API, and what an API has on it goes there, too', async () => {
      await given(
        [
          { path: '/in/7', responses: [{ json: { name: 'seven' } }] },
          { path: '/out', responses: [{ json: {} }] },
        ],
        [
          hook('/hooks/both', ['mine', 'theirs']),
          sync('mine', {}),
          sync('theirs', {
            ...{ source: 'api', sourceEndpoint: 'one' },
            params: [{ name: 'id', value: '{{payload.n}}' }],
          }),
        ],
      );
      const id = await post(nodeRed, '/hooks/both', '{"n":7}');
      await outcome(2);
      await event(id, 'success');
      const sent = requests('/out').map(({ body, headers }) => [body, headers['idempotency-key']]);
      assert.deepEqual(
        sent.sort(),
        [
          [{ n: 7 }, `${id}.mine`],
          [{ name: 'seven' }, undefined],
        ].sort(),
      );
    });

    test('pages of an API go to an API, and the next sync starts where that one began, after a restart', async () => {
      await given(
        [
          { path: '/in', query: { page: '2' }, responses: [{ json: { data: [{ id: 2 }] } }] },
          { path: '/in', query: { page: '3' }, responses: [{ json: { data: [] } }] },
          { path: '/in', responses: [{ json: { data: [{ id: 1 }] } }] },
          { path: '/out', responses: [{ json: {} }] },
        ],
        [
          inject(['paged']),
          sync('paged', {
            ...{ source: 'api', sourceEndpoint: 'in', idempotency: true },
            params: [{ name: 'since', value: '{{last_sync}}' }],
          }),
        ],
      );
      const before = Date.now();
      await press(nodeRed);
      const [first] = await outcome(1);
      assert.deepEqual([first.payload.count, first.payload.details.pages], [2, 2]);
      await nodeRed.stop();
      await nodeRed.start();
      await press(nodeRed);
      const [, second] = await outcome(2);
      assert.deepEqual([second.payload.count, second.payload.details.skippedCount], [0, 2]);
      const since = requests('/in')
        .filter(({ query }) => !query.some(([name]) => name === 'page'))
        .map(({ query }) => Object.fromEntries(query).since);
      assert.equal(since[0], undefined);
      assert.ok(Math.abs(Date.parse(String(since[1])) - before) < 60_000);
      assert.equal(requests('/out').length, 2);

      // `msg.sync` changes one sync.
      await press(nodeRed, { params: { q: 'x' }, lastSync: '2020', dryRun: true });
      const [, , dry] = await outcome(3);
      assert.deepEqual(dry.payload.details.preview, [{ id: 1 }, { id: 2 }]);
      const [asked] = requests('/in').slice(-3);
      assert.deepEqual(Object.fromEntries(asked!.query), { since: '2020', q: 'x' });
      assert.equal(requests('/out').length, 2, 'a dry run sends nothing');
      await press(nodeRed, { reset: true });
      const all = await outcome(4);
      assert.deepEqual([all[3].payload.count, requests('/out').length], [2, 4]);
      const [again] = requests('/in').slice(-3);
      assert.deepEqual(again!.query, [], 'as if it had never run');
    });

    test('messages that come meanwhile share a run, wait, or run at the same time', async () => {
      let open: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      const modes = ['coalesce', 'queue', 'parallel'];
      const answered = [...modes, 'message'];
      await given(
        [
          ...answered.map((name) => ({
            path: `/in/${name}`,
            responses: [{ json: {}, after: gate }],
          })),
          { path: '/late', responses: [{ json: {}, after: gate }] },
          { path: '/out', responses: [{ json: {} }] },
        ],
        [
          inject(['sync-once', 'sync-message', ...modes.map((overlap) => `sync-${overlap}`)]),
          sync('sync-once', {
            ...{ targetEndpoint: 'late', idempotency: true },
            fields: [{ value: 1, target: 'always' }],
          }),
          sync('sync-message', {
            targetEndpoint: 'one',
            params: [{ name: 'id', value: 'message' }],
          }),
          ...modes.map((overlap) =>
            sync(`sync-${overlap}`, {
              ...{ source: 'api', sourceEndpoint: 'one', overlap },
              params: [{ name: 'id', value: overlap }],
            }),
          ),
        ],
      );
      for (let at = 0; at < 3; at++) await press(nodeRed);
      const counts = () => answered.map((name) => requests(`/in/${name}`).length);
      // The last wire of the last message: the others have their messages by then.
      await nodeRed.waitFor(() => (counts()[2] === 3 ? true : undefined), 'three at once');
      assert.deepEqual(counts(), [1, 1, 3, 1], 'by itself, a sync never overlaps');
      open();
      await outcome(15);
      assert.deepEqual(counts(), [2, 3, 3, 3]);
      assert.equal(requests('/late').length, 1, 'the same item at the same time is sent once');
    });

    test('an attempt that ends, by time or by a deploy, ends its sync and the request in flight', async () => {
      const nodes = [
        { ...hook('/hooks/late', ['sync-late']), timeoutSeconds: 1 },
        sync('sync-late', { targetEndpoint: 'late' }),
        hook('/hooks/deploy', ['sync-deployed']),
        sync('sync-deployed', { targetEndpoint: 'deployed' }),
      ];
      await given(
        [
          { path: '/late', responses: [{ hang: true }] },
          { path: '/deployed', responses: [{ hang: true }, { json: {} }] },
        ],
        nodes,
      );
      const late = await post(nodeRed, '/hooks/late', '{"n":1}');
      await event(late, 'failed');
      await nodeRed.waitFor(() => (api.hungUp === 1 ? true : undefined), 'the end of a request');

      const deployed = await post(nodeRed, '/hooks/deploy', '{"n":2}');
      await nodeRed.waitFor(() => requests('/deployed')[0], 'the request');
      await nodeRed.deploy([...common(api.url), ...nodes]);
      assert.equal(api.hungUp, 2, 'the flows have stopped only when it has ended');
      const [msg] = await outcome(1);
      assert.deepEqual([msg.webhook.id, msg.webhook.redelivered], [deployed, true]);
      const keys = requests('/deployed').map(({ headers }) => headers['idempotency-key']);
      assert.deepEqual(keys, [`${deployed}.sync-deployed`, `${deployed}.sync-deployed`]);
    });

    test('items that failed leave with their reasons, a sync of their own sends them again, a replay all', async () => {
      await given(
        [
          {
            path: '/out',
            responses: [{ json: {} }, { status: 422, text: 'no' }, { json: {} }, { json: {} }],
          },
        ],
        [
          hook('/hooks/items', ['items']),
          { ...sync('items', {}), wires: [['done'], ['done', 'again']] },
          sync('again', {}),
        ],
      );
      const id = await post(nodeRed, '/hooks/items', '[{"n":1},{"n":2}]');
      const messages = await outcome(2);
      const [letter, done] = messages.sort((a, b) => Number('error' in b) - Number('error' in a));
      const { message, category, statusCode, index } = letter.error;
      assert.deepEqual(
        [letter.payload, message, category, statusCode, index],
        [{ n: 2 }, 'POST /out answered 422: no', 'VALIDATION', 422, 1],
      );
      assert.deepEqual([done.payload.success, done.payload.count], [true, 1]);
      const failed = await event(id, 'failed');
      assert.match(JSON.stringify(failed), /1 of 2 items failed/);
      assert.deepEqual(
        requests('/out').map(({ body }) => body),
        [{ n: 1 }, { n: 2 }, { n: 2 }],
      );
      const { eventId } = await admin(`/events/${id}/replay`, {});
      await event(eventId, 'success');
      const [first, second] = requests('/out').slice(3);
      assert.deepEqual([first?.body, second?.body], [{ n: 1 }, { n: 2 }]);
      assert.equal(first?.headers['idempotency-key'], `${eventId}.items.0`);
    });

    test('a variable that is not set is named, and nothing is sent', async () => {
      const from = nodeRed.log.length;
      await given(
        [{ path: '/in', responses: [{ json: { data: [] } }] }],
        [
          inject(['unset']),
          sync('unset', { target: 'unsettled', source: 'api', sourceEndpoint: 'in' }),
        ],
      );
      await press(nodeRed);
      await nodeRed.waitForLog(/environment variable `NOWHERE` is not set/, from);
      assert.equal(api.requests.length, 0);
    });
  });
}

function common(baseUrl: string): FlowNode[] {
  const base = { type: 'apilinker-connection', baseUrl, allowPrivateNetwork: true, retryCount: 1 };
  const endpoints = [
    { name: 'in', path: '/in', pagination: { kind: 'page', dataPath: 'data' } },
    { name: 'one', path: '/in/{id}' },
    { name: 'out', path: '/${PLACE}' },
    { name: 'late', path: '/late' },
    { name: 'deployed', path: '/deployed' },
  ];
  return [
    tab('t'),
    probe('done', 't'),
    { ...base, id: 'api', endpoints },
    { ...base, id: 'unsettled', endpoints: [{ name: 'out', path: '/${NOWHERE}' }] },
    {
      ...{ ...base, id: 'oauth', auth: 'oauth2', tokenUrl: `${baseUrl}/token`, endpoints },
      credentials: { clientId: 'cid', clientSecret: 'client-s3cret' },
    },
  ];
}

function sync(id: string, properties: object): FlowNode {
  return {
    ...{ id, type: 'apilinker-sync', z: 't', target: 'api', targetEndpoint: 'out' },
    ...properties,
    wires: [['done'], []],
  };
}

function hook(path: string, wires: string[]): FlowNode {
  return { id: `hook${path}`, type: 'webhook-in', z: 't', path, quietMs: 10, wires: [wires] };
}

function inject(wires: string[]): FlowNode {
  const props = [{ p: 'payload' }];
  return { id: 'go', type: 'inject', z: 't', props, repeat: '', once: false, wires: [wires] };
}

/** Presses the button of the `inject` node; with `msg.sync` if that is given. */
async function press(nodeRed: NodeRedProcess, sync?: object): Promise<void> {
  const props = [{ p: 'sync', v: JSON.stringify(sync), vt: 'json' }];
  const init = sync && {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ __user_inject_props__: props }),
  };
  const { status } = await fetch(nodeRed.url('/inject/go'), { method: 'POST', ...init });
  assert.equal(status, 200);
}

/** Sends a webhook; the id of its event. */
async function post(
  nodeRed: NodeRedProcess,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const answer = await fetch(nodeRed.url(path), {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  assert.equal(answer.status, 200);
  const { event_id: id } = (await answer.json()) as { event_id: string };
  return id;
}
