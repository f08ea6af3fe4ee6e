import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const CASES: readonly { name: string; body: string; status: number; output: RegExp }[] = [
  { name: 'a passing test', body: `test('x', () => {});`, status: 0, output: /pass 1/ },
  { name: 'a failing test', body: `test('x', () => { throw 1; });`, status: 1, output: /fail 1/ },
  { name: 'a skipped test', body: `test.skip('x', () => {});`, status: 1, output: /"x" was skip/ },
  { name: 'a skip at run time', body: `test('x', (t) => t.skip());`, status: 1, output: /"x" was/ },
  { name: 'a todo that passes', body: `test.todo('x', () => {});`, status: 1, output: /"x" was/ },
  {
    name: 'a todo that fails',
    body: `test.todo('x', () => { throw 1; });`,
    status: 1,
    output: /"x"/,
  },
  { name: 'an early exit', body: `process.exit(0);`, status: 1, output: /No test ran in/ },
];

for (const { name, body, status, output } of CASES) {
  test(`${name} ends a run of tests with exit code ${status}`, () => {
    const run = runTests(`const { test } = require('node:test'); ${body}`);
    assert.equal(run.status, status, run.stdout);
    assert.match(run.stdout, output);
  });
}

test('the summary is the last thing that a run without failures prints', () => {
  const { stdout } = runTests(`const { test } = require('node:test'); test.skip('x', () => {});`);
  assert.match(stdout.trimEnd().split('\n').at(-1) ?? '', /duration_ms/);
});

function runTests(source: string) {
  const folder = mkdtempSync(join(tmpdir(), 'test-runner-'));
  try {
    const file = join(folder, 'sample.test.js');
    writeFileSync(file, source);
    return spawnSync(
      process.execPath,
      ['--test', '--test-reporter=./scripts/test-reporter.mjs', file],
      // Node's runner behaves differently below another test run, which this variable announces.
      { env: { ...process.env, NODE_TEST_CONTEXT: undefined }, encoding: 'utf8' },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
