import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { after, before, suite, test } from 'node:test';
import Stripe from 'stripe';
import { example, EXAMPLE_FILES } from '../support/examples';
import { freePort, NodeRedProcess, type FlowNode } from '../support/node-red-process';
import { waitUntil } from '../support/wait-until';

/**
 * The examples as they are shipped, all in one Node-RED 5, each does what its comments promise. Those of
 * 07, 09 and 11 are in the tests of their nodes; test/e2e/editor imports each one into 4.1 and 5.
 */
const SECRET = 'a secret of the examples';
const CERTIFICATES = 'test/fixtures/listener';

interface Event {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly attempts: readonly { readonly trail: readonly { readonly nodeId: string }[] }[];
}

let nodeRed: NodeRedProcess;
let listenerPort: number;
let keyServer: Server;
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

before(async () => {
  keyServer = await startKeyServer();
  const [major, settingsCode] = [5, 'fileWorkingDirectory: __dirname,'] as const;
  const env = { NODE_EXTRA_CA_CERTS: resolve(CERTIFICATES, 'ca.pem') };
  nodeRed = await NodeRedProcess.start({ major, settingsCode, env });
  listenerPort = await freePort();
  const host = `localhost:${(keyServer.address() as AddressInfo).port}`;
  const changes = {
    ...{ port: nodeRed.port, listenerPort, secret: SECRET },
    replace: { 'login.example.com/.well-known': `${host}/.well-known` },
  };
  const numbers = EXAMPLE_FILES.map((file) => basename(file).slice(0, 2));
  await nodeRed.deploy(numbers.flatMap((number) => example(number, changes)));
});
after(async () => {
  await nodeRed.dispose();
  keyServer.close();
  keyServer.closeAllConnections();
});

