import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { test } from 'node:test';
import { cycles, importsOf, readImports, type Import } from './import-graph';

/** Which area of src/ may use which other: dependencies point one way. */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  ingest: ['signature', 'events', 'shared'],
  delivery: ['events', 'retry', 'shared'],
  history: ['events', 'shared'],
  metrics: ['events', 'shared'],
  sync: ['retry', 'shared'],
  events: ['shared'],
  signature: ['shared'],
  filter: ['shared'],
  retry: ['shared'],
  shared: [],
};
const HOST = /^(node-red|@node-red|express)($|\/|-)/;
const EDITOR = /^nodes\/(.*\.editor\.ts$|shared\/editor\/|.*\/editor\/)/;
/** Development dependencies that the build puts into the html of a node. */
const BUNDLED: ReadonlySet<string> = new Set(['uplot', 'yaml']);
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>;
};

type Rule = (edge: Import, all: readonly Import[]) => string | false;

const RULES: readonly Rule[] = [
  ({ from, to }) =>
    area(from) !== undefined &&
    area(to) !== undefined &&
    area(from) !== area(to) &&
    !MAY_USE[area(from)!]?.includes(area(to)!) &&
    `src/${area(from)!} must not use src/${area(to)!}`,
  ({ from, to }) =>
    isOurs(to) && area(from) !== undefined && area(to) === undefined && 'src/ uses only src/',
  ({ from, to }) =>
    area(from) !== undefined && HOST.test(to) && 'src/ knows no Node-RED, no Express',
  ({ from, to }) =>
    to === 'node:sqlite' &&
    !from.startsWith('src/events/sqlite/') &&
    'only src/events/sqlite/ knows the driver',
  ({ from, to }) =>
    packageName(to) === 'pg' &&
    !/^(src\/events\/postgres|test)\//.test(from) &&
    'only src/events/postgres/ knows the driver',
  ({ from, to }) => {
    const [mine, theirs] = [nodeType(from), nodeType(to)];
    const foreign = theirs !== undefined && theirs !== 'shared' && theirs !== mine;
    return mine !== undefined && foreign && `nodes/${mine} must not use nodes/${theirs}`;
  },
  ({ from, to, typeOnly }) =>
    !typeOnly &&
    !isOurs(to) &&
    !isBuiltin(to) &&
    !(packageName(to) in dependencies) &&
    !(EDITOR.test(from) && BUNDLED.has(packageName(to))) &&
    `${packageName(to)} is not a dependency (${from})`,
  ({ to }) => isBuiltin(to) && !to.startsWith('node:') && 'built-in modules are written node:...',
  ({ from, to, typeOnly }, all) =>
    EDITOR.test(from) && !typeOnly && !EDITOR.test(to) && needsNodeJs(to, all),
];

function violations(imports: readonly Import[]): string[] {
  const broken = imports.flatMap((edge) =>
    RULES.map((rule) => rule(edge, imports))
      .filter((message) => message !== false)
      .map((message) => `${edge.from} -> ${edge.to}: ${message}`),
  );
  return [...broken, ...cycles(imports).map((path) => `cycle: ${path.join(' -> ')}`)];
}

function area(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

function nodeType(file: string): string | undefined {
  return /^nodes\/([^/]+)\//.exec(file)?.[1];
}

function isOurs(target: string): boolean {
  return /^(src|nodes|test|scripts|bench)\//.test(target);
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** A file that the browser runs reaches no package and no built-in module, however far one follows. */
function needsNodeJs(
  file: string,
  all: readonly Import[],
  seen = new Set<string>(),
): string | false {
  if (BUNDLED.has(packageName(file))) return false;
  if (!isOurs(file)) return `the browser has no ${file}`;
  if (seen.has(file)) return false;
  seen.add(file);
  for (const { to, typeOnly } of all.filter((edge) => edge.from === file)) {
    const reason = typeOnly ? false : needsNodeJs(to, all, seen);
    if (reason !== false) return `${reason} (through ${file})`;
  }
  return false;
}

test('the imports of src/ and nodes/ follow the rules of the house', () => {
  const imports = readImports();
  assert.ok(imports.length > 20, 'the walk found the imports');
  assert.deepEqual(violations(imports), []);
});

const FORBIDDEN: readonly [string, string, RegExp][] = [
  ['src/retry/a.ts', `import { b } from '../events/b';`, /src\/retry must not use src\/events/],
  ['src/new/a.ts', `import { b } from '../events/b';`, /src\/new must not use src\/events/],
  ['src/sync/a.ts', `import type { B } from '../delivery/b';`, /must not use src\/delivery/],
  ['src/sync/a.ts', `export * from '../ingest/b';`, /must not use src\/ingest/],
  ['src/sync/a.ts', `import { b } from '../../nodes/shared/b';`, /src\/ uses only src\//],
  ['src/ingest/a.ts', `import type { NodeAPI } from 'node-red';`, /no Node-RED/],
  ['src/ingest/a.ts', `import type { Request } from 'express';`, /no Express/],
  ['src/delivery/a.ts', `const s = await import('node:sqlite');`, /knows the driver/],
  ['src/history/a.ts', `import { Pool } from 'pg';`, /only src\/events\/postgres\/ knows/],
  ['nodes/x/x.ts', `import { b } from '../y/b';`, /nodes\/x must not use nodes\/y/],
  ['nodes/shared/a.ts', `import b = require('../y/b');`, /nodes\/shared must not use nodes\/y/],
  ['src/sync/a.ts', `const l = require('lodash');`, /lodash is not a dependency/],
  ['src/sync/a.ts', `import { createHash } from 'crypto';`, /written node:/],
  ['nodes/x/x.ts', `import { parse } from 'yaml';`, /yaml is not a dependency/],
  ['nodes/x/x.editor.ts', `import { join } from 'node:path';`, /the browser has no node:path/],
];

for (const [file, source, message] of FORBIDDEN) {
  test(`reported: ${file}: ${source}`, () => {
    assert.match(violations(importsOf(file, source)).join('\n'), message);
  });
}

test('reported: an editor file that reaches Node.js through another file', () => {
  const edges = [
    { from: 'nodes/x/x.editor.ts', to: 'src/filter/a.ts', typeOnly: false },
    { from: 'src/filter/a.ts', to: 're2js', typeOnly: false },
  ];
  assert.match(violations(edges).join('\n'), /the browser has no re2js \(through src\/filter\/a/);
});

test('reported: a cycle, of types too', () => {
  const edges = [
    { from: 'src/sync/a.ts', to: 'src/sync/b.ts', typeOnly: true },
    { from: 'src/sync/b.ts', to: 'src/sync/a.ts', typeOnly: true },
  ];
  assert.match(violations(edges).join('\n'), /cycle: src\/sync\/a.ts -> src\/sync\/b.ts/);
});

test('not reported: types of the host in a node, a leaf that uses src/shared', () => {
  assert.deepEqual(
    violations([
      ...importsOf('nodes/x/x.ts', `import type { NodeAPI } from 'node-red';`),
      ...importsOf('src/retry/a.ts', `import { newId } from '../shared/ids';`),
    ]),
    [],
  );
});
