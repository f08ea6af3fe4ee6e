import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NodeRedProcess, probe, tab } from '../support/node-red-process';
import { waitUntil } from '../support/wait-until';

const SECRET = 'ab12'.repeat(16);
const TOKENS = `adminAuth: {
  type: 'credentials',
  users: [],
  tokens: (token) => Promise.resolve(
    { reader: { username: 'reader', permissions: ['read'] }, writer: { username: 'writer', permissions: '*' } }[token] ?? null
  ),
},`;

interface Report {
  readonly eventId: string | null;
  readonly request: { method: string; url: string; headers: Record<string, string>; body: string };
  readonly answer: { status: number; contentType: string; body: string };
  readonly message?: string;
}

/** Senders of all kinds of schemes; what is not said is as by default. */
const ENDPOINTS: Readonly<Record<string, Record<string, unknown>>> = {
  github: { provider: 'github' },
  stripe: { provider: 'stripe' },
  standard: { provider: 'standard-webhooks' },
  telegram: { provider: 'telegram' },
  figma: { provider: 'figma' },
  azure: { provider: 'azure-eventgrid' },
  adyen: { provider: 'adyen' },
  twilio: { provider: 'twilio', publicUrl: 'https://hooks.example.com/by/another/name' },
  hubspot: { provider: 'hubspot-v2' },
  slack: { provider: 'slack' },
  netlify: { provider: 'netlify' },
  xero: { provider: 'xero' },
  generic: { provider: 'generic', methods: ['PUT'] },
  basic: {
    ...{ provider: 'generic', signatureType: 'basic' },
    credentials: { username: 'user', password: SECRET },
  },
  anybody: { provider: 'none', path: '/t/:tenant/x/*', credentials: {} },
  closed: { provider: 'github', enabled: false },
  discord: { provider: 'discord' },
  paypal: { provider: 'paypal', providerSettings: { webhookId: '1' } },
  bare: { provider: 'github', credentials: {} },
};

/** Node-RED takes a property that is the id of a node for a reference. */
const nodeIdOf = (id: string): string => `node-${id}`;

describe('a test event', () => {
  let nodeRed: NodeRedProcess;

  before(async () => {
    nodeRed = await NodeRedProcess.start({
      major: 5,
      settings: { httpNodeRoot: '/webhooks', httpAdminRoot: '/admin' },
      settingsCode: TOKENS,
      flows: [],
    });
    const nodes = Object.entries(ENDPOINTS).map(([id, properties]) => ({
      ...{
        id: nodeIdOf(id),
        type: 'webhook-in',
        z: 'tab',
        x: 100,
        y: 100,
        path: `/in/${id}`,
        wires: [['probe']],
      },
      credentials: { secret: SECRET },
      ...properties,
    }));
    const deployed = await fetch(nodeRed.url('/admin/flows'), {
      method: 'POST',
      headers: { authorization: 'Bearer writer', 'content-type': 'application/json' },
      body: JSON.stringify([tab('tab'), ...nodes, probe('probe', 'tab')]),
    });
    assert.equal(deployed.status, 204);
    // The last node that is mounted is there: so are all.
    await waitUntil(
      'all endpoints',
      async () => (await endpointIds()).length === Object.keys(ENDPOINTS).length,
    );
  });
  after(() => nodeRed.dispose());

  const call = (method: string, path: string, headers: Record<string, string>) =>
    fetch(nodeRed.url(path), { method, headers, signal: AbortSignal.timeout(20_000) });
  const admin = (method: string, path: string, headers: Record<string, string> = {}) =>
    call(method, `/admin/apilinker-webhooks${path}`, {
      authorization: 'Bearer writer',
      ...headers,
    });
  const test = async (id: string): Promise<{ status: number; text: string; report: Report }> => {
    const answer = await admin('POST', `/endpoints/${nodeIdOf(id)}/test`);
    const text = await answer.text();
    return { status: answer.status, text, report: JSON.parse(text) as Report };
  };

  const endpointIds = async (): Promise<string[]> => {
    const { endpoints } = (await (await admin('GET', '/endpoints')).json()) as {
      endpoints: { nodeId: string }[];
    };
    return endpoints.map(({ nodeId }) => nodeId);
  };

  it('goes through the endpoint, signed with its secret, which stays on the server', async () => {
    const ids = Object.keys(ENDPOINTS).slice(0, Object.keys(ENDPOINTS).indexOf('closed'));
    for (const id of ids) {
      const { status, text, report } = await test(id);
      assert.equal(status, 200, `${id}: ${text}`);
      assert.equal(report.answer.status, 200, `${id}: ${text}`);
      assert.ok(!text.includes(SECRET), `${id} shows its secret`);
      assert.ok(!text.includes(Buffer.from(SECRET).toString('base64')), id);
      const stored = await admin('GET', `/events/${report.eventId ?? ''}`);
      const event = (await stored.json()) as {
        test: boolean;
        verification: { secret: string } | null;
        request: { headers: Record<string, string> };
      };
      assert.equal(event.test, true, id);
      assert.equal(event.verification?.secret ?? null, id === 'anybody' ? null : 'current', id);
      assert.ok(!('x-webhook-test' in event.request.headers), id);
    }
    const messages = await nodeRed.waitForReceived(ids.length);
    assert.equal(messages.length, ids.length);
  });

  it('can be sent again: it is no duplicate, and says nothing about what the sender signs with', async () => {
    const [one, two] = [await test('github'), await test('github')];
    assert.notEqual(one.report.eventId, two.report.eventId);
    assert.match(two.report.answer.body, /"received"/);
    assert.equal(two.report.request.headers['x-github-event'], 'push');
    assert.equal(two.report.request.headers['x-hub-signature-256'], '[redacted]');
    const { endpoints } = (await (await admin('GET', '/endpoints')).json()) as {
      endpoints: { nodeId: string; secretMatchedAt: object }[];
    };
    const github = endpoints.find(({ nodeId }) => nodeId === nodeIdOf('github'));
    assert.deepEqual(github?.secretMatchedAt, { current: null, previous: null });
  });

  it('shows the answer where nothing is stored, and says why where none can be sent', async () => {
    const closed = await test('closed');
    assert.deepEqual([closed.report.answer.status, closed.report.eventId], [503, null]);
    for (const [id, words] of [
      ['discord', /Only the sender can sign/],
      ['paypal', /certificate/],
      ['bare', /no secret/],
    ] as const) {
      const { status, report } = await test(id);
      assert.equal(status, 409, id);
      assert.match(report.message ?? '', words);
    }
    assert.equal((await test('nobody')).status, 404);
  });

  it('is for who may act, from the editor itself', async () => {
    const path = `/endpoints/${nodeIdOf('github')}/test`;
    assert.equal((await admin('POST', path, { authorization: '' })).status, 401);
    assert.equal((await admin('POST', path, { authorization: 'Bearer reader' })).status, 401);
    assert.equal((await admin('POST', path, { origin: 'https://evil.example' })).status, 403);
  });

  it('cannot be claimed from outside', async () => {
    const sent = await call('POST', '/webhooks/t/a/x/y', { 'x-webhook-test': 'A'.repeat(43) });
    const { event_id } = (await sent.json()) as { event_id: string };
    const event = (await (await admin('GET', `/events/${event_id}`)).json()) as { test: boolean };
    assert.equal(event.test, false);
  });
});
