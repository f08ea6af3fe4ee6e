import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, openAsBlob, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { EXAMPLE_FILES } from '../support/examples';
import { MockApi } from '../support/mock-api';
import { NODE_RED_MAJORS, NodeRedProcess } from '../support/node-red-process';
import { olderUserDir } from './older-user-dir';

interface NodeSet {
  readonly module: string;
  readonly types: readonly string[];
  readonly enabled: boolean;
  readonly err?: unknown;
}

interface StoredEvent {
  readonly id: string;
  readonly endpoint: string;
  readonly eventType: string | null;
  readonly status: string;
  readonly attempt: number;
  readonly replayOf: string | null;
}

const ADMIN = '/apilinker-webhooks';
const FINAL = ['success', 'failed', 'ignored'];
const SECRET_OF_THEN = 'It is a secret to everybody';
/** Which schema of the history the older version had. */
const SCHEMA_BEFORE = { 4: 1, 5: 4 } as const;

const { name, 'node-red': nodeRed } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  name: string;
  'node-red': { nodes: Record<string, string>; plugins: Record<string, string> };
};

const EXAMPLES = EXAMPLE_FILES.map((file) => basename(file, '.json'));

suite('the packed package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pack-test-'));
  let tarball = '';

  before(() => {
    const run = verify('--out', folder);
    assert.equal(run.status, 0, run.stderr);
    tarball = run.stdout.split(' ')[0] ?? '';
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('a file that does not belong into it, and one that is missing, are reported', () => {
    const list = join(folder, 'list');
    writeFileSync(list, 'package.json\nsrc/events/event.ts\ndist/nodes/a/a.editor.js\n');
    const { status, stderr } = verify('--list', list);
    assert.equal(status, 1);
    assert.match(stderr, /must not be packed: src\/events\/event\.ts/);
    assert.match(stderr, /must not be packed: dist\/nodes\/a\/a\.editor\.js/);
    assert.match(stderr, /is missing: LICENSE/);
  });

  for (const major of NODE_RED_MAJORS) {
    suite(
      `in Node-RED ${major}, whose user directory an older version left when it was killed`,
      () => {
        let red: NodeRedProcess;
        let api: MockApi;

        before(async () => {
          api = await MockApi.start([
            { method: 'PUT', path: '/pushes/the-push', responses: [{ status: 201, json: {} }] },
          ]);
          red = await NodeRedProcess.start({
            ...{ major, withPackage: false, files: olderUserDir(SCHEMA_BEFORE[major]) },
            ...{ env: { UPGRADE_API: api.url, UPGRADE_DONE: 'yes' } },
            readyWhen: /Waiting for missing types|Started flows/,
          });
        });
        after(async () => {
          await red.dispose();
          await api.stop();
        });

        test("the palette's upload installs it: nodes, plugins, examples", async () => {
          await upload(red, tarball);
          await checkInstalled(red);
        });

        test('the old flows start, what was kept is listed, what was unfinished goes on', async () => {
          await red.waitForLog(/Started flows/);
          const kept = await red.waitFor(async () => {
            const all = await events(red);
            return all.every(({ status }) => FINAL.includes(status)) ? all : undefined;
          }, 'all events to be final');
          assert.deepEqual(
            kept.map(({ endpoint, eventType, status, attempt }) => [
              endpoint,
              eventType,
              status,
              attempt,
            ]),
            [
              ['/hooks/orders', null, 'success', 2],
              ['/hooks/github', 'push', 'success', 1],
              ['/hooks/github', 'issue_comment', 'ignored', 1],
              ['/hooks/orders', null, 'failed', 1],
              ['/hooks/orders', null, 'success', 1],
            ],
            'the order that was in the flow at the kill was delivered again, the push tried again',
          );
          assert.deepEqual(
            api.requests.map(({ path, body }) => [path, (body as { ref: string }).ref]),
            [['/pushes/the-push', 'refs/heads/master']],
          );
          const { rejections } = (await get(red, `${ADMIN}/rejections`)) as {
            rejections: object[];
          };
          assert.equal(rejections.length, 1);
        });

        test('its secrets verify, a dead letter of then is replayed, also after a restart', async () => {
          await red.stop();
          await red.start();
          const { status } = await fetch(red.url('/hooks/github'), signedStar());
          assert.equal(status, 200);
          const dead = (await events(red)).find((event) => event.status === 'failed');
          assert.ok(dead);
          const replay = await fetch(red.url(`${ADMIN}/events/${dead.id}/replay`), {
            ...{ method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } },
          });
          assert.equal(replay.status, 200, await replay.text());
          await red.waitFor(async () => {
            const [again] = (await events(red)).filter(({ replayOf }) => replayOf === dead.id);
            return again?.status === 'success' ? again : undefined;
          }, 'the replay to succeed');
          assert.equal((await events(red)).length, 7);
          assert.deepEqual(
            red.log.filter((line) => line.includes('[error]')),
            [],
          );
        });
      },
    );
  }
});

function verify(...args: string[]) {
  return spawnSync(process.execPath, ['scripts/verify-package.mjs', ...args], { encoding: 'utf8' });
}

/** The node sets, plugins and examples of this package, as the editor asks for them. */
async function checkInstalled(red: NodeRedProcess): Promise<void> {
  const sets = (await get(red, '/nodes')) as NodeSet[];
  const ours = sets.filter((set) => set.module === name);
  assert.deepEqual(ours.flatMap(({ types }) => types).sort(), Object.keys(nodeRed.nodes).sort());
  for (const set of ours) assert.deepEqual([set.enabled, set.err], [true, undefined]);
  const plugins = (await get(red, '/plugins')) as NodeSet[];
  assert.deepEqual(
    plugins.filter((plugin) => plugin.module === name && plugin.enabled).length,
    Object.keys(nodeRed.plugins).length,
  );
  for (const example of EXAMPLES) {
    const flow = (await get(red, `/library/examples/flows/${name}/${example}`)) as object[];
    assert.ok(flow.length >= 5, `${example} is in the Import dialog`);
  }
}

/** Newest first. */
async function events(red: NodeRedProcess): Promise<StoredEvent[]> {
  return ((await get(red, `${ADMIN}/events`)) as { events: StoredEvent[] }).events;
}

/** A star at GitHub, signed with the secret that the older version kept for the endpoint. */
function signedStar(): RequestInit {
  const body = JSON.stringify({ action: 'created' });
  const signature = createHmac('sha256', SECRET_OF_THEN).update(body).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'star',
    'x-hub-signature-256': `sha256=${signature}`,
  };
  return { method: 'POST', headers, body };
}

async function upload(red: NodeRedProcess, tarball: string): Promise<void> {
  const form = new FormData();
  form.set('tarball', await openAsBlob(tarball), basename(tarball));
  const response = await fetch(red.url('/nodes'), { method: 'POST', body: form });
  assert.equal(response.status, 200, `${await response.text()}\n${red.log.join('\n')}`);
}

async function get(red: NodeRedProcess, path: string): Promise<unknown> {
  const response = await fetch(red.url(path), { headers: { accept: 'application/json' } });
  assert.equal(response.status, 200, path);
  return response.json();
}
