import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { NodeRedProcess, tab } from '../support/node-red-process';
import { LOAD_SECRET, sendSigned, type Sent } from '../support/steady-load';

const BURST = 10_000;
const CONNECTIONS = 100;
const CONCURRENCY = 10;

/** Counts how many messages it works on at once, and which ones it saw. */
const WORK = `
let seen = flow.get('seen');
if (!seen) flow.set('seen', (seen = { now: 0, most: 0, total: 0, ids: new Set() }));
seen.now++; seen.total++; seen.most = Math.max(seen.most, seen.now); seen.ids.add(msg.webhook.id);
setTimeout(() => { seen.now--; node.send(msg); node.done(); }, 1);`;
const REPORT = `
const { most, total, ids } = flow.get('seen');
msg.payload = { most, total, distinct: ids.size };
return msg;`;

const FLOW = [
  tab('t'),
  { id: 'history', type: 'webhook-history', path: 'burst.sqlite', maxEvents: 0 },
  {
    id: 'in',
    type: 'webhook-in',
    z: 't',
    path: '/burst',
    provider: 'generic',
    concurrency: CONCURRENCY,
    quietMs: 0,
    history: 'history',
    credentials: { secret: LOAD_SECRET },
    wires: [['work']],
  },
  { id: 'work', type: 'function', z: 't', func: WORK, outputs: 1, wires: [[]] },
  { id: 'ask', type: 'http in', z: 't', url: '/report', method: 'get', wires: [['report']] },
  { id: 'report', type: 'function', z: 't', func: REPORT, outputs: 1, wires: [['answer']] },
  { id: 'answer', type: 'http response', z: 't', wires: [] },
];

test(
  `a burst of ${BURST}: all acknowledged, never more than ${CONCURRENCY} in the flow, all final`,
  { timeout: 300_000 },
  async (t) => {
    const nodeRed = await NodeRedProcess.start({ major: 5 });
    t.after(() => nodeRed.dispose());
    await nodeRed.deploy(FLOW);
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    t.after(() => agent.destroy());
    let n = 0;
    const sent: Sent[] = [];
    const sender = async (): Promise<void> => {
      while (n < BURST) sent.push(await sendSigned(nodeRed.url('/burst'), n++, '/burst', agent));
    };
    let editorAnswers = 0;
    let bursting = true;
    const editor = async (): Promise<void> => {
      while (bursting) {
        const response = await fetch(nodeRed.url('/flows'), {
          signal: AbortSignal.timeout(10_000),
        });
        assert.equal(response.status, 200);
        await response.arrayBuffer();
        editorAnswers++;
      }
    };
    const editing = editor();
    await Promise.all(Array.from({ length: CONNECTIONS }, sender));
    bursting = false;
    await editing;
    assert.ok(editorAnswers > 0);
    assert.deepEqual([...new Set(sent.map(({ status }) => status))], [200]);
    assert.equal(new Set(sent.map(({ eventId }) => eventId)).size, BURST);
    await nodeRed.waitFor(
      async () => {
        const response = await fetch(nodeRed.url('/apilinker-webhooks/stats'));
        const { byStatus } = (await response.json()) as { byStatus: Record<string, number> };
        return byStatus['success'] === BURST ? true : undefined;
      },
      'all to be final',
      200_000,
    );
    const report = await (await fetch(nodeRed.url('/report'))).json();
    assert.deepEqual(report, { most: CONCURRENCY, total: BURST, distinct: BURST });
  },
);
