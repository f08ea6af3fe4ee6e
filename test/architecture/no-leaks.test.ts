import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { test } from 'node:test';

/** What belongs to one machine or one network, and never into the repository. */
const LEAKS: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'a path of a machine', pattern: /(?<![\w.$}/-])\/(home|Users|root|work)\/[\w.-]+/ },
  { what: 'a path of a machine', pattern: /\b[A-Z]:\\Users\\/ },
  { what: 'the host of a package registry', pattern: /"(resolved|registry)"\s*:\s*"https?:/ },
  { what: 'the host of a package registry', pattern: /^\s*registry\s*=/m },
  { what: 'the host of a package registry', pattern: /https?:\/\/[\w.-]*(npmjs|npmmirror)\.\w+/ },
  { what: 'the host of a package registry', pattern: /https?:\/\/[\w.-]*(registry|artifactory)\./ },
  { what: 'a private key', pattern: /-----BEGIN (EC |RSA )?PRIVATE KEY-----\r?\n[A-Za-z0-9+/=]/ },
];

/** Data recorded from real providers holds whatever they sent. */
const RECORDED = /^test\/fixtures\//;

function leaks(file: string, content: string): string[] {
  const here = [process.cwd(), homedir()].filter((path) => path.length > 6);
  return [
    ...LEAKS.filter(({ pattern }) => pattern.test(content)).map(({ what }) => `${file}: ${what}`),
    ...here.filter((path) => content.includes(path)).map(() => `${file}: a path of this machine`),
  ];
}

test('no tracked file names a registry, a path of a machine, or holds a private key', () => {
  const files = trackedFiles().filter((file) => !RECORDED.test(file) && existsSync(file));
  assert.ok(files.length > 30, 'the list of files was read');
  assert.deepEqual(
    files.flatMap((file) => leaks(file, readFileSync(file, 'utf8'))),
    [],
  );
});

test('reported: each kind of leak', () => {
  const samples = [
    ['reads /', 'home/alice/flows.json'],
    ['C:', '\\Users\\Alice'],
    ['"resolved": "', 'https://packages.example.com/a.tgz"'],
    ['registry', '=https://packages.example.com/'],
    ['https://', 'registry.npmjs.org/a'],
    ['-----BEGIN PRIVATE ', 'KEY-----\nMIIE'],
  ];
  for (const parts of samples) assert.equal(leaks('x', parts.join('')).length > 0, true, parts[0]);
  assert.deepEqual(leaks('x', 'https://github.com/a/home/b and /hooks/github, ./work/x'), []);
});

function trackedFiles(): string[] {
  const output = execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z'], {
    encoding: 'utf8',
  });
  return output.split('\0').filter((file) => file !== '');
}
