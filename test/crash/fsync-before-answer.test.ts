import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { NODE_RED_MAJORS, NodeRedProcess, probe, tab } from '../support/node-red-process';

/**
 * kill -9 can't show that an acknowledged event is on disk: the page cache survives the process. The
 * system calls can: between the request's bytes and the bytes of the answer a sync has returned.
 */
for (const major of NODE_RED_MAJORS) {
  test(`Node-RED ${major}: the disk has confirmed the event before the first byte of the 200`, async (t) => {
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
    const calls = 'trace=read,recvfrom,write,writev,sendto,pwrite64,fsync,fdatasync';
    const options = ['-f', '-y', '-s', '64', '-e', calls, '-o', file, '-p', String(nodeRed.pid)];
    const strace = spawn('strace', options, { stdio: ['ignore', 'ignore', 'pipe'] });
    await once(strace.stderr, 'data'); // "strace: Process ... attached"
    assert.equal((await post(nodeRed)).status, 200);
    strace.kill('SIGINT');
    await once(strace, 'exit');

    const trace = readFileSync(file, 'utf8').split('\n');
    const arrived = trace.findIndex((call) => call.includes('POST /traced'));
    const answered = trace.findIndex((call) => call.includes('HTTP/1.1 200'));
    assert.ok(arrived !== -1 && answered > arrived, 'the trace shows the request and its answer');
    const between = trace.slice(arrived, answered);
    assert.ok(syncedAfterItsWrite(between), between.join('\n'));
  });
}

/** The last write to the WAL was followed by a sync of the WAL, begun after it and confirmed. */
function syncedAfterItsWrite(calls: readonly string[]): boolean {
  const written = calls.findLastIndex((call) => /^\d+ +pwrite64\(\d+<[^>]*-wal>/.test(call));
  const syncing = calls.findIndex(
    (call, at) => at > written && /^\d+ +(fsync|fdatasync)\(\d+<[^>]*-wal>/.test(call),
  );
  if (written === -1 || syncing === -1) return false;
  const thread = /^\d+/.exec(calls[syncing]!)![0];
  return calls
    .slice(syncing)
    .some((call) => call.startsWith(thread) && /(fsync|fdatasync).*= 0$/.test(call));
}

function post(nodeRed: NodeRedProcess): Promise<Response> {
  return fetch(nodeRed.url('/traced'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
    signal: AbortSignal.timeout(20_000),
  });
}
