import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pace } from 'node:timers/promises';
import { NodeRedProcess, tab } from '../support/node-red-process';
import { LOAD_SECRET, SteadyLoad } from '../support/steady-load';

/** SOAK_SECONDS=60 tries it out. */
const SECONDS = Number(process.env.SOAK_SECONDS ?? 600);
/** One request each 100 ms and answer: some 300 a second. */
const CLIENTS = 32;
const REST_MS = 100;
const KEPT = 2000;
const MB = 1024 * 1024;

/** Evicts by number all the time, and forgets keys, so that each second writes what another one frees. */
const FLOW = [
  tab('t'),
  { id: 'history', type: 'webhook-history', path: 'webhooks/soak.sqlite', maxEvents: KEPT },
  {
    id: 'in',
    type: 'webhook-in',
    z: 't',
    path: '/soak',
    provider: 'generic',
    dedupKey: 'payload:n',
    dedupWindowHours: 0.01,
    history: 'history',
    credentials: { secret: LOAD_SECRET },
    wires: [['change']],
  },
  { id: 'change', type: 'change', z: 't', rules: [], wires: [[]] },
];

interface Sample {
  readonly residentMb: number;
  /** All files of the history together. */
  readonly fileMb: number;
}

function sample(nodeRed: NodeRedProcess): Sample {
  const status = readFileSync(`/proc/${nodeRed.pid}/status`, 'utf8');
  const folder = join(nodeRed.userDir, 'webhooks');
  const files = readdirSync(folder).filter((name) => name.startsWith('soak'));
  const bytes = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  return {
    residentMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024,
    fileMb: bytes / MB,
  };
}

function median(samples: readonly Sample[], of: keyof Sample): number {
  const sorted = samples.map((one) => one[of]).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

test(
  `${SECONDS} s at some 300 events a second, with retention on: memory and files stay as they are`,
  { timeout: (SECONDS + 120) * 1000 },
  async (t) => {
    const nodeRed = await NodeRedProcess.start({ major: 5 });
    t.after(() => nodeRed.dispose());
    await nodeRed.deploy(FLOW);
    const load = SteadyLoad.start(nodeRed, { paths: ['/soak'], clients: CLIENTS, restMs: REST_MS });
    const samples: Sample[] = [];
    for (let second = 0; second < SECONDS; second++) {
      await pace(1000);
      samples.push(sample(nodeRed));
    }
    const sent = await load.stop();
    const acknowledged = sent.filter(({ status }) => status === 200).length;
    assert.equal(acknowledged, sent.length, 'all were acknowledged');
    await nodeRed.waitFor(async () => {
      const response = await fetch(nodeRed.url('/apilinker-webhooks/stats'));
      const { byStatus } = (await response.json()) as { byStatus: Record<string, number> };
      const open = byStatus['pending']! + byStatus['processing']! + byStatus['retrying']!;
      return open === 0 && byStatus['failed'] === 0 ? true : undefined;
    }, 'the end of the last event');
    // The first quarter warms up: code is compiled, the history fills.
    const quarter = Math.floor(samples.length / 4);
    const before = samples.slice(quarter, 2 * quarter);
    const after = samples.slice(-quarter);
    const grown = (of: keyof Sample): number => median(after, of) - median(before, of);
    t.diagnostic(
      `${Math.round(acknowledged / SECONDS)} events/s; memory ${median(before, 'residentMb').toFixed(0)} -> ` +
        `${median(after, 'residentMb').toFixed(0)} MB, files ${median(before, 'fileMb').toFixed(1)} -> ` +
        `${median(after, 'fileMb').toFixed(1)} MB`,
    );
    assert.ok(grown('residentMb') < 20, `memory grew by ${grown('residentMb').toFixed(1)} MB`);
    assert.ok(grown('fileMb') < 5, `the files grew by ${grown('fileMb').toFixed(1)} MB`);
  },
);
