import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import { NodeRedProcess, type FlowNode } from '../support/node-red-process';
import { waitUntil } from '../support/wait-until';

/** The example flows of syncs, as they are shipped, in a real Node-RED: both systems are part of them. */
const SECRET = 'It is a secret to everybody';

let nodeRed: NodeRedProcess;

before(async () => {
  nodeRed = await NodeRedProcess.start({ major: 5 });
  await nodeRed.deploy([
    ...example('github-issues-to-api').map((node) =>
      node.id === 'gi_in' ? { ...node, credentials: { secret: SECRET } } : node,
    ),
    ...example('incremental-sync'),
    ...answers('/contacts', 'incremental_tab', 'contacts'),
  ]);
});
after(() => nodeRed.dispose());

function example(name: string): FlowNode[] {
  const text = readFileSync(`examples/${name}.json`, 'utf8');
  return JSON.parse(text.replaceAll('127.0.0.1:1880', `127.0.0.1:${nodeRed.port}`)) as FlowNode[];
}

/** Shows what the flow keeps under that name. */
function answers(url: string, z: string, name: string): FlowNode[] {
  const rules = [{ t: 'set', p: 'payload', pt: 'msg', to: name, tot: 'flow' }];
  return [
    { id: 'show_in', type: 'http in', z, url, method: 'get', wires: [['show_set']] },
    { id: 'show_set', type: 'change', z, rules, wires: [['show_out']] },
    { id: 'show_out', type: 'http response', z, wires: [] },
  ];
}

async function listed(path: string): Promise<Record<string, unknown>[]> {
  const text = await (await fetch(nodeRed.url(path))).text();
  return text === '' ? [] : (JSON.parse(text) as Record<string, unknown>[]);
}

async function send(event: string, payload: object): Promise<void> {
  const body = JSON.stringify(payload);
  const answer = await fetch(nodeRed.url('/hooks/github-issues'), {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
    },
  });
  assert.equal(answer.status, 200);
}

test('issues of GitHub become tickets, comments do not', async () => {
  const repository = { full_name: 'octo/hello' };
  const issue = { number: 7, title: ' It fails ', body: null, state: 'open', assignees: [] };
  await send('issue_comment', { action: 'created', repository, issue: { ...issue, number: 6 } });
  await send('issues', {
    action: 'opened',
    repository,
    issue: { ...issue, user: { login: 'Ann' } },
  });
  await send('issues', {
    action: 'closed',
    repository,
    issue: {
      ...{ number: 8, title: 'Done', body: 'text', state: 'closed', user: { login: 'Bob' } },
      ...{ assignees: [{ login: 'Cleo' }], closed_at: '2024-01-01T00:00:00Z' },
    },
  });
  const tickets = '/demo-tickets/tickets';
  await waitUntil('two tickets', async () => (await listed(tickets)).length >= 2);
  assert.deepEqual(await listed(tickets), [
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

test('the first sync copies everything, the next one only what has changed', async () => {
  const press = (id: string) => fetch(nodeRed.url(`/inject/${id}`), { method: 'POST' });
  await press('is_start');
  await waitUntil('five contacts', async () => (await listed('/contacts')).length >= 5);
  const [ann, , , dan] = await listed('/contacts');
  assert.deepEqual(ann, {
    ...{ externalId: '1', displayName: 'Ann', email: 'ann@example.com', changedAt: 1_704_067_200 },
  });
  assert.equal(dan?.['email'], undefined);
  await press('is_change');
  await press('is_start');
  await waitUntil('another one', async () => (await listed('/contacts')).length >= 6);
  const names = (await listed('/contacts')).map(({ displayName }) => String(displayName));
  assert.deepEqual(
    names.map((name) => name.replace(/\d+th$/, 'n')),
    ['Ann', 'Bob', 'Cleo', 'Dan', 'Eve', 'Cleo the n'],
  );
});
