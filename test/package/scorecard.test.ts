import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

/** The rules by which the flow library judges a package, where they can be checked from here. */
interface Manifest {
  readonly name: string;
  readonly license: string;
  readonly keywords: readonly string[];
  readonly repository: { readonly url: string };
  readonly engines: { readonly node: string };
  readonly dependencies: Record<string, string>;
  readonly 'node-red': {
    readonly version: string;
    readonly nodes: Record<string, string>;
  };
}

const LOWEST_NODE = '22.9.0';
const manifest = readManifest('package.json') as Manifest;

test('license, repository, scope and keyword', () => {
  assert.ok(existsSync('LICENSE'));
  assert.equal(manifest.license, 'MIT');
  assert.match(manifest.repository.url, /github\.com/);
  assert.match(manifest.name, /^@/);
  assert.ok(manifest.keywords.includes('node-red'));
  assert.equal(manifest['node-red'].version, '>=4.1.0');
});

test(`engines accept the lowest Node.js of Node-RED 5, ${LOWEST_NODE}`, () => {
  assert.ok(accepts(manifest.engines.node, LOWEST_NODE));
});

test('at most six dependencies', () => {
  assert.ok(Object.keys(manifest.dependencies).length <= 6);
});

test(`every installed dependency accepts Node.js ${LOWEST_NODE}: the palette installs strictly`, () => {
  for (const folder of dependencyTree()) {
    const { engines, name } = readManifest(join(folder, 'package.json')) as Partial<Manifest>;
    const range = engines?.node ?? '*';
    assert.ok(accepts(range, LOWEST_NODE), `${name ?? folder} wants ${range}`);
  }
});

test('every dependency is pure JavaScript', () => {
  for (const folder of dependencyTree()) {
    assert.deepEqual(globSync(`${folder}/**/*.{node,gyp}`), []);
  }
});

test('the html of every node registers its type where a reader of the file finds it', () => {
  for (const [type, entry] of Object.entries(manifest['node-red'].nodes)) {
    const html = readFileSync(entry.replace(/\.js$/, '.html'), 'utf8');
    assert.match(html, /<script type="text\/javascript">/);
    assert.ok(html.includes(`RED.nodes.registerType("${type}", {`), type);
  }
});

test('... and its definition can be read without running it, as the flow library does', () => {
  for (const [type, entry] of Object.entries(manifest['node-red'].nodes)) {
    const html = readFileSync(entry.replace(/\.js$/, '.html'), 'utf8');
    const definition = definitionIn(html, type);
    const parts = new Map(definition.properties.map((part) => [part.name?.getText(), part]));
    for (const name of ['category', 'color', 'icon'])
      if (parts.has(name)) assert.ok(isLiteral(parts.get(name)), `${type}: ${name}`);
    for (const name of ['defaults', 'credentials'])
      assert.ok(!hasSpread(parts.get(name)), `${type}: a spread in ${name}`);
    assert.ok(
      definition.properties.every((part) => part.name !== undefined),
      type,
    );
  }
});

test('every node occurs in an example, those of configuration as well', () => {
  const examples = globSync('examples/*.json').map((file) => readFileSync(file, 'utf8'));
  for (const type of Object.keys(manifest['node-red'].nodes)) {
    const used = examples.some((example) => example.includes(`"type": "${type}"`));
    assert.ok(used, `${type} is in no example`);
  }
});

test('ranges of versions are read as npm reads them', () => {
  for (const range of ['>=18', '>=20.18.1', '*', '^18 || >=22', '>=22.9', '^22.0.0', '>= 8.0'])
    assert.ok(accepts(range, LOWEST_NODE), range);
  for (const range of ['>=22.19', '^20', '>=24', '^18 || ^20', '<22'])
    assert.ok(!accepts(range, LOWEST_NODE), range);
});

/** What the first script of that html hands over to `RED.nodes.registerType`. */
function definitionIn(html: string, type: string): ts.ObjectLiteralExpression {
  const [, script = ''] = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(html) ?? [];
  const source = ts.createSourceFile('editor.js', script, ts.ScriptTarget.ES2020, true);
  let found: ts.Expression | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText().endsWith('.registerType')) {
      const [name, definition] = node.arguments;
      if (name !== undefined && ts.isStringLiteral(name) && name.text === type) found = definition;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  assert.ok(found !== undefined && ts.isObjectLiteralExpression(found), type);
  return found;
}

function isLiteral(part: ts.ObjectLiteralElementLike | undefined): boolean {
  return (
    part !== undefined && ts.isPropertyAssignment(part) && ts.isStringLiteral(part.initializer)
  );
}

function hasSpread(part: ts.ObjectLiteralElementLike | undefined): boolean {
  if (part === undefined || !ts.isPropertyAssignment(part)) return false;
  const { initializer } = part;
  return (
    ts.isObjectLiteralExpression(initializer) && initializer.properties.some(ts.isSpreadAssignment)
  );
}

/** The folders of all packages that an installation brings along. */
function dependencyTree(): string[] {
  const lock = readManifest('package-lock.json') as {
    packages: Record<string, { dev?: boolean; optional?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path !== '' && entry.dev !== true && existsSync(path))
    .map(([path]) => path);
}

function readManifest(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Whether a range of the forms that `engines` uses contains the version. */
function accepts(range: string, version: string): boolean {
  return range.split('||').some((part) =>
    part
      .trim()
      .replace(/([<>=^~]+)\s+/g, '$1')
      .split(/\s+/)
      .every((comparator) => fits(comparator, numbers(version))),
  );
}

function fits(comparator: string, version: number[]): boolean {
  if (comparator === '' || comparator === '*') return true;
  const [, sign, bound] = /^([<>=^~]*)v?(\d[\d.]*)/.exec(comparator) ?? [];
  if (bound === undefined) throw new Error(`Unknown form of a version range: ${comparator}`);
  const order = compare(version, numbers(bound));
  if (sign === '>=') return order >= 0;
  if (sign === '<') return order < 0;
  if (sign === '^') return order >= 0 && version[0] === numbers(bound)[0];
  if (sign === '') return bound.split('.').every((n, i) => Number(n) === version[i]);
  throw new Error(`Unknown form of a version range: ${comparator}`);
}

function numbers(version: string): number[] {
  return version.split('.').map(Number);
}

function compare(a: number[], b: number[]): number {
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
