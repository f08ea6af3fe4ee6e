import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { NodeRedProcess, tab } from '../support/node-red-process';
import { mount, smallDisk } from '../support/small-disk';
import { LEAN } from './lean-settings';
import { allSucceeded, endpointAt, historyAt, Sender, statusPrinter } from './sender';

const PATH = '/disk';
/** A twentieth of the small disk; no compression makes it smaller. */
const large = (): object => ({ text: randomBytes(75_000).toString('base64') });

test('a full disk: 503 with Retry-After, nothing acknowledged is lost, and it goes on when there is room', async (t) => {
  const disk = smallDisk(t);
  const { nodeRed, sender } = await start(t, join(disk, 'history.sqlite'));
  const acknowledged: string[] = [];
  let refused = 0;
  while (refused < 3) {
    const answer = await sender.post(large());
    assert.ok(answer !== null);
    if (answer.status === 200) acknowledged.push(answer.id);
    else {
      assert.equal(answer.status, 503);
      assert.match(String(answer.retryAfter), /^\d+$/);
      refused++;
    }
    assert.ok(acknowledged.length < 1000, 'the disk is small');
  }
  await nodeRed.waitForLog(/STATUS .*"fill":"red".*history: the disk is full/);
  const from = nodeRed.log.length;
  assert.ok(acknowledged.length > 3);
  mount(['-o', 'remount,size=64m', disk]);
  acknowledged.push(await sender.untilTaken(large()));
  await nodeRed.waitForLog(/STATUS (?!.*history)/, from);
  assert.deepEqual(await sender.outcomes(acknowledged), allSucceeded(acknowledged));
  await nodeRed.kill();
  await nodeRed.start();
  assert.deepEqual(await sender.outcomes(acknowledged), allSucceeded(acknowledged));
});

test('a file that can only be read: 503 and a red status; taken up when it can be written', async (t) => {
  const disk = smallDisk(t);
  const { nodeRed, sender } = await start(t, join(disk, 'history.sqlite'));
  const first = await sender.untilTaken({ n: 1 });
  assert.deepEqual(await sender.outcomes([first]), ['success']);
  await nodeRed.stop();
  mount(['-o', 'remount,ro', disk]);
  const from = nodeRed.log.length;
  await nodeRed.start();
  const answer = await sender.post({ n: 2 });
  assert.equal(answer?.status, 503);
  assert.match(String(answer.retryAfter), /^\d+$/);
  await nodeRed.waitForLog(/history can't be opened/, from);
  await nodeRed.waitForLog(/STATUS .*"fill":"red".*history: the file is read-only/, from);
  mount(['-o', 'remount,rw', disk]);
  const second = await sender.untilTaken({ n: 2 });
  assert.deepEqual(await sender.outcomes([first, second]), ['success', 'success']);
});

for (const [what, damage] of [
  ['torn', (file: string) => truncateSync(file, 20_000)],
  ['overwritten', (file: string) => writeFileSync(file, 'not a database at all '.repeat(1000))],
  ['corrupt inside', overwritePages],
] as const) {
  test(`a file that is ${what} is set aside as it is, a new one is used, and the node says so`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'damaged-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'history.sqlite');
    const { nodeRed, sender } = await start(t, file);
    const lost = await Promise.all(
      [large(), large(), large()].map((one) => sender.untilTaken(one)),
    );
    assert.deepEqual(await sender.outcomes(lost), allSucceeded(lost));
    // An orderly stop leaves everything in the file itself.
    await nodeRed.stop();
    damage(file);
    const damaged = readFileSync(file);
    const from = nodeRed.log.length;
    await nodeRed.start();
    const id = await sender.untilTaken({ n: 1 });
    assert.deepEqual(await sender.outcomes([id]), ['success']);
    const aside = readdirSync(folder).filter((name) => /\.corrupt-[^.]*$/.test(name));
    assert.equal(aside.length, 1);
    assert.deepEqual(readFileSync(join(folder, aside[0]!)), damaged);
    await nodeRed.waitForLog(new RegExp(`damaged.*${aside[0]!}`), from);
    await nodeRed.waitForLog(/STATUS .*"fill":"red".*history: was damaged/, from);
  });
}

function overwritePages(file: string): void {
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 8192 * 2, 8192 * 6);
  writeFileSync(file, bytes);
}

async function start(
  t: TestContext,
  file: string,
): Promise<{ nodeRed: NodeRedProcess; sender: Sender }> {
  const nodeRed = await NodeRedProcess.start({ major: 5, settings: LEAN });
  t.after(() => nodeRed.dispose());
  await nodeRed.deploy([
    tab('tab'),
    historyAt(file),
    endpointAt(PATH, 'work'),
    {
      id: 'work',
      type: 'function',
      z: 'tab',
      name: '',
      func: 'return msg;',
      outputs: 1,
      wires: [[]],
    },
    ...statusPrinter(),
  ]);
  return { nodeRed, sender: new Sender(nodeRed, PATH) };
}
