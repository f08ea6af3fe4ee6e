// Runs tests: transpiles src, nodes and test into .build (types are checked by `npm run types`), then
// hands the named test files - or all of a folder - to Node's test runner. A skipped test fails the run.
// usage: node scripts/test.mjs [file-or-folder-of-tests ...]   (default: all but test/long)
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, rmSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const wanted = process.argv.slice(2);
const found = (wanted.length > 0 ? wanted : ['test']).flatMap((path) =>
  existsSync(path) && statSync(path).isDirectory() ? globSync(join(path, '**/*.test.ts')) : [path],
);
const files = found.filter((file) => wanted.length > 0 || !file.startsWith(join('test', 'long')));
if (files.length === 0) throw new Error(`No test files in ${wanted.join(', ')}`);

const out = process.env.BUILD_DIR ?? '.build';
rmSync(out, { recursive: true, force: true });
buildSync({
  entryPoints: globSync('{src,nodes,test}/**/*.ts'),
  outdir: out,
  outbase: '.',
  bundle: false,
  format: 'cjs',
  platform: 'node',
  target: 'node22',
  sourcemap: 'inline',
  logLevel: 'warning',
});
const run = spawnSync(
  process.execPath,
  [
    '--enable-source-maps',
    '--test',
    `--test-concurrency=${process.env.TEST_CONCURRENCY ?? cpus().length + 1}`,
    '--test-reporter=./scripts/test-reporter.mjs',
    '--test-reporter-destination=stdout',
    '--test-timeout=120000',
    ...files.sort().map((file) => join(out, file.replace(/\.ts$/, '.js'))),
  ],
  // What the tests start again and again - Node-RED, with a thousand modules - is compiled only once.
  { stdio: 'inherit', env: { ...process.env, NODE_COMPILE_CACHE: resolve(out, 'compiled') } },
);
process.exit(run.status ?? 1);
