import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, test } from 'node:test';
import { silentLogger } from '../../../src/shared/logger';
import { anEvent } from '../../contract/event-store.fixtures';
import { Histories } from './sqlite-harness';

interface Child {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly lines: Interface;
}

let histories: Histories;
let children: Child[];
beforeEach(() => {
  histories = new Histories();
  children = [];
});
afterEach(async () => {
  for (const { process } of children) process.kill('SIGKILL');
  await histories.end();
});

function start(task: 'hold' | 'write'): Child {
  const child = spawn(
    process.execPath,
    [join(__dirname, 'sqlite-child.js'), histories.path(), task],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const started = { process: child, lines: createInterface({ input: child.stdout }) };
  children.push(started);
  return started;
}

async function killed({ process }: Child): Promise<void> {
  const exited = once(process, 'exit');
  process.kill('SIGKILL');
  await exited;
}

for (const atLeast of [1, 40 + Math.floor(Math.random() * 200)]) {
  test(`after SIGKILL every acknowledged event is there (killed after ${atLeast})`, async () => {
    const child = start('write');
    const acknowledged: string[] = [];
    for await (const line of child.lines) {
      if (line !== 'open') acknowledged.push(line);
      if (acknowledged.length === atLeast) child.process.kill('SIGKILL');
    }
    const store = await histories.open();
    assert.equal(store.recoveredFrom, null);
    const there = new Set<string>();
    for (let before: string | undefined; ;) {
      const { events: page } = await store.list({
        limit: 500,
        ...(before === undefined ? {} : { before }),
      });
      for (const { id } of page) there.add(id);
      before = page.at(-1)?.id;
      if (before === undefined) break;
    }
    const whole = acknowledged.filter((id) => id.length === 36);
    assert.ok(whole.length >= atLeast);
    assert.deepEqual(
      whole.filter((id) => !there.has(id)),
      [],
    );
    const report = await store.recover(5_000);
    assert.equal(report.redelivered, there.size);
  });
}

test('a second process waits for the file, says so, and takes over when the first one dies', async () => {
  const first = start('hold');
  await once(first.lines, 'line');
  let opened = false;
  let said: (text: string) => void = () => undefined;
  const warned = new Promise<string>((resolve) => (said = resolve));
  const troubles: (string | null)[] = [];
  const opening = histories.open({
    logger: { ...silentLogger, warn: said },
    onTrouble: (problem) => troubles.push(problem?.kind ?? null),
  });
  void opening.then(() => (opened = true));
  assert.match(await warned, /in use by another process/);
  assert.equal(opened, false);
  assert.deepEqual(troubles, ['locked']);
  await killed(first);
  const store = await opening;
  assert.deepEqual(troubles, ['locked', null]);
  const event = anEvent();
  await store.accept(event, { handOver: false, dedup: null });
  assert.ok(await store.get(event.id));
});

test('waiting for the file can be given up', async () => {
  const first = start('hold');
  await once(first.lines, 'line');
  const giveUp = new AbortController();
  const logger = { ...silentLogger, warn: () => giveUp.abort() };
  await assert.rejects(histories.open({ logger, signal: giveUp.signal }), {
    code: 'store-unavailable',
  });
});
