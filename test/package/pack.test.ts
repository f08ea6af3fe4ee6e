import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, openAsBlob, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { NODE_RED_MAJORS, NodeRedProcess } from '../support/node-red-process';

interface NodeSet {
  readonly module: string;
  readonly types: readonly string[];
  readonly enabled: boolean;
  readonly err?: unknown;
}

const { name, 'node-red': nodeRed } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  name: string;
  'node-red': { nodes: Record<string, string>; plugins: Record<string, string> };
};

const EXAMPLES = globSync('examples/*.json').map((file) => basename(file, '.json'));

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
    test(`installs through the palette's upload into Node-RED ${major}`, async () => {
      const red = await NodeRedProcess.start({ major, withPackage: false });
      try {
        await upload(red, tarball);
        const sets = (await get(red, '/nodes')) as NodeSet[];
        const ours = sets.filter((set) => set.module === name);
        assert.deepEqual(
          ours.flatMap(({ types }) => types).sort(),
          Object.keys(nodeRed.nodes).sort(),
        );
        for (const set of ours) assert.deepEqual([set.enabled, set.err], [true, undefined]);
        const plugins = (await get(red, '/plugins')) as NodeSet[];
        assert.deepEqual(
          plugins.filter((plugin) => plugin.module === name && plugin.enabled).length,
          Object.keys(nodeRed.plugins).length,
        );
        for (const example of EXAMPLES) {
          const flow = (await get(red, `/library/examples/flows/${name}/${example}`)) as object[];
          assert.ok(flow.length > 5, `${example} is in the Import dialog`);
        }
      } finally {
        await red.dispose();
      }
    });
  }
});

function verify(...args: string[]) {
  return spawnSync(process.execPath, ['scripts/verify-package.mjs', ...args], { encoding: 'utf8' });
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
