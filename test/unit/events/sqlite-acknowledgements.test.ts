import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { Acknowledgements } from '../../../src/events/sqlite/acknowledgements';

const folder = mkdtempSync(join(tmpdir(), 'acknowledgements-'));
test.after(() => rmSync(folder, { recursive: true }));

interface Held {
  readonly acknowledgements: Acknowledgements;
  readonly sent: number[];
  readonly synced: () => Promise<Error | null>;
}

function held(name: string): Held {
  const file = join(folder, name);
  writeFileSync(`${file}-wal`, 'frames');
  const sent: number[] = [];
  let tell: (error: Error | null) => void = () => undefined;
  const acknowledgements = new Acknowledgements(
    file,
    (replies) => sent.push(...replies.map(([id]) => id)),
    (error) => tell(error),
  );
  const synced = (): Promise<Error | null> => new Promise((resolve) => (tell = resolve));
  return { acknowledgements, sent, synced };
}

test('a round that did not wait for the disk is answered after a sync', async () => {
  const { acknowledgements, sent, synced } = held('one');
  acknowledgements.hold([[1, null]], false);
  assert.deepEqual(sent, []);
  assert.equal(await synced(), null);
  assert.deepEqual(sent, [1]);
  acknowledgements.close();
});

test('a sync covers only what was committed before it began', async () => {
  const { acknowledgements, sent, synced } = held('two');
  acknowledgements.hold([[1, null]], false);
  acknowledgements.hold([[2, null]], false);
  await synced();
  assert.deepEqual(sent, [1]);
  assert.equal(acknowledgements.syncing, true);
  await synced();
  assert.deepEqual(sent, [1, 2]);
  acknowledgements.close();
});

test('a durable round answers all before it, in order, once', async () => {
  const { acknowledgements, sent, synced } = held('three');
  acknowledgements.hold([[1, null]], false);
  acknowledgements.hold([[2, null]], false);
  acknowledgements.hold([[3, null]], true);
  assert.deepEqual(sent, [1, 2, 3]);
  acknowledgements.hold([[4, null]], false);
  await synced();
  assert.deepEqual(sent, [1, 2, 3]);
  await synced();
  assert.deepEqual(sent, [1, 2, 3, 4]);
  acknowledgements.close();
});