async function startKeyServer(): Promise<Server> {
  const pem = (name: string): string => readFileSync(join(CERTIFICATES, name), 'utf8');
  const keySet = {
    keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256' }],
  };
  const server = createServer(
    { cert: pem('server.pem'), key: pem('server.key.pem') },
    (_request, response) => response.end(JSON.stringify(keySet)),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url.startsWith('/') ? nodeRed.url(url) : url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
}

/** The id of the event that was stored for an accepted request. */
async function accepted(answer: Response): Promise<string> {
  assert.equal(answer.status, 200, await answer.clone().text());
  return ((await answer.json()) as { event_id: string }).event_id;
}

async function json(path: string): Promise<any> {
  return (await fetch(nodeRed.url(path))).json();
}

async function eventsOf(endpoint: string): Promise<Event[]> {
  return (await json(`/apilinker-webhooks/events?endpoint=${endpoint}`)).events as Event[];
}

/** The event once it is final, and the nodes that it reached. */
async function ended(
  id: string,
): Promise<{ status: string; reason: string | null; nodes: string[] }> {
  const event = await nodeRed.waitFor(
    async () => {
      const found = (await json(`/apilinker-webhooks/events/${id}`)) as Event;
      const isFinal = ['success', 'failed', 'ignored'].includes(found.status);
      return isFinal ? found : undefined;
    },
    `the end of ${id}`,
    20_000,
  );
  const nodes = event.attempts.flatMap(({ trail }) => trail.map(({ nodeId }) => nodeId));
  return { status: event.status, reason: event.reason, nodes };
}

const token = { 'x-webhook-token': SECRET };
const hmac = (body: string): string => createHmac('sha256', SECRET).update(body).digest('hex');
const press = (id: string): Promise<Response> => post(`/inject/${id}`, {});
const flowContext = async (tabId: string, key: string): Promise<any> => {
  const { memory } = await json(`/context/flow/${tabId}`);
  return memory[key] === undefined ? undefined : JSON.parse(`${memory[key].msg}`);
};

function github(path: string, event: string, payload: object): Promise<Response> {
  const body = JSON.stringify(payload);
  return post(path, body, {
    'x-github-event': event,
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${hmac(body)}`,
  });
}

function stripe(path: string, event: object): Promise<Response> {
  const payload = JSON.stringify(event);
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: SECRET });
  return post(path, payload, { 'stripe-signature': signature });
}

function slack(payload: object): Promise<Response> {
  const body = JSON.stringify(payload);
  const time = String(Math.floor(Date.now() / 1000));
  return post('/hooks/slack', body, {
    'x-slack-request-timestamp': time,
    'x-slack-signature': `v0=${hmac(`v0:${time}:${body}`)}`,
  });
}

function bearer(claims: object): Record<string, string> {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'ES256', kid: 'k' })}.${part(claims)}`;
  const key = { key: keys.privateKey, dsaEncoding: 'ieee-p1363' } as const;
  const signature = sign('sha256', Buffer.from(signed), key).toString('base64url');
  return { authorization: `Bearer ${signed}.${signature}` };
}

suite('the examples', { concurrency: true }, () => {
  test('01: the first webhook arrives; a wrong token is refused, and listed', async () => {
    const id = await accepted(await post('/hooks/first', { hello: 'world' }, token));
    const { status, nodes } = await ended(id);
    assert.deepEqual([status, nodes], ['success', ['first_debug']]);
    const wrong = await post('/hooks/first', {}, { 'x-webhook-token': 'wrong' });
    assert.equal(wrong.status, 401);
    await nodeRed.waitFor(async () => {
      const { rejections } = await json('/apilinker-webhooks/rejections');
      return rejections.find(({ endpoint }: { endpoint: string }) => endpoint === '/hooks/first');
    }, 'the refused request');
  });

  test('02: a push and a payment reach an API that was busy twice', async () => {
    const push = { ref: 'refs/heads/main', repository: { full_name: 'octo/hello' } };
    const payment = {
      type: 'payment_intent.succeeded',
      created: 1,
      data: { object: { id: 'pi' } },
    };
    const ids = [
      await accepted(await github('/hooks/github', 'push', push)),
      await accepted(await stripe('/hooks/stripe', { id: 'evt_02', ...payment })),
      await accepted(await github('/hooks/github', 'push', { ...push, ref: 'refs/tags/v1' })),
    ];
    const [pushed, paid, tagged] = await Promise.all(ids.map(ended));
    assert.deepEqual(
      [pushed?.status, paid?.status, tagged?.status],
      ['success', 'success', 'ignored'],
    );
    const tries = pushed?.nodes.filter((node) => node === 'github_sync').length;
    assert.equal(tries, 3);
    assert.ok(pushed?.nodes.includes('github_done'));
  });

  test('03: issues of GitHub become tickets, comments do not', async () => {
    const path = '/hooks/github-issues';
    const repository = { full_name: 'octo/hello' };
    const issue = { number: 7, title: ' It fails ', body: null, state: 'open', assignees: [] };
    const comment = { action: 'created', repository, issue: { ...issue, number: 6 } };
    const opened = { action: 'opened', repository, issue: { ...issue, user: { login: 'Ann' } } };
    const closed = {
      ...{ number: 8, title: 'Done', body: 'text', state: 'closed', user: { login: 'Bob' } },
      ...{ assignees: [{ login: 'Cleo' }], closed_at: '2024-01-01T00:00:00Z' },
    };
    await accepted(await github(path, 'issue_comment', comment));
    await accepted(await github(path, 'issues', opened));
    await accepted(await github(path, 'issues', { action: 'closed', repository, issue: closed }));
    const tickets = '/demo-tickets/tickets';
    await waitUntil('two tickets', async () => (await json(tickets)).length >= 2);
    assert.deepEqual(await json(tickets), [
      {
        ...{ number: 7, project: 'octo/hello', title: 'It fails', text: '' },
        ...{ reporter: { name: 'ann' }, status: 'open', origin: 'github' },
      },
      {
        ...{ number: 8, project: 'octo/hello', title: 'Done', text: 'text' },
        ...{ reporter: { name: 'bob' }, assignee: { name: 'cleo' }, status: 'closed' },
        ...{ closedAt: 1_704_067_200, origin: 'github' },
      },
    ]);
  });

  test('04: an event that Stripe sends three times is booked once', async () => {
    const event = {
      ...{ id: 'evt_04', type: 'payment_intent.succeeded' },
      data: { object: { id: 'pi_04', amount: 1999, currency: 'eur' } },
    };
    const path = '/hooks/stripe-payments';
    const answers = await Promise.all([stripe(path, event), stripe(path, event)]);
    answers.push(await stripe(path, event));
    const bodies = (await Promise.all(answers.map((each) => each.json()))) as { status: string }[];
    assert.deepEqual(bodies.map(({ status }) => status).sort(), [
      'duplicate',
      'duplicate',
      'received',
    ]);
    const stored = await eventsOf(path);
    assert.equal(stored.length, 1);
    await ended(String(stored[0]?.id));
    assert.deepEqual(await flowContext('stripe_once_tab', 'booked'), [
      { id: 'pi_04', amount: 1999, currency: 'eur' },
    ]);
  });

  test('05: the challenge of Slack is answered, a mention arrives, a bot is not heard', async () => {
    const challenge = await slack({ type: 'url_verification', challenge: 'as it came' });
    assert.deepEqual([challenge.status, await challenge.text()], [200, 'as it came']);
    const send = async (id: string, event: object): Promise<number> =>
      (await slack({ type: 'event_callback', event_id: id, event })).status;
    const mention = { type: 'app_mention', user: 'U1', channel: 'C1', text: '<@U2> when?' };
    assert.equal(await send('Ev1', mention), 200);
    assert.equal(await send('Ev2', { type: 'message', text: 'beep', bot_id: 'B1' }), 200);
    const [bot, person] = await eventsOf('/hooks/slack');
    assert.equal((await ended(String(bot?.id))).status, 'ignored');
    const { status, nodes } = await ended(String(person?.id));
    assert.deepEqual([status, nodes.at(-1)], ['success', 'sl_asked']);
  });

  test('06: a token is checked by the keys at an address', async () => {
    const claims = {
      ...{ iss: 'https://login.example.com/', aud: 'node-red', sub: 'ann' },
      exp: Math.floor(Date.now() / 1000) + 60,
    };
    const send = (more: object): Promise<Response> =>
      post('/hooks/jwt', { order: 1 }, bearer({ ...claims, ...more }));
    const { status, nodes } = await ended(await accepted(await send({})));
    assert.deepEqual([status, nodes], ['success', ['jw_debug']]);
    const refused = await Promise.all([
      send({ aud: 'others' }),
      send({ exp: 1 }),
      send({ iss: 'x' }),
    ]);
    assert.deepEqual(
      refused.map((answer) => answer.status),
      [401, 401, 401],
    );
    assert.equal((await post('/hooks/jwt', {})).status, 401);
  });

  test('08: what the warehouse did not take is a line of the file; the next order arrives', async () => {
    const file = join(nodeRed.userDir, 'dead-letters.jsonl');
    const lost = await accepted(await post('/hooks/warehouse', { order: 1 }, token));
    assert.equal((await ended(lost)).status, 'failed');
    const [line, ...others] = readFileSync(file, 'utf8').trimEnd().split('\n');
    const { event, reason, error, payload } = JSON.parse(String(line)) as Record<string, unknown>;
    assert.deepEqual([event, reason, payload, others], [lost, 'attempts', { order: 1 }, []]);
    assert.match(JSON.stringify(error), /503/);
    await press('df_open');
    const stored = await ended(await accepted(await post('/hooks/warehouse', { order: 2 }, token)));
    assert.equal(stored.status, 'success');
    assert.deepEqual(await flowContext('dead_file_tab', 'stored'), [{ order: 2 }]);
  });

  test('10: a legacy node is done when the outcome node says so, or fails for good', async () => {
    const book = async (body: object) =>
      ended(await accepted(await post('/hooks/bookings', body, token)));
    const [good, bad] = await Promise.all([book({ item: 'tea' }), book({})]);
    assert.deepEqual([good.status, bad.status], ['success', 'failed']);
    assert.match(String(bad.reason), /The booking names no item/);
    assert.equal(bad.nodes.filter((node) => node === 'outcome_book').length, 1, 'tried once');
  });

  test('12: the first sync copies everything, the next one only what has changed', async () => {
    const contacts = async (): Promise<Record<string, unknown>[]> =>
      (await flowContext('incremental_tab', 'contacts')) ?? [];
    await press('is_start');
    await waitUntil('five contacts', async () => (await contacts()).length >= 5);
    const [ann, , , dan] = await contacts();
    assert.deepEqual(ann, {
      ...{ externalId: '1', displayName: 'Ann', email: 'ann@example.com' },
      changedAt: 1_704_067_200,
    });
    assert.equal(dan?.['email'], undefined);
    await press('is_change');
    await press('is_start');
    await waitUntil('another one', async () => (await contacts()).length >= 6);
    const names = (await contacts()).map(({ displayName }) => String(displayName));
    assert.deepEqual(
      names.map((name) => name.replace(/\d+th$/, 'n')),
      ['Ann', 'Bob', 'Cleo', 'Dan', 'Eve', 'Cleo the n'],
    );
  });

  test('13: the port of its own receives, that of the editor does not; its history is a file', async () => {
    const own = `http://127.0.0.1:${listenerPort}`;
    await waitUntil('health', async () => (await fetch(`${own}/health`)).ok);
    const body = '{"n":1}';
    const headers = { 'x-signature-256': `sha256=${hmac(body)}`, 'x-customer-token': 'hush-hush' };
    const id = await accepted(await post(`${own}/hooks/deliveries`, body, headers));
    assert.equal((await post('/hooks/deliveries', body, headers)).status, 404);
    assert.equal((await ended(id)).status, 'success');
    assert.ok(existsSync(join(nodeRed.userDir, 'webhooks/deliveries.sqlite')));
    const event = JSON.stringify(await json(`/apilinker-webhooks/events/${id}`));
    assert.match(event, /x-customer-token/);
    assert.doesNotMatch(event, /hush-hush/);
  });
});

test('each example is run by a test, explains itself, and shares no id or path with another', () => {
  const tests = globSync('test/integration/*.test.ts').map((file) => readFileSync(file, 'utf8'));
  const taken = new Set<string>();
  const take = (what: string): void => {
    assert.ok(!taken.has(what), `${what} is in two examples`);
    taken.add(what);
  };
  for (const file of EXAMPLE_FILES) {
    const number = basename(file).slice(0, 2);
    const isRun = (source: string): boolean =>
      source.includes(`example('${number}'`) || source.includes(`test('${number}: `);
    assert.ok(tests.some(isRun), `${file} is run by no test`);
    const nodes: FlowNode[] = example(number);
    assert.ok(
      nodes.some(({ type, info }) => type === 'comment' && String(info).length > 200),
      file,
    );
    for (const { id, type, path, method, url } of nodes) {
      take(id);
      if (type === 'webhook-in') take(`path ${String(path)}`);
      if (type === 'http in') take(`${String(method)} ${String(url)}`);
    }
  }
});
