import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { NodeRedProcess, probe, tab } from '../support/node-red-process';
import { LEAN } from './lean-settings';
import { endpointAt, historyAt, Sender } from './sender';

const DAY_MS = 86_400_000;
const KEPT = 8;

/** The clock of each thread stands where the file says, in milliseconds from the true time. */
const SHIFTED_CLOCK = `
const { readFileSync } = require('node:fs');
const trueNow = Date.now;
Date.now = () => trueNow() + Number(readFileSync(process.env.CLOCK_FILE, 'utf8'));
`;

test('the clock is set back by a day, and Node-RED started again: what came later stays later', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'clock-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [clockFile, preload] = [join(folder, 'clock'), join(folder, 'preload.js')];
  writeFileSync(clockFile, '0');
  writeFileSync(preload, SHIFTED_CLOCK);
  const nodeRed = await NodeRedProcess.start({
    major: 5,
    settings: LEAN,
    env: { NODE_OPTIONS: `--require ${preload}`, CLOCK_FILE: clockFile },
  });
  t.after(() => nodeRed.dispose());
  await nodeRed.deploy([
    tab('tab'),
    { ...historyAt(join(folder, 'history.sqlite')), maxEvents: KEPT, maxAgeDays: 0.5 },
    endpointAt('/clock', 'probe', { concurrency: 1 }),
    probe('probe', 'tab'),
  ]);
  const sender = new Sender(nodeRed, '/clock');
  const ids: string[] = [];
  const send = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) ids.push(await sender.untilTaken({ n: ids.length }));
    await sender.outcomes([]);
  };
  await send(4);
  writeFileSync(clockFile, String(-DAY_MS));
  await send(3);
  assert.deepEqual(await newest(sender), ids.toReversed(), 'nothing is too old or too many');
  await nodeRed.stop();
  await nodeRed.start();
  await send(5);

  const order = nodeRed.received().map(({ payload }) => payload.n);
  assert.deepEqual(
    order,
    ids.map((_, n) => n),
    'delivered in the order of arrival',
  );
  // Evicted with the writes that follow, or in a pause.
  const kept = await nodeRed.waitFor(
    async () => {
      const listed = await newest(sender);
      return listed.length <= KEPT ? listed : undefined;
    },
    `${KEPT} events`,
    30_000,
  );
  assert.deepEqual(kept, ids.slice(-KEPT).toReversed(), 'the last ones are kept, newest first');
});

/** The ids of all events, newest first, read in small pages. */
async function newest(sender: Sender): Promise<string[]> {
  const ids: string[] = [];
  for (let before = ''; ;) {
    const { events } = await sender.get(`/events?limit=3${before}`);
    if (events.length === 0) return ids;
    ids.push(...events.map(({ id }: { id: string }) => id));
    before = `&before=${ids.at(-1)!}`;
  }
}
