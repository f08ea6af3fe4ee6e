import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { NODE_RED_MAJORS, NodeRedProcess, probe, tab } from '../support/node-red-process';

const BODY_BYTES = 24_000;
const CLIENTS = 40;
const REQUESTS = 5 * CLIENTS;

/**
 * Rounds of many events are synced while the next round is written. Each event adds at least its random
 * body to the WAL, so at each answer the disk must have confirmed as many bytes as were acknowledged.
 */
for (const major of NODE_RED_MAJORS) {
  test(`Node-RED ${major}: in a burst the disk is never behind the acknowledgements`, async (t) => {
    const nodeRed = await NodeRedProcess.start({ major });
    t.after(() => nodeRed.dispose());
    await nodeRed.deploy([
      tab('tab'),
      {
        id: 'in',
        type: 'webhook-in',
        z: 'tab',
        x: 100,
        y: 100,
        path: '/traced',
        wires: [['probe']],
      },
      probe('probe', 'tab'),
    ]);
    assert.equal((await post(nodeRed)).status, 200);
    await nodeRed.waitForReceived(1);

    const file = join(nodeRed.userDir, 'calls');
    const calls = 'trace=write,writev,sendto,pwrite64,fsync,fdatasync';
    const options = ['-f', '-y', '-s', '32', '-e', calls, '-o', file, '-p', String(nodeRed.pid)];
    const strace = spawn('strace', options, { stdio: ['ignore', 'ignore', 'pipe'] });
    await once(strace.stderr, 'data'); // "strace: Process ... attached"
    const send = async (): Promise<void> => {
      for (let n = 0; n < REQUESTS / CLIENTS; n++) {
        assert.equal((await post(nodeRed)).status, 200);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, send));
    strace.kill('SIGINT');
    await once(strace, 'exit');

    const { answers, behind, largestRound } = check(readFileSync(file, 'utf8'));
    assert.equal(behind, undefined);
    assert.equal(answers, REQUESTS);
    assert.ok(largestRound > 8 * BODY_BYTES, `a round of many events was seen (${largestRound})`);
  });
}

/** Walks through the calls in their order and keeps what the disk has confirmed. */
function check(trace: string): {
  answers: number;
  behind: string | undefined;
  largestRound: number;
} {
  let written = 0;
  let confirmed = 0;
  let largestRound = 0;
  let answers = 0;
  /** Of each thread: what it had written of the WAL when its sync began. */
  const syncing = new Map<string, number>();
  for (const line of trace.split('\n')) {
    const thread = /^\d+/.exec(line)?.[0] ?? '';
    if (/^\d+ +pwrite64\(\d+<[^>]*-wal>/.test(line)) {
      written += Number(/, (\d+), \d+(\)| <unfinished)/.exec(line)?.[1] ?? 0);
    }
    if (/^\d+ +(fsync|fdatasync)\(\d+<[^>]*-wal>/.test(line)) syncing.set(thread, written);
    if (/(fsync|fdatasync).*= 0$/.test(line) && syncing.has(thread)) {
      const now = syncing.get(thread) ?? 0;
      syncing.delete(thread);
      largestRound = Math.max(largestRound, now - confirmed);
      confirmed = Math.max(confirmed, now);
    }
    if (line.includes('HTTP/1.1 200')) {
      answers++;
      if (answers * BODY_BYTES > confirmed) return { answers, behind: line, largestRound };
    }
  }
  return { answers, behind: undefined, largestRound };
}

function post(nodeRed: NodeRedProcess): Promise<Response> {
  return fetch(nodeRed.url('/traced'), {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: randomBytes(BODY_BYTES),
    signal: AbortSignal.timeout(60_000),
  });
}
