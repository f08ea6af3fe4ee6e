import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { NodeRedProcess, tab } from '../support/node-red-process';
import { LEAN } from './lean-settings';
import { allSucceeded, endpointAt, historyAt, Sender } from './sender';

test('two processes on one history: the second one waits, says so, and takes over what the first one leaves', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'shared-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const flows = [
    tab('tab'),
    historyAt(join(folder, 'history.sqlite')),
    endpointAt('/shared', 'work', { concurrency: 1, timeoutSeconds: 300 }),
    { id: 'work', type: 'function', z: 'tab', name: '', func: WORK, outputs: 1, wires: [[]] },
  ];
  const start = async (): Promise<NodeRedProcess> => {
    const nodeRed = await NodeRedProcess.start({ major: 5, settings: LEAN, flows });
    t.after(() => nodeRed.dispose());
    return nodeRed;
  };
  const first = await start();
  const toFirst = new Sender(first, '/shared');
  const left = [await toFirst.untilTaken({ n: 0 }), await toFirst.untilTaken({ n: 1 })];

  const second = await start();
  await second.waitForLog(/is in use by another process: waiting/);
  const toSecond = new Sender(second, '/shared');
  const refused = await toSecond.post({ n: 2 });
  assert.equal(refused?.status, 503);
  assert.match(String(refused.retryAfter), /^\d+$/);
  left.push(await toFirst.untilTaken({ n: 3 }));

  await first.kill();
  const own = await toSecond.untilTaken({ n: 2 });
  await second.waitForLog(/Taking up what the process before left/);
  const all = [...left, own];
  assert.deepEqual(await toSecond.outcomes(all), allSucceeded(all));
});

/** The first process does not live to see the end of the first event, and the others wait behind it. */
const WORK = `
const isFirst = msg.payload.n === 0 && !msg.webhook.redelivered;
setTimeout(() => { node.send(msg); node.done(); }, isFirst ? 250000 : 1);`;
